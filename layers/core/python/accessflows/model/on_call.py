"""On-call schedules, as an admin writes them, and the services that know others."""

from datetime import timedelta
from enum import StrEnum
from typing import Annotated, NamedTuple, Self

from pydantic import Field, field_serializer, model_validator

from accessflows.model.flow import Day, TimeOfDay
from accessflows.model.person import PersonId
from accessflows.model.value import Duration, Identifier, LocalTime, Text, TimeZone, Value

SecretName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9/_+=.@-]{0,199}$")]


class Hours(Value):
    """Hours of the week, half-open [from, to); `to` <= `from` ends on the next day."""

    days: frozenset[Day] = Field(default=frozenset(Day), min_length=1)
    from_: TimeOfDay = Field(alias="from")
    to: TimeOfDay

    @field_serializer("days")
    def _in_order(self, days: frozenset[Day]) -> list[Day]:
        return [day for day in Day if day in days]


class Rotation(Value):
    """People who take turns, in the order written, over and over.

    starts: the first turn. every: how long a turn takes, counted on the wall's clock.
    hours: when the one whose turn it is is on call; always, if absent.
    """

    people: tuple[PersonId, ...] = Field(min_length=1, max_length=100)
    starts: LocalTime
    every: Duration = timedelta(weeks=1)
    hours: Hours | None = None


class Override(Value):
    """Who is on call instead of everybody else, half-open [from, to)."""

    people: tuple[PersonId, ...] = Field(min_length=1, max_length=100)
    from_: LocalTime = Field(alias="from")
    to: LocalTime

    @model_validator(mode="after")
    def _takes_time(self) -> Self:
        if self.to <= self.from_:
            raise ValueError("`to` must be later than `from`")
        return self


class OnCallSchedule(Value):
    """Rotations whose people are all on call, unless an override stands. Times are of its zone."""

    id: Identifier
    name: Text
    time_zone: TimeZone
    rotations: tuple[Rotation, ...] = Field(min_length=1, max_length=20)
    overrides: tuple[Override, ...] = Field(default=(), max_length=200)


class Service(StrEnum):
    """The incident-response services that can be asked."""

    PAGERDUTY = "pagerduty"
    OPSGENIE = "opsgenie"


class Region(StrEnum):
    """Where a service keeps an account."""

    US = "us"
    EU = "eu"


class SourceSchedule(Value):
    """A schedule of a service. id: there; conditions may call it by id or name."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")]
    name: Text


class OnCallSource(Value):
    """An account at a service. secret: the secret in Secrets Manager that holds its API key."""

    id: Identifier
    kind: Service
    region: Region = Region.US
    secret: SecretName
    schedules: tuple[SourceSchedule, ...] = Field(min_length=1, max_length=20)


class OnCallPlan(NamedTuple):
    """Everything that says who is on call."""

    schedules: tuple[OnCallSchedule, ...] = ()
    sources: tuple[OnCallSource, ...] = ()
