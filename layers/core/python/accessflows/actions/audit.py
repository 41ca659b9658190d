"""Audit: what happened to a subject, page by page, and whether its chain of events holds."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from accessflows.model.configuration import CurrentSet, Lineage, Section
from accessflows.model.event import Event, first_broken
from accessflows.model.limits import MOST_EVENTS_SHOWN
from accessflows.model.person import KnownPerson, Person
from accessflows.model.refusal import BadInput, NotFound
from accessflows.ports import Ports
from accessflows.rules.chain import Head

SETTINGS = "settings:account"
_BEYOND_EVERY_EVENT = 10**6


class FlowHeads(Protocol):
    """What is needed of the store of flows."""

    def current_set(self) -> CurrentSet: ...

    def lineage(self, subject: str) -> Lineage: ...


class People(Protocol):
    """What is needed of the directory."""

    def known(self, person_id: str) -> KnownPerson: ...


class Audit(NamedTuple):
    """A page of a subject's events, the latest first.

    broken: the first of them that does not follow from the one before; none if all do.
    head_agrees: whether the row they belong to names the last of them; none where no row does, or
        it is not on this page.
    cursor: the number of the earliest, where there are earlier ones.
    """

    subject: str
    events: tuple[Event, ...]
    broken: Event | None
    head_agrees: bool | None
    cursor: int | None
    people: dict[str, Person]


def audit(
    ports: Ports, flows: FlowHeads, people: People, subject: str, cursor: str | None
) -> Audit:
    """subject: as events name it, `request:01H...`, `flow:buckets`. Raises NotFound, BadInput."""
    before = _number(cursor)
    read = ports.requests.events_before(subject, before, MOST_EVENTS_SHOWN + 1)
    if not read:
        raise NotFound(f"there are no events of {subject}")
    shown = read[:MOST_EVENTS_SHOWN]
    earlier = read[MOST_EVENTS_SHOWN] if len(read) > MOST_EVENTS_SHOWN else None
    actors = {event.actor for event in shown}
    return Audit(
        subject=subject,
        events=shown,
        broken=first_broken(shown[::-1], after=earlier),
        head_agrees=_agrees(shown, _head(ports, flows, people, subject)) if not cursor else None,
        cursor=shown[-1].number if earlier else None,
        people=dict(ports.directory.people(sorted(actors))),
    )


def _agrees(events: Sequence[Event], head: Head | None) -> bool | None:
    if head is None:
        return None
    return (head.number, head.hash) == (events[0].number, events[0].hash)


def _head(ports: Ports, flows: FlowHeads, people: People, subject: str) -> Head | None:
    """What the subject's own row says of its last event; none of subjects whose rows are not
    read here."""
    kind, _, name = subject.partition(":")
    if kind == "request":
        request = ports.requests.get(name)
        return Lineage(number=request.version, hash=request.event_hash)
    if kind == "person":
        return people.known(name)
    if subject == SETTINGS:
        return flows.current_set()
    if kind in {section.noun for section in Section}:
        return flows.lineage(subject)
    return None


def _number(cursor: str | None) -> int:
    if cursor is None:
        return _BEYOND_EVERY_EVENT
    if not cursor.isdecimal() or len(cursor) > 6:
        raise BadInput("this cursor is none that a list gave; begin without one", field="cursor")
    return int(cursor)
