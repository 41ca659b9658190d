"""Notices: who is told what about which event. They travel as JSON, one message a person."""

from enum import StrEnum

from accessflows.model.person import PersonId
from accessflows.model.value import Value


class NoticeKind(StrEnum):
    """What a notice tells."""

    SUBMITTED = "submitted"
    APPROVAL_ASKED = "approval_asked"
    APPROVED = "approved"
    ACTIVE = "active"
    ENDING_SOON = "ending_soon"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    ENDED = "ended"
    FAILED = "failed"
    EMERGENCY = "emergency"


class Notice(Value):
    """One thing to tell one person."""

    event_id: str
    request_id: str
    kind: NoticeKind
    recipient_id: PersonId

    def claim_id(self, channel: str) -> str:
        """The id under which sending is claimed, once per event, kind, recipient and channel.

        The kind belongs to it: of one event a requester who may also approve hears twice.
        """
        return f"{self.event_id}:{self.kind}:{self.recipient_id}:{channel}"
