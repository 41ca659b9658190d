"""Inbox: the requests that await one person's decision."""

from datetime import datetime
from typing import NamedTuple

from accessflows.actions.approvers import flow_asking_by
from accessflows.model.condition import Condition
from accessflows.model.flow import AccessFlow, FlowVersion
from accessflows.model.person import Person
from accessflows.model.request import AccessRequest, Status
from accessflows.ports import Ports
from accessflows.rules.approval import awaited_vote

# A call looks through no more pages than this; the cursor goes on where it stopped.
_PAGES = 10

_Asking = tuple[FlowVersion, Condition | None, str]


class Awaiting(NamedTuple):
    """A request that awaits somebody's decision, with its flow as it asks of it.

    on_behalf_of: in whose place, if in anybody's.
    """

    request: AccessRequest
    flow: AccessFlow
    on_behalf_of: Person | None


class Inbox(NamedTuple):
    """Some of what awaits a person, the longest submitted first, and the list's next cursor."""

    awaiting: tuple[Awaiting, ...]
    cursor: str | None


def inbox(ports: Ports, person: Person, now: datetime, *, cursor: str | None = None) -> Inbox:
    """What the person may decide now and has not, in their own right or for who is away.

    The index of pending requests only proposes; the rule that decides about a vote is asked of
    each. A page may be short, or empty, and yet have a cursor.
    """
    known: dict[_Asking, AccessFlow] = {}
    delegators = {one.id: one for one in ports.directory.delegators(person.id, now)}
    for _ in range(_PAGES):
        page = ports.requests.open_with(Status.PENDING_APPROVAL, cursor=cursor)
        votes = (
            (r, awaited_vote(r, _flow(ports, r, known), person, now, tuple(delegators.values())))
            for r in page.requests
        )
        awaiting = tuple(
            Awaiting(request, _flow(ports, request, known), delegators.get(vote.on_behalf_of or ""))
            for request, vote in votes
            if vote
        )
        cursor = page.cursor
        if awaiting or cursor is None:
            return Inbox(awaiting, cursor)
    return Inbox((), cursor)


def _flow(ports: Ports, request: AccessRequest, known: dict[_Asking, AccessFlow]) -> AccessFlow:
    """The flow as it asks of the request, read once for all that it asks alike."""
    asking = (request.flow, request.owner, request.grantee_id)
    if asking not in known:
        known[asking] = flow_asking_by(ports.flows, ports.directory, request)
    return known[asking]
