"""The chain of a subject's events: which one comes next. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from accessflows.model.event import SYSTEM, Event, EventKind


class Head(Protocol):
    """Number and hash of the last event; 0 and 64 zeros before the first."""

    @property
    def number(self) -> int: ...

    @property
    def hash(self) -> str: ...


def next_event(
    head: Head,
    subject: str,
    kind: EventKind,
    at: datetime,
    *,
    actor: str = SYSTEM,
    details: Mapping[str, Any],
) -> Event:
    """The sealed event that follows the head."""
    return Event(
        subject=subject,
        number=head.number + 1,
        kind=kind,
        at=at,
        actor=actor,
        details=dict(details),
        previous=head.hash,
    ).sealed()
