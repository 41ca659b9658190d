"""Past requests: what was once asked for, as far as a decision depends on it."""

from pydantic import Field

from accessflows.model.account import FiledTicket
from accessflows.model.flow import FlowVersion
from accessflows.model.request import AccessRequest, Batch, Status
from accessflows.model.target import Entitlement
from accessflows.model.value import Flag, GrantDuration, Instant, Value


class PastRequest(Value):
    """A request as it was made. justified: whether a justification was written; never its text.

    flow, status: what became of it, for the reader.
    by_link: whether an outsider asked, by the flow's access link.
    """

    id: str
    requester_id: str
    grantee_id: str
    flow: FlowVersion
    status: Status
    submitted_at: Instant
    starts_at: Instant | None = None
    duration: GrantDuration
    justified: Flag = False
    ticket: FiledTicket | None = None
    by_link: Flag = False
    entitlements: tuple[Entitlement, ...] = Field(min_length=1)

    @classmethod
    def of(cls, request: AccessRequest, batches: tuple[Batch, ...]) -> "PastRequest":
        return cls(
            id=request.id,
            requester_id=request.requester_id,
            grantee_id=request.grantee_id,
            flow=request.flow,
            status=request.status,
            submitted_at=request.submitted_at,
            starts_at=request.starts_at,
            duration=request.duration,
            justified=bool((request.justification or "").strip()),
            ticket=request.ticket,
            by_link=request.access_link is not None,
            entitlements=tuple(e for batch in batches for e in batch.entitlements),
        )
