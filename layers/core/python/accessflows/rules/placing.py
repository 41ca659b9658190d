"""Placing: which version and events it takes for an entry of the configuration to count.

The same for files and for the API. Pure: lineages are given, storing happens outside."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from accessflows.model.configuration import CurrentSet, Entry, Lineage, Section, Step
from accessflows.model.event import SYSTEM, Event, EventKind
from accessflows.model.flow import AccessFlow
from accessflows.model.value import digest
from accessflows.rules.chain import next_event

ACCOUNT = "settings:account"
NOTHING: Mapping[str, str] = {}

# section -> what its entries' events are called when a version is written, and when one closes.
_KINDS: Mapping[Section, tuple[EventKind, EventKind]] = {
    Section.FLOWS: (EventKind.FLOW_VERSION_WRITTEN, EventKind.FLOW_CLOSED),
    Section.INTEGRATIONS: (EventKind.INTEGRATION_CHANGED, EventKind.INTEGRATION_CHANGED),
    Section.SPACES: (EventKind.SPACE_CHANGED, EventKind.SPACE_CHANGED),
    Section.BUNDLES: (EventKind.BUNDLE_CHANGED, EventKind.BUNDLE_CHANGED),
    Section.ON_CALL_SCHEDULES: (
        EventKind.ON_CALL_SCHEDULE_CHANGED,
        EventKind.ON_CALL_SCHEDULE_CHANGED,
    ),
    Section.ACCESS_SCOPES: (EventKind.ACCESS_SCOPE_CHANGED, EventKind.ACCESS_SCOPE_CHANGED),
    Section.RESOURCE_ACCESS: (
        EventKind.RESOURCE_ACCESS_CHANGED,
        EventKind.RESOURCE_ACCESS_CHANGED,
    ),
}


class Flip(NamedTuple):
    """One move of the set that counts, with its event."""

    before: CurrentSet
    after: CurrentSet
    event: Event


def as_version(entry: Entry, number: int) -> Entry:
    """The entry as it is stored under a number; flows carry theirs."""
    return entry.but(version=number) if isinstance(entry, AccessFlow) else entry


def opening(
    section: Section,
    entry: Entry,
    before: Lineage,
    *,
    at: datetime,
    actor: str = SYSTEM,
    details: Mapping[str, str] = NOTHING,
) -> Step:
    """The entry as the next version of its lineage."""
    number = before.latest + 1
    content = as_version(entry, number)
    event = next_event(
        before,
        section.subject(entry.id),
        _KINDS[section][0],
        at,
        actor=actor,
        details={"version": number, "content": digest(content), **details},
    )
    after = Lineage(number=event.number, hash=event.hash, latest=number, is_open=True)
    return Step(before, after, event, content)


def closing(
    section: Section,
    entry_id: str,
    before: Lineage,
    *,
    at: datetime,
    actor: str = SYSTEM,
    details: Mapping[str, str] = NOTHING,
) -> Step:
    """The end of an open lineage; what was granted by its versions goes on."""
    event = next_event(
        before,
        section.subject(entry_id),
        _KINDS[section][1],
        at,
        actor=actor,
        details={"version": before.latest, "closed": True, **details},
    )
    after = before.but(number=event.number, hash=event.hash, is_open=False)
    return Step(before, after, event)


def flip(
    before: CurrentSet,
    wanted: CurrentSet,
    kind: EventKind,
    *,
    at: datetime,
    details: Mapping[str, Any],
    actor: str = SYSTEM,
) -> Flip:
    """The wanted set as the next generation."""
    generation = before.generation + 1
    event = next_event(
        before, ACCOUNT, kind, at, actor=actor, details={"generation": generation, **details}
    )
    settled = before.settings_number if wanted.settings == before.settings else event.number
    after = wanted.but(
        generation=generation, number=event.number, hash=event.hash, settings_number=settled
    )
    return Flip(before, after, event)
