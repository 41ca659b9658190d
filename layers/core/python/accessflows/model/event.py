"""Events: what happened to a subject, each chained to the one before by its hash."""

import hashlib
import json
from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Any, NamedTuple, Self

from pydantic import Field

from accessflows.model.request import AccessRequest, Status
from accessflows.model.value import Count, Instant, Value

GENESIS = "0" * 64
SYSTEM = "system"


class EventKind(StrEnum):
    """What happened."""

    SUBMITTED = "submitted"
    MFA_PASSED = "mfa_passed"
    APPROVAL_RECORDED = "approval_recorded"
    TIER_OPENED = "tier_opened"
    APPROVED = "approved"
    REJECTED = "rejected"
    STARTED = "started"
    CANCELLED = "cancelled"
    ACTIVATED = "activated"
    EXTENDED = "extended"
    ENDING_SOON = "ending_soon"
    REVIEWED = "reviewed"
    REVOCATION_STARTED = "revocation_started"
    # Each try, the first too; what records say is not renamed.
    REVOCATION_RETRIED = "revocation_retried"
    ENDED = "ended"
    FLOW_VERSION_WRITTEN = "flow_version_written"
    FLOW_CLOSED = "flow_closed"
    CONFIGURATION_APPLIED = "configuration_applied"
    CONFIGURATION_CHANGED = "configuration_changed"
    SETTINGS_CHANGED = "settings_changed"
    PERSON_CHANGED = "person_changed"
    INVITED_AGAIN = "invited_again"
    GROUP_CHANGED = "group_changed"
    TOKEN_MADE = "token_made"  # noqa: S105 - no secret
    TOKEN_REVOKED = "token_revoked"  # noqa: S105 - no secret
    INTEGRATION_CHANGED = "integration_changed"
    BUNDLE_CHANGED = "bundle_changed"
    ACCESS_SCOPE_CHANGED = "access_scope_changed"
    ON_CALL_SCHEDULE_CHANGED = "on_call_schedule_changed"
    SPACE_CHANGED = "space_changed"
    RESOURCE_ACCESS_CHANGED = "resource_access_changed"
    ACCESS_LINK_MADE = "access_link_made"
    ACCESS_LINK_USED = "access_link_used"
    ACCESS_LINK_REVOKED = "access_link_revoked"
    SIGN_IN_BOUND = "sign_in_bound"
    CHANGE_PROPOSED = "change_proposed"
    CHANGE_APPROVED = "change_approved"
    CHANGE_REJECTED = "change_rejected"
    DELEGATION_MADE = "delegation_made"
    DELEGATION_ENDED = "delegation_ended"
    MFA_ENROLLED = "mfa_enrolled"
    MFA_LOCKED = "mfa_locked"
    MFA_RESET = "mfa_reset"
    LIMIT_REACHED = "limit_reached"


class Event(Value):
    """One change of one subject.

    actor: a person's id, or `system`.
    entered: the request's status afterwards, where it changed.
    previous: hash of the subject's event before, 64 zeros for the first.
    hash: SHA-256 over canonical JSON of all other fields.
    """

    subject: str
    number: Annotated[Count, Field(ge=1)]
    kind: EventKind
    at: Instant
    actor: str
    entered: Status | None = None
    details: dict[str, Any] = {}
    previous: str
    hash: str = ""

    @property
    def id(self) -> str:
        return f"{self.subject}#{self.number}"

    def sealed(self) -> Self:
        """This event with its hash."""
        return self.but(hash=self.computed_hash())

    def computed_hash(self) -> str:
        data = self.model_dump(mode="json", exclude={"hash"})
        text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()


class Change(NamedTuple):
    """A request as it will stand, and the event that says so. Written together or not at all."""

    request: AccessRequest
    event: Event


def first_broken(events: Sequence[Event], *, after: Event | None = None) -> Event | None:
    """The first event of one subject's chain, in order, that does not hold; none if all do.

    An event holds when its number follows, it names its predecessor's hash, and its own is right.
    after: the event before the first of these; without it they are the chain from its beginning.
    """
    previous, before = (after.hash, after.number) if after else (GENESIS, 0)
    for number, event in enumerate(events, start=before + 1):
        chained = event.number == number and event.previous == previous
        if not chained or event.hash != event.computed_hash():
            return event
        previous = event.hash
    return None
