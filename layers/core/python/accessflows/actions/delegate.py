"""Delegate: who is away names somebody who decides in their place, and either may end it."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import NamedTuple, Protocol

from accessflows.actions.contend import decide_anew
from accessflows.model.delegation import Delegation, Period
from accessflows.model.event import Event, EventKind
from accessflows.model.person import KnownPerson, Person
from accessflows.model.refusal import NotFound
from accessflows.rules.chain import next_event
from accessflows.rules.delegation import named


class Delegations(Protocol):
    """What is needed of the store of delegations."""

    def given(self, person_id: str, now: datetime) -> tuple[Delegation, ...]: ...

    def taken(self, person_id: str, now: datetime) -> tuple[Delegation, ...]: ...

    def put(self, delegator: KnownPerson, delegation: Delegation, event: Event) -> None:
        """Raises Lost unless the delegator's row is as it was."""


class People(Protocol):
    """What is needed of the directory."""

    def known(self, person_id: str) -> KnownPerson: ...

    def people(self, person_ids: Collection[str]) -> Mapping[str, Person]: ...


class Both(NamedTuple):
    """What a person gave away and took on that is not over, the next to end first."""

    given: tuple[Delegation, ...]
    taken: tuple[Delegation, ...]


def delegate(
    store: Delegations,
    directory: People,
    person: Person,
    period: Period,
    *,
    delegation_id: str,
    now: datetime,
) -> Delegation:
    """Let somebody decide in the person's place. Named twice in the same words, it is one.

    Raises BadInput, AlreadyExists.
    """

    def once() -> Delegation:
        known = directory.known(person.id)
        others = store.given(person.id, now)
        proposed = directory.people([period.delegate_id]).get(period.delegate_id)
        made = named(period, person, proposed, others, delegation_id=delegation_id, now=now)
        if made not in others:
            _put(store, known, made, EventKind.DELEGATION_MADE, person.id, now)
        return made

    return decide_anew(once)


def end_delegation(
    store: Delegations, directory: People, person: Person, delegation_id: str, now: datetime
) -> Delegation:
    """End one before its time, as the one who gave it or the one who took it.

    Raises NotFound where it is neither's, or over.
    """

    def once() -> Delegation:
        found = _find(store, person, delegation_id, now)
        known = directory.known(found.delegator_id)
        ended = found.but(ended_at=now, ended_by=person.id)
        _put(store, known, ended, EventKind.DELEGATION_ENDED, person.id, now)
        return ended

    return decide_anew(once)


def delegations(store: Delegations, person: Person, now: datetime) -> Both:
    return Both(store.given(person.id, now), store.taken(person.id, now))


def _find(store: Delegations, person: Person, delegation_id: str, now: datetime) -> Delegation:
    both = delegations(store, person, now)
    for one in (*both.given, *both.taken):
        if one.id == delegation_id:
            return one
    raise NotFound(f"you have no delegation {delegation_id} that is not over")


def _put(
    store: Delegations,
    known: KnownPerson,
    delegation: Delegation,
    kind: EventKind,
    actor: str,
    now: datetime,
) -> None:
    event = next_event(
        known,
        f"person:{delegation.delegator_id}",
        kind,
        now,
        actor=actor,
        details={
            "delegation": delegation.id,
            "delegate": delegation.delegate_id,
            "from": delegation.starts_at.isoformat(),
            "to": delegation.ends_at.isoformat(),
        },
    )
    store.put(known, delegation, event)
