"""Put people and groups into the directory: a change is an event of theirs, or there is none."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from accessflows.model.event import SYSTEM, Event, EventKind
from accessflows.model.person import Given, KnownGroup, KnownPerson, NamedGroup, PersonRecord
from accessflows.model.value import Value
from accessflows.rules.chain import next_event
from accessflows.rules.people import is_active

_NONE: Given = {}


class PeopleStore(Protocol):
    """What is needed of the directory; tests put crashes in between."""

    def known(self, person_id: str) -> KnownPerson: ...

    def commit(
        self, before: KnownPerson, record: PersonRecord, event: Event, *, given: Given = _NONE
    ) -> None: ...

    def complete(self, known: KnownPerson) -> None:
        """Make the index hold what the record does, where an earlier run died in between."""

    def known_group(self, group_id: str) -> KnownGroup: ...

    def commit_group(self, before: KnownGroup, group: NamedGroup | None, event: Event) -> None: ...

    def complete_group(self, group_id: str, known: KnownGroup) -> None: ...


def put_person(
    directory: PeopleStore,
    known: KnownPerson,
    record: PersonRecord,
    now: datetime,
    given: Given = _NONE,
) -> bool:
    """Whether anything changed.

    given: addresses that were found free for them.
    Raises Lost where the person changed since they were read, or an address was taken.
    """
    if known.record == record:
        directory.complete(known)
        return False
    directory.commit(known, record, person_changed(known, record, now), given=given)
    return True


def person_changed(
    known: KnownPerson, record: PersonRecord, now: datetime, *, actor: str = SYSTEM
) -> Event:
    """The event of a record that takes the place of the one known."""
    details: Mapping[str, object] = {
        "active": is_active(record),
        "sources": sorted(record.profiles),
        "content": _digest(record),
    }
    subject = f"person:{record.id}"
    return next_event(known, subject, EventKind.PERSON_CHANGED, now, actor=actor, details=details)


def put_group(
    directory: PeopleStore, group_id: str, group: NamedGroup | None, now: datetime
) -> bool:
    """The same for a group; none takes it away, and everybody out of it."""
    known = directory.known_group(group_id)
    if known.group == group:
        directory.complete_group(group_id, known)
        return False
    directory.commit_group(known, group, group_changed(known, group_id, group, now))
    return True


def group_changed(
    known: KnownGroup, group_id: str, group: NamedGroup | None, now: datetime
) -> Event:
    """The event of a group that takes the place of the one known."""
    details = {"name": group.name, "source": group.source} if group else {"removed": True}
    return next_event(known, f"group:{group_id}", EventKind.GROUP_CHANGED, now, details=details)


def _digest(value: Value) -> str:
    """SHA-256 of what is stored: the chain proves it without repeating it."""
    return hashlib.sha256(value.model_dump_json(exclude_none=True).encode()).hexdigest()
