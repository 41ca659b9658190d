"""Approval: count approvers' votes on a request until it is settled.

Pure. `groups` of a flow's approval are asked by position; one person counts for one group. Whoever
was asked as a member of an open tier counts for any one group."""

import hashlib
import json
from collections.abc import Collection, Sequence
from datetime import datetime

from accessflows.model.event import Change, EventKind
from accessflows.model.flow import AccessFlow, Approval, Mode
from accessflows.model.limits import MOST_REASON_CHARACTERS
from accessflows.model.person import Person
from accessflows.model.refusal import BadInput, NotAnApprover, SignInNeeded
from accessflows.model.request import AccessRequest, Batch, Cause, Status, Vote
from accessflows.rules.conditions import holds
from accessflows.rules.escalation import tiers_met
from accessflows.rules.lifecycle import cleared, move, overdue, refuse_unless


def groups_met(approval: Approval, person: Person) -> tuple[int, ...]:
    """The positions of the approver groups that the person meets."""
    return tuple(i for i, group in enumerate(approval.groups) if holds(group, person))


def barred_as_self(request: AccessRequest, flow: AccessFlow, person: Person) -> bool:
    """Whether the flow keeps this person from deciding what concerns them."""
    return flow.settings.requester_cannot_approve_self and person.id in request.concerned


def may_decide(request: AccessRequest, flow: AccessFlow, person: Person, now: datetime) -> bool:
    """Whether the person is entitled to decide at this moment, by what the directory holds."""
    if flow.approval is None or not person.active or barred_as_self(request, flow, person):
        return False
    return bool(groups_met(flow.approval, person) or tiers_met(request, flow, person, now))


def is_awaited(request: AccessRequest, flow: AccessFlow, person: Person, now: datetime) -> bool:
    """Whether the request waits, and a decision of this person would still add something."""
    if request.status is not Status.PENDING_APPROVAL or overdue(request, now):
        return False
    if flow.approval is None or not may_decide(request, flow, person, now):
        return False
    vote = _vote(request, flow, flow.approval, person, now)
    return not _counted(request, vote)


def decide(
    request: AccessRequest,
    flow: AccessFlow,
    voter: Person,
    *,
    approves: bool,
    reason: str | None,
    now: datetime,
    signed_in: bool = True,
) -> Change | None:
    """Count one vote and answer the request as it then stands; none if it adds nothing.

    signed_in: false where a mailed link alone says who votes.
    A rejection is final. An approval settles an any_of request, and an all_of request once
    distinct people stand for every group; who approved before a tier of theirs opened may again.
    Raises AlreadySettled unless the request waits for approval; NotAnApprover; SignInNeeded;
    BadInput for a reason that is missing or longer than 124 characters.
    """
    refuse_unless(request, {Status.PENDING_APPROVAL}, now)
    approval = flow.approval
    if approval is None or not may_decide(request, flow, voter, now):
        raise NotAnApprover(_why_not(request, flow, voter))
    if flow.settings.require_approver_sign_in and not signed_in:
        raise SignInNeeded(
            f"flow {flow.name!r} wants its approvers to be signed in; decide through the API"
        )
    _check_reason(flow, reason)
    vote = _vote(request, flow, approval, voter, now).but(approves=approves, reason=reason)
    if approves and _counted(request, vote):
        return None
    votes = (*(v for v in request.votes if v.person_id != voter.id), vote)
    details = {"reason": reason, "groups": list(vote.groups), "tiers": list(vote.tiers) or None}
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
    if missing_groups(approval, [_stands_for(approval, vote) for vote in votes]):
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


def _stands_for(approval: Approval, vote: Vote) -> Collection[int]:
    """The groups that a vote can count for: those met, or any where a tier was."""
    return range(len(approval.groups)) if vote.tiers else vote.groups


def _vote(
    request: AccessRequest, flow: AccessFlow, approval: Approval, person: Person, now: datetime
) -> Vote:
    """An approval of this person, as it would count now."""
    return Vote(
        person_id=person.id,
        approves=True,
        at=now,
        groups=groups_met(approval, person),
        tiers=tiers_met(request, flow, person, now),
    )


def _counted(request: AccessRequest, vote: Vote) -> bool:
    """Whether an earlier approval of the same person stands for as much."""
    earlier = next((v for v in request.votes if v.person_id == vote.person_id), None)
    if earlier is None:
        return False
    return bool(earlier.tiers) or (not vote.tiers and set(vote.groups) <= set(earlier.groups))


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
    tiers = " and no open tier" if flow.escalation else ""
    return f"{person.name} is in no approver group{tiers} of flow {flow.name!r}"
