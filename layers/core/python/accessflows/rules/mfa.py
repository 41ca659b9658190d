"""MFA: a request waits until its grantee has confirmed it with a one-time code.

Pure. What approvers may do counts from the submission, so that waiting here delays no time-out.

    submitted --(code)--> Pending Approval, Scheduled or Granting
        \\--(time-out)--> Rejected
"""

from datetime import datetime
from typing import Any

from accessflows.model.event import Change, EventKind
from accessflows.model.flow import AccessFlow
from accessflows.model.limits import MFA_LIMIT
from accessflows.model.person import Person, Role
from accessflows.model.refusal import NotFound, NotYours
from accessflows.model.request import AccessRequest, Status
from accessflows.rules.escalation import tiers_at
from accessflows.rules.lifecycle import cleared, move


def first_stand(
    flow: AccessFlow, starts_at: datetime | None, mfa_passed_at: datetime | None, now: datetime
) -> dict[str, Any]:
    """Status and instants of what is submitted now.

    mfa_passed_at: when the grantee confirmed a request, if that still counts.
    """
    asked = _approval(flow, now)
    if flow.settings.require_mfa:
        if mfa_passed_at is None:
            # Where nobody approves, a new colleague may confirm on the day that it starts.
            due_at = asked.get("approval_timeout_at") or max(now, starts_at or now) + MFA_LIMIT
            return {**asked, "status": Status.PENDING_MFA, "due_at": due_at}
        asked["mfa_passed_at"] = mfa_passed_at
    if flow.approval is None:
        return {**asked, **cleared(starts_at, now)}
    due_at = min((asked["approval_timeout_at"], *asked["tiers_at"]))
    return {**asked, "status": Status.PENDING_APPROVAL, "due_at": due_at}


def go_on(request: AccessRequest, now: datetime) -> Change:
    """The request, now that its grantee has confirmed it.

    Raises AlreadySettled unless it waits for that.
    """
    stands: dict[str, Any] = {"status": Status.PENDING_APPROVAL}
    if request.approval_timeout_at is None:
        stands = cleared(request.starts_at, now)
    return move(
        request,
        EventKind.MFA_PASSED,
        now,
        actor=request.grantee_id,
        to=stands["status"],
        mfa_passed_at=now,
        granting_at=stands.get("granting_at"),
    )


def refuse_unless_grantee(request: AccessRequest, person: Person) -> None:
    """Raises NotFound where the person may not know of the request; NotYours for all others."""
    if person.id == request.grantee_id:
        return
    if person.id in request.concerned or Role.ADMIN in person.roles:
        raise NotYours("only the person who receives this access can confirm it, with their code")
    raise NotFound(f"there is no request {request.id} of yours")


def _approval(flow: AccessFlow, now: datetime) -> dict[str, Any]:
    if flow.approval is None:
        return {}
    return {"approval_timeout_at": now + flow.approval.timeout, "tiers_at": tiers_at(flow, now)}
