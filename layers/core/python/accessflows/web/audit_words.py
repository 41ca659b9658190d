"""Events of an audit in words."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from accessflows.actions.audit import Audit
from accessflows.model.event import SYSTEM, Event
from accessflows.notices.words import one_line, told_of


class Entry(NamedTuple):
    """An event. holds: whether its link of the chain does.

    details: what it says besides, in pieces, of which instants are no text.
    """

    number: int
    at: datetime
    what: str
    who: str
    entered: str
    details: tuple[tuple[str, tuple[str | datetime, ...]], ...]
    hash: str
    holds: bool


def entries_of(found: Audit) -> list[Entry]:
    """In the order of the audit. From the first event that does not hold on, none does."""
    return [_entry(event, found) for event in found.events]


def _entry(event: Event, found: Audit) -> Entry:
    person = found.people.get(event.actor)
    name = one_line(person.name if person else event.actor)
    return Entry(
        number=event.number,
        at=event.at,
        what=event.kind.replace("_", " ").capitalize(),
        who="The product itself" if event.actor == SYSTEM else name,
        entered=event.entered or "",
        details=tuple(_details(event)),
        hash=event.hash,
        holds=found.broken is None or event.number < found.broken.number,
    )


def _details(event: Event) -> Iterator[tuple[str, tuple[str | datetime, ...]]]:
    for name, value in event.details.items():
        if value not in (None, "", [], {}):
            yield name.replace("_", " "), tuple(told_of(value))
