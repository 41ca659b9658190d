"""Words: durations, instants, people and entitlements as mails and pages say them.

Pure. Until the portal knows the reader's zone, instants are told in UTC and say so."""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from accessflows.model.flow import Day, Timeframe
from accessflows.model.integration import Integration
from accessflows.model.target import Entitlement, spelled
from accessflows.model.value import GrantDuration

_LONGEST_SUBJECT = 120
_DAYS = tuple(day.capitalize() for day in Day)
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))
# Characters that turn the writing direction and so can make a text read as another one.
TURNING = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class Asked(NamedTuple):
    """A resource and what is to be allowed on it."""

    resource: str
    kind: str
    integration: str
    permissions: tuple[str, ...]

    def __str__(self) -> str:
        return f"{joined(self.permissions)} on {self.kind} {self.resource} ({self.integration})"


def duration_in_words(duration: GrantDuration) -> str:
    """`1 hour 30 minutes`; says so of indefinite access."""
    if duration == "indefinite":
        return "no end; it stays until somebody revokes it"
    return " ".join(_parts(duration))


def time_left(until: datetime, now: datetime) -> str:
    """How long it is until then, in the two largest units, rounded down to minutes."""
    whole = timedelta(minutes=(until - now) // timedelta(minutes=1))
    return " ".join(_parts(whole)[:2]) if whole > timedelta() else "less than a minute"


def instant_in_words(at: datetime) -> str:
    """`Sunday 22 November 2026, 08:30 UTC`; seconds are dropped, so an end is never told late.

    at: aware UTC.
    """
    return f"{_DAYS[at.weekday()]} {at.day} {_MONTHS[at.month - 1]} {at:%Y, %H:%M} UTC"


def window_in_words(timeframe: Timeframe) -> str:
    """`Monday to Friday, Sunday, 09:00 to 17:00, Europe/Berlin`."""
    runs: list[list[str]] = [[]]
    for day in Day:
        if day in timeframe.days:
            runs[-1].append(day.capitalize())
        elif runs[-1]:
            runs.append([])
    spans = [f"{run[0]} to {run[-1]}" if len(run) > 2 else ", ".join(run) for run in runs if run]
    which = "every day" if len(timeframe.days) == len(Day) else ", ".join(spans)
    return f"{which}, {timeframe.from_} to {timeframe.to}, {timeframe.time_zone}"


def joined(items: Iterable[str]) -> str:
    """`a, b and c`."""
    *most, last = items
    return f"{', '.join(most)} and {last}" if most else last


def plain(text: str) -> str:
    """Text without control characters, and without those that turn the writing direction."""
    kept = (c for c in text.replace("\r\n", "\n") if c in "\n\t" or _is_shown(c))
    return "".join(kept).strip()


def one_line(text: str) -> str:
    """The text on one line."""
    return " ".join(plain(text).split())


def subject_line(text: str) -> str:
    """The text as a mail's subject: on one line, and cut where it would be too long."""
    subject = one_line(text)
    if len(subject) <= _LONGEST_SUBJECT:
        return subject
    return subject[: _LONGEST_SUBJECT - 1].rstrip() + "…"


def asked(
    entitlements: Sequence[Entitlement], integrations: Mapping[str, Integration]
) -> tuple[Asked, ...]:
    """Entitlements by resource, in the order given; an unknown integration goes by its id."""
    permissions: dict[tuple[str, str, str], list[str]] = {}
    for one in entitlements:
        key = (one.integration, one.resource_type, one.resource)
        permissions.setdefault(key, []).append(one.permission.replace("_", " "))
    return tuple(
        Asked(
            resource=one_line(resource),
            kind=spelled(resource_type),
            integration=integrations[name].name if name in integrations else name,
            permissions=tuple(dict.fromkeys(allowed)),
        )
        for (name, resource_type, resource), allowed in permissions.items()
    )


def _parts(duration: timedelta) -> list[str]:
    rest = int(duration.total_seconds())
    parts = []
    for unit, seconds in _UNITS:
        count, rest = divmod(rest, seconds)
        if count:
            parts.append(f"{count} {unit}" + ("s" if count > 1 else ""))
    return parts


def _is_shown(character: str) -> bool:
    return unicodedata.category(character) not in {"Cc", "Cs"} and character not in TURNING
