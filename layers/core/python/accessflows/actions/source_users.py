"""Users of an identity source: what it says of them becomes a profile of a person.

A user whom somebody else describes already joins that person, by the one address that the source
vouches for: the user name, or else the primary address. Further addresses never join anybody,
since people may edit those themselves."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Protocol

from accessflows.actions.contend import decide_anew
from accessflows.actions.put_person import person_changed
from accessflows.model.event import Event
from accessflows.model.person import KnownPerson, PersonRecord, Profile
from accessflows.model.refusal import AddressTaken, AlreadyExists, ChangedMeanwhile, NotFound
from accessflows.model.source_entry import (
    USER_NAME,
    EntryChange,
    EntryKind,
    Place,
    SourceEntry,
    SourceUser,
)


class UserStore(Protocol):
    """What is needed of the directory."""

    def entry(self, source: str, kind: EntryKind, entry_id: str) -> SourceEntry | None: ...

    def found(self, source: str, kind: EntryKind, attribute: str, value: str) -> list[str]: ...

    def known(self, person_id: str) -> KnownPerson: ...

    def records_with_email(self, email: str) -> tuple[PersonRecord, ...]: ...

    def put_user(
        self, change: EntryChange, known: KnownPerson, record: PersonRecord, event: Event | None
    ) -> None: ...

    def forget(self, places: Iterable[Place]) -> None: ...


def create_user(
    store: UserStore, source: str, user: SourceUser, now: datetime, new_id: Callable[[], str]
) -> SourceEntry:
    """Raises AlreadyExists for a user name that is taken, AddressTaken."""

    def once() -> SourceEntry:
        _refuse_taken(store, source, user, None)
        person_id = _joined(store, source, user.login) or new_id()
        return _put(store, None, _first(source, person_id, user, now), user, now)

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
        _refuse_taken(store, source, user, user_id)
        after = before.but(
            document=user.document,
            found_by=user.found_by,
            changed_at=now,
            version=before.version + 1,
        )
        return _put(store, before, after, user, now)

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
        store.put_user(EntryChange(before, None), known, record, event)

    decide_anew(once)


def _put(
    store: UserStore,
    before: SourceEntry | None,
    after: SourceEntry,
    user: SourceUser,
    now: datetime,
) -> SourceEntry:
    known = store.known(after.id)
    record = _with_profile(known.record, after, user.profile)
    event = None if record == known.record else person_changed(known, record, now)
    store.put_user(EntryChange(before, after), known, record, event)
    return after


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


def _joined(store: UserStore, source: str, login: str | None) -> str | None:
    """The one person whom another source holds by this address, unless ours holds them too."""
    if login is None:
        return None
    held = [record.id for record in store.records_with_email(login) if _vouched(record, login)]
    if len(held) != 1 or store.entry(source, EntryKind.USER, held[0]):
        return None
    return held[0]


def _refuse_taken(store: UserStore, source: str, user: SourceUser, user_id: str | None) -> None:
    for name in user.found_by[USER_NAME]:
        others = set(store.found(source, EntryKind.USER, USER_NAME, name)) - {user_id}
        if others:
            raise AlreadyExists(f"user name {name!r} is taken, by user {others.pop()}")
    joins = user_id or _joined(store, source, user.login)
    for email in user.profile.emails:
        for record in store.records_with_email(email):
            if record.id != joins and _vouched(record, email):
                raise AddressTaken(f"{email} is the address of {record.id}: take it from one")


def _vouched(record: PersonRecord, email: str) -> bool:
    """Whether a source says now that this is their address."""
    folded = email.casefold()
    return any(
        folded in map(str.casefold, profile.emails)
        for profile in record.profiles.values()
        if profile.active
    )
