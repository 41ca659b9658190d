"""Inbox: the requests that await one person's decision."""

from datetime import datetime

from accessflows.actions.approvers import flow_asking_by
from accessflows.model.condition import Condition
from accessflows.model.flow import AccessFlow, FlowVersion
from accessflows.model.person import Person
from accessflows.model.request import AccessRequest, Status
from accessflows.ports import Page, Ports
from accessflows.rules.approval import is_awaited

# A call looks through no more pages than this; the cursor goes on where it stopped.
_PAGES = 10

_Asking = tuple[FlowVersion, Condition | None, str]


def inbox(ports: Ports, person: Person, now: datetime, *, cursor: str | None = None) -> Page:
    """What the person may decide now and has not, the longest submitted first.

    The index of pending requests only proposes; the rule that decides about a vote is asked of
    each. A page may be short, or empty, and yet have a cursor.
    """
    known: dict[_Asking, AccessFlow] = {}
    for _ in range(_PAGES):
        page = ports.requests.open_with(Status.PENDING_APPROVAL, cursor=cursor)
        awaited = tuple(
            request
            for request in page.requests
            if is_awaited(request, _flow(ports, request, known), person, now)
        )
        cursor = page.cursor
        if awaited or cursor is None:
            return Page(awaited, cursor)
    return Page((), cursor)


def _flow(ports: Ports, request: AccessRequest, known: dict[_Asking, AccessFlow]) -> AccessFlow:
    """The flow as it asks of the request, read once for all that it asks alike."""
    asking = (request.flow, request.owner, request.grantee_id)
    if asking not in known:
        known[asking] = flow_asking_by(ports.flows, ports.directory, request)
    return known[asking]
