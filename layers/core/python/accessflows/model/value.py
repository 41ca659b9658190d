"""The one base of every value, and the scalar types that all schemas share."""

import hashlib
import json
import re
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Annotated, Any, Literal, Self
from zoneinfo import available_timezones

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    Strict,
)

LONGEST_DURATION = timedelta(days=365)

_ISO_DURATION = re.compile(r"P(?=.)(\d+W)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+S)?)?")
_UNITS = {"W": 604_800, "D": 86_400, "H": 3_600, "M": 60, "S": 1}


class Value(BaseModel):
    """A frozen value that refuses unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    def but(self, **changes: Any) -> Self:
        """This value with some fields changed, validated as a whole."""
        return type(self).model_validate({**dict(self), **changes})

    def to_data(self) -> dict[str, Any]:
        """JSON-ready data under the schema's own names, without empty optionals."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


def digest(value: Value) -> str:
    """SHA-256 over canonical JSON under the schema's own names; sets are sorted."""
    text = json.dumps(value.model_dump(by_alias=True), sort_keys=True, default=_in_json)
    return hashlib.sha256(text.encode()).hexdigest()


def _in_json(part: object) -> object:
    return sorted(part) if isinstance(part, frozenset) else str(part)


class Message(BaseModel):
    """What a state machine passes on: frozen, and unknown fields are left alone."""

    model_config = ConfigDict(frozen=True, extra="ignore")


def parse_duration(text: str) -> timedelta:
    """ISO 8601 with weeks, days, hours, minutes, seconds: `PT1H`, `P1DT12H`.

    Raises ValueError for anything else, zero, or more than 365 days.
    """
    if not _ISO_DURATION.fullmatch(text):
        raise ValueError(f"{text!r} is not an ISO 8601 duration such as PT1H, PT30M or P7D")
    date, _, time = text[1:].partition("T")
    parts = re.findall(r"(\d+)([WDHMS])", date) + re.findall(r"(\d+)([HMS])", time)
    seconds = sum(int(number) * _UNITS[unit] for number, unit in parts)
    if not 0 < seconds <= LONGEST_DURATION.total_seconds():
        raise ValueError(f"{text} is not between 1 second and 365 days")
    return timedelta(seconds=seconds)


def format_duration(duration: timedelta) -> str:
    """The shortest ISO 8601 form in days, hours, minutes and seconds."""
    seconds = int(duration.total_seconds())
    days, rest = divmod(seconds, 86_400)
    hours, rest = divmod(rest, 3_600)
    minutes, rest = divmod(rest, 60)
    time = "".join(f"{n}{u}" for n, u in ((hours, "H"), (minutes, "M"), (rest, "S")) if n)
    return "P" + (f"{days}D" if days else "") + (f"T{time}" if time else "") if seconds else "PT0S"


def _local_time(value: object) -> datetime:
    """What a clock on the wall shows, to the minute."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            raise ValueError(f"{value!r} is no day and time such as 2026-11-02T09:00") from None
    if not isinstance(value, datetime):
        raise ValueError("a day and time is written as text, for example 2026-11-02T09:00")  # noqa: TRY004 (pydantic reports ValueError only)
    if value.tzinfo is not None:
        raise ValueError("is read in the schedule's time zone: leave the offset out")
    return value


def _duration(value: object) -> timedelta:
    if isinstance(value, timedelta):
        return value
    if isinstance(value, str):
        return parse_duration(value)
    raise ValueError("a duration is written as ISO 8601 text, for example PT1H")


def _duration_or_none(value: object) -> timedelta:
    return timedelta(0) if value in ("PT0S", timedelta(0)) else _duration(value)


@cache
def _zones() -> frozenset[str]:
    """Listing them walks a folder tree, so once has to do."""
    return frozenset(available_timezones())


def _known_zone(value: str) -> str:
    if value not in _zones():
        raise ValueError(f"{value!r} is no IANA time zone such as Europe/Berlin")
    return value


def _in_utc(value: datetime) -> datetime:
    return value.astimezone(UTC)


Duration = Annotated[
    timedelta, BeforeValidator(_duration), PlainSerializer(format_duration, return_type=str)
]
# `PT0S`, too.
DurationOrNone = Annotated[
    timedelta, BeforeValidator(_duration_or_none), PlainSerializer(format_duration, return_type=str)
]
Indefinite = Literal["indefinite"]
GrantDuration = Indefinite | Duration
Instant = Annotated[AwareDatetime, AfterValidator(_in_utc)]
TimeZone = Annotated[str, AfterValidator(_known_zone)]
LocalTime = Annotated[
    datetime,
    BeforeValidator(_local_time),
    PlainSerializer(lambda value: value.isoformat(), return_type=str),
]
Flag = Annotated[bool, Strict()]
Count = Annotated[int, Strict()]
Text = Annotated[str, Field(min_length=1, max_length=1_000)]
Identifier = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9 _-]{0,63}$")]
