"""Words: durations, instants, people and entitlements as mails and pages say them.

Pure. Until the portal knows the reader's zone, instants are told in UTC and say so."""

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from accessflows.model.flow import Day, Timeframe
from accessflows.model.integration import Integration
from accessflows.model.target import Entitlement, spelled
from accessflows.model.value import GrantDuration, parse_duration

if TYPE_CHECKING:
    from accessflows.rules.simulation import TermChange

_LONGEST_SUBJECT = 120
_DAYS = tuple(day.capitalize() for day in Day)
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)")
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
    """What is seen of a text, without the space around it."""
    return seen_of(text).strip()


def seen_of(text: str) -> str:
    """Text without control characters, and without those that turn the writing direction."""
    return "".join(c for c in text.replace("\r\n", "\n") if c in "\n\t" or _is_shown(c))


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


def value_in_words(value: object) -> str:
    """A value of an entry or an event as people write it, instants in UTC."""
    told = told_of(value)
    words = (each if isinstance(each, str) else instant_in_words(each) for each in told)
    return "".join(words) or "none"


def told_of(value: object) -> Iterator[str | datetime]:
    """The same in pieces, of which instants are left to whoever knows the reader's zone.

    What is inside another value stands in brackets. Durations and instants are texts, as in JSON.
    """
    match value:
        case None:
            yield "none"
        case bool():
            yield "yes" if value else "no"
        case Mapping():
            for n, (name, one) in enumerate(value.items()):
                yield f"{', ' if n else ''}{name}: "
                yield from _inside(one)
        case list() | tuple():
            for n, one in enumerate(value):
                yield from [", "] if n else []
                yield from _inside(one)
        case str() if _INSTANT.fullmatch(value):
            yield datetime.fromisoformat(value).astimezone(UTC)
        case str() if value.startswith("P"):
            yield _lasting(value)
        case _:
            yield str(value)


def term_in_words(change: "TermChange") -> tuple[str, str, str]:
    """What a term of a flow is called, how it is, and how it would be."""
    name = change.term.removeprefix("settings.").replace(".", " ").replace("_", " ")
    return name, _written(change.before), _written(change.after)


def _written(term: str | None) -> str:
    if term is None:
        return "not set"
    try:
        return value_in_words(json.loads(term))
    except ValueError:
        return value_in_words(term)


def _inside(value: object) -> Iterator[str | datetime]:
    told = list(told_of(value))
    if isinstance(value, Mapping | list | tuple):
        told = ["(", *(told or ["none"]), ")"]
    yield from told


def _lasting(text: str) -> str:
    try:
        return duration_in_words(parse_duration(text))
    except ValueError:
        return "0 minutes" if text == "PT0S" else text


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
