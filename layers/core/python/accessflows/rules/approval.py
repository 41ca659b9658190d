"""Approval: count approvers' votes on a request until it is settled.

Pure. `groups` of a flow's approval are asked by position; one person counts for one group. Whoever
was asked as a member of an open tier counts for any one group. A delegate and the person in whose
place they decide count as one: between them they stand for one group."""

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


def barred_as_self(request: AccessRequest, flow: AccessFlow, *person_ids: str) -> bool:
    """Whether the flow keeps one of these people from deciding what concerns them.

    person_ids: who decides, and in whose place, where in anybody's.
    """
    return flow.settings.requester_cannot_approve_self and bool(
        request.concerned.intersection(person_ids)
    )


def may_decide(
    request: AccessRequest,
    flow: AccessFlow,
    person: Person,
    now: datetime,
    delegators: Sequence[Person] = (),
) -> bool:
    """Whether the person is entitled to decide at this moment, by what the directory holds."""
    return vote_of(request, flow, person, now, delegators) is not None


def vote_of(
    request: AccessRequest,
    flow: AccessFlow,
    person: Person,
    now: datetime,
    delegators: Sequence[Person] = (),
) -> Vote | None:
    """The approval that the person could give now; none where they may not decide.

    delegators: in whose place the person may decide, too. Their own right comes first, then one
    delegator after the other; before all, whatever brings the request further.
    """
    possible = _possible_votes(request, flow, person, now, delegators)
    for useful in (_brings_further, _adds):
        for vote in possible:
            if flow.approval and useful(request, flow.approval, vote):
                return vote
    return possible[0] if possible else None


def awaited_vote(
    request: AccessRequest,
    flow: AccessFlow,
    person: Person,
    now: datetime,
    delegators: Sequence[Person] = (),
) -> Vote | None:
    """The approval of this person that the request waits for; none where it would add nothing."""
    if request.status is not Status.PENDING_APPROVAL or overdue(request, now):
        return None
    vote = vote_of(request, flow, person, now, delegators)
    if vote is None or flow.approval is None or not _adds(request, flow.approval, vote):
        return None
    return vote


def decide(
    request: AccessRequest,
    flow: AccessFlow,
    voter: Person,
    *,
    approves: bool,
    reason: str | None,
    now: datetime,
    delegators: Sequence[Person] = (),
    signed_in: bool = True,
) -> Change | None:
    """Count one vote and answer the request as it then stands; none if it adds nothing.

    delegators: in whose place the voter may decide, too.
    signed_in: false where a mailed link alone says who votes.
    A rejection is final. An approval settles an any_of request, and an all_of request once
    distinct people stand for every group; who approved before a tier of theirs opened may again.
    Raises AlreadySettled unless the request waits for approval; NotAnApprover; SignInNeeded;
    BadInput for a reason that is missing or longer than 124 characters.
    """
    refuse_unless(request, {Status.PENDING_APPROVAL}, now)
    approval = flow.approval
    possible = vote_of(request, flow, voter, now, delegators)
    if approval is None or possible is None:
        raise NotAnApprover(_why_not(request, flow, voter, delegators))
    if flow.settings.require_approver_sign_in and not signed_in:
        raise SignInNeeded(
            f"flow {flow.name!r} wants its approvers to be signed in; sign in and decide there"
        )
    _check_reason(flow, reason)
    if approves and not _adds(request, approval, possible):
        return None
    vote = possible.but(approves=approves, reason=reason)
    votes = _with(request, vote)
    details = {
        "reason": reason,
        "groups": list(vote.groups),
        "tiers": list(vote.tiers) or None,
        "on_behalf_of": vote.on_behalf_of,
    }
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
    if _missing(approval, votes):
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


def _possible_votes(
    request: AccessRequest,
    flow: AccessFlow,
    person: Person,
    now: datetime,
    delegators: Sequence[Person],
) -> list[Vote]:
    """The approvals that the person could give, in their own right first."""
    if flow.approval is None or not person.active:
        return []
    votes = []
    for meant in (person, *delegators):
        vote = Vote(
            person_id=person.id,
            on_behalf_of=None if meant is person else meant.id,
            approves=True,
            at=now,
            groups=groups_met(flow.approval, meant),
            tiers=tiers_met(request, flow, meant, now),
        )
        barred = barred_as_self(request, flow, *vote.people)
        if meant.active and not barred and (vote.groups or vote.tiers):
            votes.append(vote)
    return votes


def _brings_further(request: AccessRequest, approval: Approval, vote: Vote) -> bool:
    """Whether fewer groups would lack an approval."""
    return _missing(approval, _with(request, vote)) < _missing(approval, request.votes)


def _adds(request: AccessRequest, approval: Approval, vote: Vote) -> bool:
    """Whether the approval is new, or stands for more than what its people said before."""
    earlier = [v for v in request.votes if v.people & vote.people]
    if not earlier or _brings_further(request, approval, vote):
        return True
    return [v.people for v in earlier] == [vote.people] and not _covers(earlier[0], vote)


def _covers(earlier: Vote, vote: Vote) -> bool:
    """Whether an earlier approval stands for as much."""
    return bool(earlier.tiers) or (not vote.tiers and set(vote.groups) <= set(earlier.groups))


def _with(request: AccessRequest, vote: Vote) -> tuple[Vote, ...]:
    """The votes with this one, in place of what its people said before."""
    return (*(v for v in request.votes if not v.people & vote.people), vote)


def _missing(approval: Approval, votes: Sequence[Vote]) -> int:
    return missing_groups(approval, [_stands_for(approval, vote) for vote in votes])


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


def _why_not(
    request: AccessRequest, flow: AccessFlow, person: Person, delegators: Sequence[Person]
) -> str:
    if not person.active:
        return f"{person.name} is deactivated and decides nothing"
    if barred_as_self(request, flow, person.id):
        return f"flow {flow.name!r} bars requester and grantee from deciding their own request"
    tiers = " and no open tier" if flow.escalation else ""
    said = f"{person.name} is in no approver group{tiers} of flow {flow.name!r}"
    if any(barred_as_self(request, flow, delegator.id) for delegator in delegators):
        return f"{said}, and decides this in nobody's place whose own request it is"
    return said
