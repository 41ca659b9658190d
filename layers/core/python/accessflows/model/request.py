"""Access requests, their batches and votes, as they stand."""

from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from accessflows.model.account import FiledTicket
from accessflows.model.condition import Condition
from accessflows.model.flow import FlowVersion
from accessflows.model.integration import Kind
from accessflows.model.target import Entitlement
from accessflows.model.value import Count, Flag, GrantDuration, Instant, Text, Value


class Status(StrEnum):
    """Where a request stands."""

    PENDING_MFA = "Pending MFA"
    PENDING_APPROVAL = "Pending Approval"
    SCHEDULED = "Scheduled"
    GRANTING = "Granting"
    ACTIVE = "Active"
    REVOKING = "Revoking"
    REVOKED = "Revoked"
    EXPIRED = "Expired"
    REJECTED = "Rejected"
    CANCELLED = "Cancelled"
    FAILED = "Failed"


OPEN = frozenset(
    {
        Status.PENDING_MFA,
        Status.PENDING_APPROVAL,
        Status.SCHEDULED,
        Status.GRANTING,
        Status.ACTIVE,
        Status.REVOKING,
    }
)
CLOSED = frozenset(Status) - OPEN
# Open requests whose access nobody has begun to give, and those that are to have access.
NOT_YET_GRANTED = frozenset({Status.PENDING_MFA, Status.PENDING_APPROVAL, Status.SCHEDULED})
HELD = frozenset({Status.GRANTING, Status.ACTIVE})


class Cause(StrEnum):
    """Why a request left its last status."""

    TIME = "time"
    PERSON = "person"
    LEFT = "left"
    TIMED_OUT = "timed_out"
    FAILED = "failed"
    LOST_ELIGIBILITY = "lost_eligibility"
    WINDOW_CLOSED = "window_closed"
    QUOTA = "quota"


class BatchState(StrEnum):
    """Where a batch stands at its target.

    planned --claim--> claimed --observed--> granted
                          |  --refused by the target--> failed
                          v
            any but planned --absence observed--> absent
    """

    PLANNED = "planned"
    CLAIMED = "claimed"
    GRANTED = "granted"
    FAILED = "failed"
    ABSENT = "absent"


class Batch(Value):
    """The part of a request that one connector call provisions.

    principal: the grantee's id at the target, resolved once, at submit.
    size: what the grant weighs against the target's quota, in the target's unit.
    call_until: no call that might still grant can land after this instant.
    until: the end that the artefact carries; none for indefinite access.
    revoking: set once, and no claim succeeds any more.
    evidence: what was read back from the target, last grant or last absence.
    """

    request_id: str
    number: Annotated[Count, Field(ge=1, le=50)]
    integration: str
    family: Kind
    principal: Text
    entitlements: tuple[Entitlement, ...] = Field(min_length=1, max_length=100)
    size: Annotated[Count, Field(ge=0)] = 0
    version: Annotated[Count, Field(ge=0)] = 0
    state: BatchState = BatchState.PLANNED
    revoking: Flag = False
    call_until: Instant | None = None
    until: Instant | None = None
    observed_at: Instant | None = None
    residual_until: Instant | None = None
    connector_state: dict[str, Any] | None = None
    evidence: dict[str, Any] | None = None
    message: str | None = None

    @property
    def grant_id(self) -> str:
        return f"{self.request_id}-{self.number}"


class BatchSummary(Value):
    """What a request's own row says of a batch."""

    number: Count
    integration: str
    principal: Text
    entitlements: Count
    size: Count


class Vote(Value):
    """One person's decision.

    on_behalf_of: the person in whose place they decided, who counts together with them.
    groups: which approver groups they met, or whom they stood in for, by position; tiers: which of
        the open tiers, from 1.
    """

    person_id: str
    on_behalf_of: str | None = None
    approves: Flag
    at: Instant
    groups: tuple[Count, ...] = ()
    tiers: tuple[Count, ...] = ()
    reason: str | None = None

    @property
    def people(self) -> frozenset[str]:
        """Those who have had their say by this vote."""
        return frozenset({self.person_id, self.on_behalf_of or self.person_id})


class Review(Value):
    """What an admin wrote of an emergency afterwards."""

    by: str
    at: Instant
    text: Text


class AccessRequest(Value):
    """One grantee, one flow version, one or more entitlements, one status.

    version: number of the request's last event; every write moves it by one.
    event_hash: hash of that event, the head of the request's chain.
    duration: what was asked for and allowed.
    starts_at: when access is to begin, where the wish named an instant.
    owner: who owns what is asked for, as a condition; where its approvers are asked for by owner.
    mfa_passed_at: when its grantee confirmed it with a code, or an earlier one that still counted.
    tiers_at: when each tier opens; tiers_open: how many were noticed to be open.
    warn_at: when its people are to be told that access ends soon; none where they were, or it is
        too short for that.
    due_at: when something is due in the present status; open requests have one, but for
        indefinite access while Active.
    tries: how often revocation was started.
    emergency: whether its flow is for emergencies, so that each use needs a review.
    extensions_used: how often `ends_at` was moved on by an extension.
    access_link: the id of the link by which an outsider asked.
    reason: what was said when it was rejected, revoked or failed.
    """

    id: str
    submission_id: str
    version: Annotated[Count, Field(ge=0)]
    event_hash: str
    requester_id: str
    grantee_id: str
    flow: FlowVersion
    flow_name: str
    status: Status
    cause: Cause | None = None
    reason: str | None = None
    duration: GrantDuration
    justification: str | None = None
    ticket: FiledTicket | None = None
    batches: tuple[BatchSummary, ...] = Field(min_length=1, max_length=50)
    votes: tuple[Vote, ...] = ()
    owner: Condition | None = None
    submitted_at: Instant
    starts_at: Instant | None = None
    mfa_passed_at: Instant | None = None
    approval_timeout_at: Instant | None = None
    tiers_at: tuple[Instant, ...] = ()
    tiers_open: Annotated[Count, Field(ge=0)] = 0
    granting_at: Instant | None = None
    activated_at: Instant | None = None
    ends_at: Instant | None = None
    warn_at: Instant | None = None
    revoking_at: Instant | None = None
    closed_at: Instant | None = None
    due_at: Instant | None = None
    tries: Annotated[Count, Field(ge=0)] = 0
    extensions_used: Annotated[Count, Field(ge=0, le=10)] = 0
    emergency: Flag = False
    access_link: str | None = None
    review: Review | None = None

    @model_validator(mode="after")
    def _open_requests_are_due(self) -> Self:
        timeless = self.status is Status.ACTIVE and self.duration == "indefinite"
        if self.is_open and self.due_at is None and not timeless:
            raise ValueError(f"an open request that is {self.status} needs `due_at`")
        if not self.is_open and self.due_at is not None:
            raise ValueError(f"a request that is {self.status} is never due")
        return self

    @property
    def is_open(self) -> bool:
        return self.status in OPEN

    @property
    def subject(self) -> str:
        return f"request:{self.id}"

    @property
    def concerned(self) -> frozenset[str]:
        """The people whose request this is."""
        return frozenset({self.requester_id, self.grantee_id})
