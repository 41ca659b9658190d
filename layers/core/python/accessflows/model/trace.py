"""The decision trace: the stored explanation of an answer to a submission.

Where it would grow too long, parts are left out, and `left_out` beside them says how many."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from accessflows.model.flow import FlowVersion, Mode
from accessflows.model.target import Entitlement
from accessflows.model.value import Count, Duration, GrantDuration, Instant, Value


class Outcome(StrEnum):
    """Whether a condition holds. What cannot be evaluated never grants."""

    MET = "met"
    NOT_MET = "not met"
    CANNOT_EVALUATE = "cannot evaluate"


class Finding(Value):
    """One condition put to one person, with the values seen."""

    condition: str
    outcome: Outcome
    seen: tuple[str, ...] = ()
    left_out: Count | None = None


class Why(StrEnum):
    """Why a flow does not take an entitlement."""

    INACTIVE = "inactive"
    REQUESTER_NOT_ELIGIBLE = "requester-not-eligible"
    GRANTEE_NOT_ELIGIBLE = "grantee-not-eligible"
    NOT_A_TARGET = "not-a-target"
    TOO_SHORT = "too-short"
    OUTSIDE_WINDOW = "outside-window"
    NOT_A_PRESET = "not-a-preset"
    OUTRANKED = "outranked"
    STANDING_ACCESS = "standing-access"


class PassedOver(Value):
    """A flow that did not take the entitlements, and the first condition that failed.

    opens_at: when its time window opens next, where only the window stood against it.
    """

    flow: FlowVersion
    why: Why
    finding: Finding | None = None
    opens_at: Instant | None = None


class ApproverGroup(Value):
    """An approver group as it stood at submission. people: ids, at most the first 100."""

    condition: str
    people: tuple[str, ...]
    count: Annotated[Count, Field(ge=0)]


class Decision(Value):
    """Entitlements with one and the same answer, while it is worked out.

    offered: the only durations of flows that were passed over for the one wished for.
    """

    entitlements: tuple[Entitlement, ...]
    flow: FlowVersion | None = None
    findings: tuple[Finding, ...] = ()
    passed_over: tuple[PassedOver, ...] = ()
    longest: GrantDuration | None = None
    offered: tuple[Duration, ...] = ()


class Asked(Value):
    """Resources of one type on which the same permissions were asked for."""

    integration: str
    resource_type: str
    permissions: tuple[str, ...]
    resources: tuple[str, ...]


class Explanation(Value):
    """A decision as it is kept: which access it is about, the flow that took it, the ones that
    did not.

    entitlements: how many. left_out: how many of them `asked` does not list.
    passed_over_left_out: how many flows it does not list.
    """

    entitlements: Count
    asked: tuple[Asked, ...]
    left_out: Count | None = None
    flow: FlowVersion | None = None
    findings: tuple[Finding, ...] = ()
    passed_over: tuple[PassedOver, ...] = ()
    passed_over_left_out: Count | None = None
    longest: GrantDuration | None = None


class DecisionTrace(Value):
    """Who asked for whom, when, and what was decided for which entitlements and why.

    left_out: how many decisions are not listed.
    """

    requester_id: str
    grantee_id: str
    at: Instant
    decisions: tuple[Explanation, ...]
    left_out: Count | None = None
    mode: Mode | None = None
    approvers: tuple[ApproverGroup, ...] = Field(default=())
