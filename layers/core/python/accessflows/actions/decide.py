"""Decide: count an approver's vote, by link or by the API."""

from datetime import datetime

from accessflows.actions.approvers import flow_asking
from accessflows.actions.contend import decide_anew
from accessflows.model.refusal import LinkRefused
from accessflows.model.request import AccessRequest
from accessflows.ports import ApprovalLink, Ports
from accessflows.rules import approval


def decide(
    ports: Ports,
    request_id: str,
    voter_id: str,
    *,
    approves: bool,
    reason: str | None,
    now: datetime,
    link: ApprovalLink | None = None,
    by_token: bool = False,
) -> AccessRequest:
    """Count the vote and answer the request as it then stands.

    link: where the vote comes by one; used up in the same transaction.
    by_token: whether a program sent it, by a token of the voter's, who has not signed in.
    Raises what rules.approval.decide raises, and LinkRefused for a used or outdated link.
    """

    def once() -> AccessRequest:
        request = ports.requests.get(request_id)
        flow = flow_asking(ports, request)
        voter = ports.directory.person(voter_id)
        change = approval.decide(
            request,
            flow,
            voter,
            approves=approves,
            reason=reason,
            now=now,
            delegators=ports.directory.delegators(voter_id, now),
            signed_in=link is None and not by_token,
        )
        unused = link and _unused(ports, request, link)
        if change is None:
            return request
        ports.requests.commit(request, change, link=unused)
        return change.request

    return decide_anew(once)


def _unused(ports: Ports, request: AccessRequest, link: ApprovalLink) -> ApprovalLink:
    """The link's row read again. Raises LinkRefused unless it still stands for this request."""
    current = ports.requests.link(link.id)
    if current.used_at is not None:
        raise LinkRefused(
            f"this link was used at {current.used_at:%Y-%m-%d %H:%M:%S} UTC; your vote is counted"
        )
    if current.fingerprint != approval.fingerprint(request, ports.requests.batches(request)):
        raise LinkRefused("what is asked has changed since this link was mailed")
    return current
