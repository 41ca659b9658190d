"""Users of an identity source: what it says of them becomes a profile of a person.

A user whom somebody else describes already joins that person, by the one address that the source
vouches for: the user name, or else the primary address. Further addresses never join anybody,
since people may edit those themselves."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Protocol

from accessflows.actions.contend import decide_anew
from accessflows.actions.put_person import person_changed
from accessflows.model.event import Event
from accessflows.model.person import Given, HeldAddress, KnownPerson, PersonRecord, Profile
from accessflows.model.refusal import AddressTaken, AlreadyExists, ChangedMeanwhile, NotFound
from accessflows.model.source_entry import (
    USER_NAME,
    EntryChange,
    EntryKind,
    Place,
    SourceEntry,
    SourceUser,
)
from accessflows.rules.people import vouched

# By address, casefolded.
Held = Mapping[str, HeldAddress]


class UserStore(Protocol):
    """What is needed of the directory."""

    def entry(self, source: str, kind: EntryKind, entry_id: str) -> SourceEntry | None: ...

    def found(self, source: str, kind: EntryKind, attribute: str, value: str) -> list[str]: ...

    def known(self, person_id: str) -> KnownPerson: ...

    def address(self, email: str) -> HeldAddress: ...

    def put_user(
        self,
        change: EntryChange,
        known: KnownPerson,
        record: PersonRecord,
        event: Event | None,
        given: Given,
    ) -> None: ...

    def forget(self, places: Iterable[Place]) -> None: ...


def create_user(
    store: UserStore, source: str, user: SourceUser, now: datetime, new_id: Callable[[], str]
) -> SourceEntry:
    """Raises AlreadyExists for a user name that is taken, AddressTaken."""

    def once() -> SourceEntry:
        held = _held(store, user)
        joined = _joined(store, source, user.login, held)
        _refuse_taken(store, source, user, held, joined)
        return _put(store, None, _first(source, joined or new_id(), user, now), user, now, held)

    return decide_anew(once)


def replace_user(
    store: UserStore,
    source: str,
    user_id: str,
    user: SourceUser,
    now: datetime,
    version: int | None = None,
) -> SourceEntry:
    """version: what it must still be.

    Raises NotFound, ChangedMeanwhile, AlreadyExists, AddressTaken.
    """

    def once() -> SourceEntry:
        before = _there(store, source, user_id, version)
        held = _held(store, user)
        _refuse_taken(store, source, user, held, user_id)
        after = before.but(
            document=user.document,
            found_by=user.found_by,
            changed_at=now,
            version=before.version + 1,
        )
        return _put(store, before, after, user, now, held)

    return decide_anew(once)


def delete_user(
    store: UserStore, source: str, user_id: str, now: datetime, version: int | None = None
) -> None:
    """The user is gone, and the person inactive, whatever other sources say.

    Raises NotFound, ChangedMeanwhile.
    """

    def once() -> None:
        before = _there(store, source, user_id, version)
        known = store.known(user_id)
        if known.record is None:
            raise NotFound(f"there is no person {user_id}")
        profile = known.record.profiles[source]
        store.forget(Place(source, group_id, user_id) for group_id in profile.groups)
        left = profile.but(active=False, groups=())
        record = known.record.but(profiles={**known.record.profiles, source: left})
        event = None if record == known.record else person_changed(known, record, now)
        store.put_user(EntryChange(before, None), known, record, event, {})

    decide_anew(once)


def _put(
    store: UserStore,
    before: SourceEntry | None,
    after: SourceEntry,
    user: SourceUser,
    now: datetime,
    held: Held,
) -> SourceEntry:
    known = store.known(after.id)
    record = _with_profile(known.record, after, user.profile)
    event = None if record == known.record else person_changed(known, record, now)
    given = {email: address.given for email, address in held.items() if not _has(known, email)}
    store.put_user(EntryChange(before, after), known, record, event, given)
    return after


def _held(store: UserStore, user: SourceUser) -> Held:
    """The addresses of a user, each as it stands now. To be read before anything is decided."""
    emails = {email.casefold() for email in (*user.profile.emails, user.login) if email}
    return {email: store.address(email) for email in sorted(emails)}


def _has(known: KnownPerson, email: str) -> bool:
    return known.record is not None and vouched(known.record, email)


def _with_profile(
    record: PersonRecord | None, entry: SourceEntry, profile: Profile
) -> PersonRecord:
    if record is None:
        return PersonRecord(id=entry.id, profiles={entry.source: profile})
    before = record.profiles.get(entry.source)
    kept = profile.but(groups=before.groups if before else ())
    return record.but(profiles={**record.profiles, entry.source: kept})


def _first(source: str, person_id: str, user: SourceUser, now: datetime) -> SourceEntry:
    return SourceEntry(
        source=source,
        kind=EntryKind.USER,
        id=person_id,
        created_at=now,
        changed_at=now,
        document=user.document,
        found_by=user.found_by,
    )


def _there(store: UserStore, source: str, user_id: str, version: int | None) -> SourceEntry:
    entry = store.entry(source, EntryKind.USER, user_id)
    if entry is None:
        raise NotFound(f"there is no user {user_id}")
    if version is not None and entry.version != version:
        raise ChangedMeanwhile(f"user {user_id} has changed: read it again and change that")
    return entry


def _joined(store: UserStore, source: str, login: str | None, held: Held) -> str | None:
    """The one person whom another source holds by this address, unless ours holds them too."""
    if login is None:
        return None
    found = [r.id for r in held[login.casefold()].records if vouched(r, login)]
    if len(found) != 1 or store.entry(source, EntryKind.USER, found[0]):
        return None
    return found[0]


def _refuse_taken(
    store: UserStore, source: str, user: SourceUser, held: Held, person_id: str | None
) -> None:
    """person_id: whom the user describes, where that is somebody known."""
    for name in user.found_by[USER_NAME]:
        others = set(store.found(source, EntryKind.USER, USER_NAME, name)) - {person_id}
        if others:
            raise AlreadyExists(f"user name {name!r} is taken, by user {others.pop()}")
    for email in user.profile.emails:
        for record in held[email.casefold()].records:
            if record.id != person_id and vouched(record, email):
                raise AddressTaken(f"{email} is the address of {record.id}: take it from one")
