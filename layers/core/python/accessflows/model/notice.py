"""Notices: who is told what about which event. They travel as JSON, one message a person."""

from enum import StrEnum
from typing import Literal, Self

from pydantic import model_validator

from accessflows.model.person import PersonId
from accessflows.model.value import Value


class NoticeKind(StrEnum):
    """What a notice tells."""

    SUBMITTED = "submitted"
    MFA_ASKED = "mfa_asked"
    APPROVAL_ASKED = "approval_asked"
    APPROVED = "approved"
    ACTIVE = "active"
    ENDING_SOON = "ending_soon"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    ENDED = "ended"
    FAILED = "failed"
    EMERGENCY = "emergency"
    MFA_ENROLLED = "mfa_enrolled"
    MFA_LOCKED = "mfa_locked"
    MFA_RESET = "mfa_reset"


# What is told of a person; all else is told of a request.
PERSONAL = frozenset({NoticeKind.MFA_ENROLLED, NoticeKind.MFA_LOCKED, NoticeKind.MFA_RESET})


class ProofNotice(Value):
    """That a visitor of an access link is to be mailed a link that proves their address."""

    proof_id: str


class Notice(Value):
    """One thing to tell one person, of a request or of a person."""

    event_id: str
    request_id: str | None = None
    person_id: PersonId | None = None
    kind: NoticeKind
    recipient_id: PersonId

    @model_validator(mode="after")
    def _is_of_one_thing(self) -> Self:
        wanted, other = self.request_id, self.person_id
        if self.kind in PERSONAL:
            wanted, other = other, wanted
        if wanted is None or other is not None:
            of = "person" if self.kind in PERSONAL else "request"
            raise ValueError(f"{self.kind} is told of a {of}")
        return self

    def claim_id(self, channel: str) -> str:
        """The id under which sending is claimed, once per event, kind, recipient and channel.

        The kind belongs to it: of one event a requester who may also approve hears twice.
        """
        return f"{self.event_id}:{self.kind}:{self.recipient_id}:{channel}"


class LimitNotice(Value):
    """That one admin is told of a limit that somebody reached."""

    kind: Literal["limit"] = "limit"
    event_id: str
    recipient_id: PersonId

    def claim_id(self, channel: str) -> str:
        """Once per event, recipient and channel."""
        return f"{self.event_id}:{self.recipient_id}:{channel}"


class ChangeNotice(Value):
    """What one person is told of a change that was proposed: it awaits them, or was decided."""

    kind: Literal["change"] = "change"
    event_id: str
    change_id: str
    recipient_id: PersonId

    def claim_id(self, channel: str) -> str:
        """Once per event, recipient and channel."""
        return f"{self.event_id}:{self.recipient_id}:{channel}"


# Whatever may wait to be sent.
AnyNotice = Notice | ChangeNotice | LimitNotice | ProofNotice
