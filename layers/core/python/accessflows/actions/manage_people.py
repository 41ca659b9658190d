"""Manage people: admins invite them, change them, shut them out, and delete whom they invited.

What an identity source says of somebody is changed there. Roles are the product's own, unless the
files give them; so is deactivation, of whomever. There is always an active admin left."""

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Protocol

from pydantic import Field

from accessflows.actions.contend import decide_anew
from accessflows.actions.put_person import person_changed
from accessflows.model.event import Event, EventKind
from accessflows.model.person import (
    CONFIGURATION,
    INVITED,
    OUTSIDER,
    Attributes,
    Email,
    Given,
    HeldAddress,
    KnownPerson,
    Person,
    PersonRecord,
    Phone,
    Profile,
    Role,
)
from accessflows.model.refusal import (
    AddressTaken,
    AlreadySettled,
    IdempotencyConflict,
    LastAdmin,
    ManagedByFiles,
    ManagedBySource,
    NotFound,
)
from accessflows.model.value import Text, Value
from accessflows.rules.chain import next_event
from accessflows.rules.people import is_active

Roles = Annotated[tuple[Role, ...], Field(min_length=1)]
_NONE: Given = {}


class Invitation(Value):
    """Whom an admin invites. phone: with its country, +4930123456."""

    email: Email
    name: Text
    roles: Roles = (Role.GRANTEE,)
    phone: Phone | None = None


class Changes(Value):
    """What is to change; the rest stays. name and phone: of invited people only."""

    roles: Roles | None = None
    name: Text | None = None
    phone: Phone | None = None


class UserStore(Protocol):
    """What is needed of the directory."""

    def known(self, person_id: str) -> KnownPerson: ...

    def admins(self) -> tuple[Person, ...]: ...

    def address(self, email: str) -> HeldAddress: ...

    def admins_number(self) -> int: ...

    def commit_user(
        self,
        before: KnownPerson,
        record: PersonRecord,
        event: Event,
        *,
        admins_number: int | None,
        given: Given,
    ) -> None: ...


class UserPool(Protocol):
    """Where invited people sign in."""

    def invite(self, person_id: str, email: str) -> None:
        """Have a sign-in made, and mailed how to use it; once, however often it is called."""

    def invite_again(self, person_id: str, email: str) -> bool:
        """Have it mailed anew how to sign in; whether the sign-in still waits for its first use."""

    def remove(self, person_id: str) -> None: ...


def invite(
    store: UserStore,
    pool: UserPool,
    invitation: Invitation,
    *,
    idempotency_key: str | None,
    actor: str,
    now: datetime,
    new_id: Callable[[], str],
) -> str:
    """The id of the person, who can sign in with what is mailed to them.

    A call that died between person and sign-in is completed by the same call again.
    Raises AddressTaken, IdempotencyConflict.
    """
    person_id = _derived(actor, idempotency_key) if idempotency_key else new_id()
    attributes: Attributes = {"phone": (invitation.phone,)} if invitation.phone else {}
    profile = Profile(name=invitation.name, emails=(invitation.email,), attributes=attributes)
    record = PersonRecord(id=person_id, roles=invitation.roles, profiles={INVITED: profile})

    def once() -> None:
        known = store.known(person_id)
        if known.record is None:
            held = store.address(invitation.email)
            _refuse_taken(held, invitation.email)
            given = {invitation.email.casefold(): held.given}
            _put(store, known, record, actor, now, given)
        elif known.record != record:
            raise IdempotencyConflict("this key was used to invite somebody else, or otherwise")

    decide_anew(once)
    pool.invite(person_id, invitation.email)
    return person_id


def invite_again(
    store: UserStore, pool: UserPool, person_id: str, *, actor: str, now: datetime
) -> None:
    """Send an invitation once more, to whoever has not signed in by it.

    Raises NotFound, ManagedBySource, AlreadySettled.
    """

    def once() -> str:
        known, record = _there(store, person_id)
        _refuse_synced(record, "invited here: they sign in there")
        if not is_active(record):
            raise AlreadySettled(f"{person_id} is shut out: activate them first")
        event = next_event(
            known,
            f"person:{person_id}",
            EventKind.INVITED_AGAIN,
            now,
            actor=actor,
            details={},
        )
        store.commit_user(known, record, event, admins_number=None, given=_NONE)
        return record.profiles[INVITED].emails[0]

    email = decide_anew(once)
    if not pool.invite_again(person_id, email):
        raise AlreadySettled(
            f"{person_id} has signed in before; who forgot the password has it reset at the "
            "sign-in page"
        )


def change(
    store: UserStore, person_id: str, changes: Changes, *, actor: str, now: datetime
) -> None:
    """Raises NotFound, ManagedByFiles, ManagedBySource, LastAdmin."""

    def once() -> None:
        known, record = _there(store, person_id)
        if changes.roles is not None and changes.roles != record.roles:
            _refuse_roles(record)
            record = record.but(roles=changes.roles)
        if changes.name is not None or changes.phone is not None:
            record = _described(record, changes)
        _put(store, known, record, actor, now)

    decide_anew(once)


def set_deactivated(
    store: UserStore, person_id: str, deactivated: bool, *, actor: str, now: datetime
) -> None:
    """Shut somebody out, or let them in again as far as their sources do.

    Raises NotFound, LastAdmin.
    """

    def once() -> None:
        known, record = _there(store, person_id)
        _put(store, known, record.but(deactivated=deactivated), actor, now)

    decide_anew(once)


def delete(store: UserStore, pool: UserPool, person_id: str, *, actor: str, now: datetime) -> None:
    """Take somebody who was invited out, and what is known of them with it.

    Their id stays, without name, address or sign-in, since requests and events speak of it.
    Raises NotFound, ManagedBySource, LastAdmin.
    """

    def once() -> None:
        known, record = _there(store, person_id)
        _refuse_synced(record, "deleted: deactivate them, or take them out")
        gone = Profile(name="Deleted person", active=False)
        record = record.but(roles=(Role.GRANTEE,), deactivated=True, profiles={INVITED: gone})
        _put(store, known, record, actor, now)

    decide_anew(once)
    pool.remove(person_id)


def _there(store: UserStore, person_id: str) -> tuple[KnownPerson, PersonRecord]:
    known = store.known(person_id)
    if known.record is None:
        raise NotFound(f"there is no person {person_id}")
    return known, known.record


def _described(record: PersonRecord, changes: Changes) -> PersonRecord:
    _refuse_synced(record, "renamed or called otherwise: change it")
    profile = record.profiles[INVITED]
    if changes.name is not None:
        profile = profile.but(name=changes.name)
    if changes.phone is not None:
        profile = profile.but(attributes={**profile.attributes, "phone": (changes.phone,)})
    return record.but(profiles={INVITED: profile})


def _refuse_roles(record: PersonRecord) -> None:
    if OUTSIDER in record.profiles:
        raise ManagedBySource(f"{record.id} came by an access link and can have no role")
    if CONFIGURATION in record.profiles:
        raise ManagedByFiles(f"{record.id} has their roles from the files: change them there")


def _refuse_synced(record: PersonRecord, what: str) -> None:
    sources = sorted(record.profiles.keys() - {INVITED})
    if sources:
        where = " and ".join(sources)
        raise ManagedBySource(f"{record.id} comes from {where} and is not {what} there")


def _refuse_taken(held: HeldAddress, email: str) -> None:
    for record in held.records:
        others = record.profiles.keys() - {OUTSIDER}
        emails = (email for source in others for email in record.profiles[source].emails)
        if email.casefold() in map(str.casefold, emails):
            raise AddressTaken(
                f"{email} is the address of {record.id} already: change or activate them instead",
                person_id=record.id,
            )


def _put(
    store: UserStore,
    known: KnownPerson,
    record: PersonRecord,
    actor: str,
    now: datetime,
    given: Given = _NONE,
) -> None:
    if known.record == record:
        return
    number = None
    if known.record and _is_admin(known.record) and not _is_admin(record):
        # Read before the admins are, so that of two last ones who leave at once, one stays.
        number = store.admins_number()
        if all(admin.id == record.id for admin in store.admins()):
            raise LastAdmin(f"{record.id} is the last active admin: make somebody else one first")
    event = person_changed(known, record, now, actor=actor)
    store.commit_user(known, record, event, admins_number=number, given=given)


def _is_admin(record: PersonRecord) -> bool:
    return Role.ADMIN in record.roles and is_active(record)


def _derived(actor: str, key: str) -> str:
    return hashlib.sha256(f"{actor}\n{key}".encode()).hexdigest()[:26]
