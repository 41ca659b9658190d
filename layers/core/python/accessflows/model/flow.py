"""Access flows: who may ask, for whom, for what, how long and who approves."""

import re
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import Discriminator, Field, Tag, field_serializer, field_validator, model_validator

from accessflows.model.condition import Group
from accessflows.model.target import ByName, IntegrationTarget, Target
from accessflows.model.value import (
    Count,
    Duration,
    Flag,
    GrantDuration,
    Identifier,
    Name,
    Text,
    TimeZone,
    Value,
)

FALLBACK_FLOW_ID = "fallback"


class Trigger(StrEnum):
    """How a request may begin."""

    SELF_SERVE = "self_serve"
    ACCESS_LINK = "access_link"


class Scope(StrEnum):
    """For whom a requestor may ask."""

    SELF = "self"
    DIRECT_REPORTS = "direct_reports"
    OTHERS = "others"


class RequestFor(Value):
    """The people one may ask for; `others` are the grantees."""

    scopes: frozenset[Scope] = Field(default=frozenset({Scope.SELF}), min_length=1)
    grantees: Group | None = None

    @model_validator(mode="after")
    def _others_are_described(self) -> Self:
        if (Scope.OTHERS in self.scopes) != (self.grantees is not None):
            raise ValueError("`grantees` is written exactly when `scopes` holds `others`")
        return self


class Day(StrEnum):
    """Days of the week, in order."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


TimeOfDay = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]


class Timeframe(Value):
    """A weekly window, half-open [from, to); `to` <= `from` ends on the next day."""

    days: frozenset[Day] = Field(min_length=1)
    from_: TimeOfDay = Field(alias="from")
    to: TimeOfDay
    time_zone: TimeZone

    @field_serializer("days")
    def _in_order(self, days: frozenset[Day]) -> list[Day]:
        return [day for day in Day if day in days]


class Mode(StrEnum):
    """How many approver groups must approve."""

    ANY_OF = "any_of"
    ALL_OF = "all_of"


class Approval(Value):
    """Who approves. Each group describes one person; all_of wants distinct people."""

    mode: Mode = Mode.ANY_OF
    groups: tuple[Group, ...] = Field(min_length=1, max_length=20)
    timeout: Duration = timedelta(hours=24)


class Escalation(Value):
    """Who else is asked while nobody decides: a further tier every `every`."""

    every: Duration = timedelta(minutes=30)
    tiers: tuple[Group, ...] = Field(min_length=1, max_length=5)


class TicketRule(Value):
    """The ticket a request must name: its type, and what its id must match."""

    type: Identifier
    pattern: Text

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, value: str) -> str:
        try:
            re.compile(value)
        except re.error as error:
            raise ValueError(f"{value!r} is no regular expression: {error}") from error
        return value


class FlowSettings(Value):
    """The optional demands of a flow. Every switch is off by default.

    require_preset: only a duration among the flow's presets may be asked for.
    """

    labels: tuple[Name, ...] = ()
    require_mfa: Flag = False
    require_justification: Flag = False
    require_approver_reason: Flag = False
    require_approver_sign_in: Flag = False
    requester_cannot_approve_self: Flag = False
    require_duration: Flag = False
    require_preset: Flag = False
    ticket: TicketRule | None = None
    max_extensions: Annotated[Count, Field(ge=0, le=10)] = 0
    extension_duration: Duration | None = None
    revoke_on_loss: Flag = False


class AccessFlow(Value):
    """One version of a flow. `version` is given by the store, never by its author.

    requestors: absent exactly when the trigger is an access link.
    approval: absent = automatic.
    standing: whoever the requestors describe has the access already, outside the product; such a
        flow grants nothing. Only request settings of resources are compiled to it.
    made_from: the request settings that were compiled to it; none where an admin wrote it.
    """

    id: Identifier
    version: Annotated[Count, Field(ge=0)] = 0
    name: Name
    space: Identifier | None = None
    active: Flag = True
    priority: Count = 100
    trigger: Trigger = Trigger.SELF_SERVE
    emergency: Flag = False
    standing: Flag = False
    made_from: Identifier | None = None
    requestors: Group | None = None
    request_for: RequestFor = RequestFor()
    timeframe: Timeframe | None = None
    targets: tuple[Target, ...] = Field(min_length=1)
    grant_duration: GrantDuration = timedelta(hours=1)
    duration_presets: tuple[Duration, ...] = ()
    approval: Approval | None = None
    escalation: Escalation | None = None
    settings: FlowSettings = FlowSettings()
    description: Text | None = None
    description_generated: Text | None = None

    @field_validator("id")
    @classmethod
    def _not_reserved(cls, value: str) -> str:
        if value == FALLBACK_FLOW_ID:
            raise ValueError(f"{FALLBACK_FLOW_ID!r} is the id of the built-in fallback flow")
        return value

    @model_validator(mode="after")
    def _parts_fit(self) -> Self:
        if (self.requestors is None) != (self.trigger is Trigger.ACCESS_LINK):
            raise ValueError("`requestors` is written exactly when the trigger is self_serve")
        if self.escalation and not self.approval:
            raise ValueError("`escalation` needs `approval`")
        if self.escalation and self.approval:
            needed = self.escalation.every * len(self.escalation.tiers)
            if self.approval.timeout <= needed:
                raise ValueError("`approval.timeout` must be longer than tiers x every")
        extension = self.settings.extension_duration
        if extension and self.grant_duration != "indefinite" and extension > self.grant_duration:
            raise ValueError("`extension_duration` is longer than `grant_duration`")
        return self

    @property
    def reference(self) -> "FlowVersion":
        return FlowVersion(id=self.id, version=self.version)


class FlowVersion(Value):
    """Which version of which flow."""

    id: Identifier
    version: Annotated[Count, Field(ge=0)]

    def __str__(self) -> str:
        return f"{self.id} v{self.version}"


class ReviewSetting(Value):
    """How a resource may be asked for: how long, and who lets people in.

    duration: the longest that may be asked for; `custom`: any, up to seven days.
    presets: without a duration, all that may be asked for; beside `custom`, what forms offer.
    reviewers: ids of groups that may review, besides admins and access reviewers.
    """

    duration: Literal["custom"] | Duration | None = None
    presets: tuple[Duration, ...] = ()
    approval: Literal["automatic", "manual"]
    reviewers: tuple[Identifier, ...] = ()

    @model_validator(mode="after")
    def _says_how_long(self) -> Self:
        if self.duration is None and not self.presets:
            raise ValueError("write how long: `duration: PT4H`, `duration: custom` or `presets`")
        if isinstance(self.duration, timedelta) and self.presets:
            raise ValueError("`presets` stand alone or beside `duration: custom`")
        return self


def _access_kind(value: Any) -> str | None:
    if isinstance(value, str):
        return "access[word]"
    return "access[setting]" if isinstance(value, dict | ReviewSetting) else None


class GroupOverride(Value):
    """What differs for one group: nothing, no request needed, or its own setting."""

    group: Identifier
    access: Annotated[
        Annotated[Literal["inherit", "not_required"], Tag("access[word]")]
        | Annotated[ReviewSetting, Tag("access[setting]")],
        Discriminator(
            _access_kind,
            custom_error_type="access",
            custom_error_message="write `inherit`, `not_required` or a setting such as "
            "{duration: PT4H, approval: manual}",
        ),
    ]


class ResourceAccess(Value):
    """Request settings of one resource, compiled into flows.

    groups: a person in several counts for the first one, unless one of them needs no request.
    """

    id: Identifier
    integration: Identifier
    resource_type: Identifier
    resource: Text
    permissions: tuple[Identifier, ...] = Field(min_length=1)
    default: ReviewSetting
    groups: tuple[GroupOverride, ...] = ()

    @property
    def name(self) -> str:
        """What lists call it: the resource that it speaks of."""
        return self.resource

    @property
    def place(self) -> tuple[str, str, str]:
        return self.integration, self.resource_type, self.resource

    @property
    def target(self) -> IntegrationTarget:
        return IntegrationTarget(
            integration=self.integration,
            resource_type=self.resource_type,
            permissions=self.permissions,
            resources=ByName(names=(self.resource,)),
        )
