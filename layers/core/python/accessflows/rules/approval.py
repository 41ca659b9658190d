"""Approval: count approvers' votes on a request until it is settled.

Pure. `groups` of a flow's approval are asked by position; one person counts for one group."""

import hashlib
import json
from collections.abc import Collection, Sequence
from datetime import datetime

from accessflows.model.event import Change, EventKind
from accessflows.model.flow import AccessFlow, Approval, Mode
from accessflows.model.limits import MOST_REASON_CHARACTERS
from accessflows.model.person import Person
from accessflows.model.refusal import AlreadySettled, BadInput, NotAnApprover
from accessflows.model.request import AccessRequest, Batch, Cause, Status, Vote
from accessflows.rules.conditions import holds
from accessflows.rules.lifecycle import cleared, move, overdue


def groups_met(approval: Approval, person: Person) -> tuple[int, ...]:
    """The positions of the approver groups that the person meets."""
    return tuple(i for i, group in enumerate(approval.groups) if holds(group, person))


def barred_as_self(request: AccessRequest, flow: AccessFlow, person: Person) -> bool:
    """Whether the flow keeps this person from deciding what concerns them."""
    return flow.settings.requester_cannot_approve_self and person.id in request.concerned


def may_decide(request: AccessRequest, flow: AccessFlow, person: Person) -> bool:
    """Whether the person is entitled to decide at this moment, by what the directory holds."""
    if flow.approval is None or not person.active or barred_as_self(request, flow, person):
        return False
    return bool(groups_met(flow.approval, person))


def decide(
    request: AccessRequest,
    flow: AccessFlow,
    voter: Person,
    *,
    approves: bool,
    reason: str | None,
    now: datetime,
) -> Change | None:
    """Count one vote and answer the request as it then stands; none if they approved before.

    A rejection is final. An approval settles an any_of request, and an all_of request once
    distinct people stand for every group.
    Raises AlreadySettled unless the request waits for approval; NotAnApprover; BadInput for a
    reason that is missing or longer than 124 characters.
    """
    refuse_settled(request, now)
    approval = flow.approval
    if approval is None or not may_decide(request, flow, voter):
        raise NotAnApprover(_why_not(request, flow, voter))
    _check_reason(flow, reason)
    if any(vote.person_id == voter.id for vote in request.votes) and approves:
        return None
    vote = Vote(
        person_id=voter.id,
        approves=approves,
        at=now,
        groups=groups_met(approval, voter),
        reason=reason,
    )
    votes = (*(v for v in request.votes if v.person_id != voter.id), vote)
    details = {"reason": reason, "groups": list(vote.groups)}
    if not approves:
        return move(
            request,
            EventKind.REJECTED,
            now,
            actor=voter.id,
            to=Status.REJECTED,
            cause=Cause.PERSON,
            details=details,
            votes=votes,
            reason=reason,
        )
    if missing_groups(approval, [vote.groups for vote in votes]):
        return move(
            request,
            EventKind.APPROVAL_RECORDED,
            now,
            actor=voter.id,
            details=details,
            votes=votes,
        )
    goes_on = cleared(request.starts_at, now)
    return move(
        request,
        EventKind.APPROVED,
        now,
        actor=voter.id,
        to=goes_on["status"],
        details=details,
        votes=votes,
        granting_at=goes_on.get("granting_at"),
    )


def refuse_settled(request: AccessRequest, now: datetime) -> None:
    """Raises AlreadySettled unless the request still waits for approval at this instant."""
    if request.status is not Status.PENDING_APPROVAL:
        raise AlreadySettled(
            f"this request is {request.status} already", request_status=request.status
        )
    if overdue(request, now):
        raise AlreadySettled(
            f"nobody decided before {request.due_at:%Y-%m-%d %H:%M:%S} UTC; the request timed out",
            request_status=Status.REJECTED,
        )


def fingerprint(request: AccessRequest, batches: Sequence[Batch]) -> str:
    """SHA-256 over what is asked: entitlements, duration, grantee. A vote does not change it."""
    asked = {
        "grantee": request.grantee_id,
        "duration": request.to_data()["duration"],
        "entitlements": sorted(str(e) for batch in batches for e in batch.entitlements),
    }
    text = json.dumps(asked, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def missing_groups(approval: Approval, votes: Sequence[Collection[int]]) -> int:
    """How many groups still lack an approval, when each vote stands for one group at most.

    votes: for each approving person, the positions of the groups they meet.
    """
    if approval.mode is Mode.ANY_OF:
        return 0 if any(votes) else 1
    return len(approval.groups) - len(_match(votes))


def unfillable_group(approval: Approval, people: Sequence[Collection[str]]) -> int | None:
    """The first group that no further distinct person could approve for; none if all can be met.

    people: for each group, the ids of those who could approve for it.
    """
    if approval.mode is Mode.ANY_OF:
        return None if any(people) else 0
    everyone = sorted({person for group in people for person in group})
    votes = [[i for i, group in enumerate(people) if person in group] for person in everyone]
    filled = _match(votes)
    return next((i for i in range(len(people)) if i not in filled), None)


def _match(votes: Sequence[Collection[int]]) -> dict[int, int]:
    """A largest matching, group -> vote, by augmenting paths (Kuhn)."""
    filled: dict[int, int] = {}

    def place(vote: int, tried: set[int]) -> bool:
        for group in votes[vote]:
            if group in tried:
                continue
            tried.add(group)
            if group not in filled or place(filled[group], tried):
                filled[group] = vote
                return True
        return False

    for vote in range(len(votes)):
        place(vote, set())
    return filled


def _check_reason(flow: AccessFlow, reason: str | None) -> None:
    if flow.settings.require_approver_reason and not reason:
        raise BadInput("this flow asks approvers for a reason; write one", field="reason")
    if reason and len(reason) > MOST_REASON_CHARACTERS:
        raise BadInput(
            f"the reason has {len(reason)} characters; at most {MOST_REASON_CHARACTERS} fit",
            field="reason",
        )


def _why_not(request: AccessRequest, flow: AccessFlow, person: Person) -> str:
    if not person.active:
        return f"{person.name} is deactivated and decides nothing"
    if barred_as_self(request, flow, person):
        return f"flow {flow.name!r} bars requester and grantee from deciding their own request"
    return f"{person.name} is in no approver group of flow {flow.name!r}"
