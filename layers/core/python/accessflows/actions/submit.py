"""Submit: store what a wish comes to as requests, all or nothing."""

import hashlib
from collections.abc import Callable
from datetime import datetime

from accessflows.actions.answer import Answer, Prospect, answer
from accessflows.actions.guard import forget, refuse_flood
from accessflows.model.access_link import AccessLink
from accessflows.model.guard import Guarded
from accessflows.model.refusal import (
    BadInput,
    DurationNotOffered,
    DurationTooLong,
    IdempotencyConflict,
    NoAccessFlow,
    NobodyCanApprove,
    NoPrincipal,
    NotFound,
    OutsideWindow,
    QuotaExceeded,
    Refusal,
    StandingAccess,
    TargetRefused,
    UnreviewedEmergency,
)
from accessflows.model.request import AccessRequest, Batch, BatchSummary
from accessflows.model.wish import Wish
from accessflows.ports import Lost, Ports, Submission
from accessflows.rules.access_links import use
from accessflows.rules.explaining import explain
from accessflows.rules.guard import of_person
from accessflows.rules.lifecycle import begin
from accessflows.rules.mfa import first_stand
from accessflows.rules.planning import Refused

_REFUSALS: dict[str, type[Refusal]] = {
    refusal.type(): refusal
    for refusal in (
        BadInput,
        DurationNotOffered,
        DurationTooLong,
        NoAccessFlow,
        NobodyCanApprove,
        NoPrincipal,
        NotFound,
        OutsideWindow,
        QuotaExceeded,
        StandingAccess,
        TargetRefused,
        UnreviewedEmergency,
    )
}


def submit(
    ports: Ports,
    wish: Wish,
    *,
    caller_id: str,
    idempotency_key: str | None,
    now: datetime,
    new_id: Callable[[], str],
    link: AccessLink | None = None,
) -> tuple[AccessRequest, ...]:
    """Store the wish as one request per access flow, all or nothing.

    link: by which the caller came, as it was just read; it is used once more with the write.
    The same key with the same body answers the requests that came of it the first time.
    Raises TooOften, for whatever is no repetition; the refusal that stands first where anything is
    refused, with the whole list; IdempotencyConflict for the same key with another body.
    """
    submission_id = _submission_id(caller_id, idempotency_key or new_id())
    stored = ports.requests.submission(submission_id)
    if stored is None:
        counted = (Guarded.SUBMISSIONS, of_person(caller_id), submission_id, now)
        refuse_flood(ports, *counted)
        found = answer(ports, wish, caller_id=caller_id, now=now, link=link)
        _raise_refused(found.refused)
        try:
            return _store(ports, found, wish, submission_id, now, new_id, link)
        except Lost:
            stored = ports.requests.submission(submission_id)
            if stored is None:
                raise
            forget(ports, *counted)
    if stored.body_hash != wish.body_hash:
        raise IdempotencyConflict(
            "this Idempotency-Key came with another body before; use a new key"
        )
    return tuple(ports.requests.get(request_id) for request_id in stored.request_ids)


def _store(
    ports: Ports,
    found: Answer,
    wish: Wish,
    submission_id: str,
    now: datetime,
    new_id: Callable[[], str],
    link: AccessLink | None,
) -> tuple[AccessRequest, ...]:
    changes, batches, traces = [], [], {}
    for prospect in found.prospects:
        request_id = new_id()
        owned = [batch.but(request_id=request_id) for batch in prospect.batches]
        request = _request(found, wish, prospect, owned, request_id, submission_id, now)
        details: dict[str, object] = {
            "flow": str(request.flow),
            "grantee": request.grantee_id,
            "entitlements": sum(summary.entitlements for summary in request.batches),
        }
        if wish.bundles:
            details["bundles"] = list(wish.bundles)
        if wish.apps:
            details["apps"] = list(wish.apps)
        if request.mfa_passed_at:
            details["mfa_passed_at"] = request.mfa_passed_at.isoformat()
        if link:
            request = request.but(access_link=link.id)
            details["access_link"] = link.id
        changes.append(begin(request, details=details))
        batches.extend(owned)
        traces[request_id] = explain(
            found.ask,
            found.decisions,
            now,
            only=prospect.portion.entitlements,
            approval=prospect.portion.flow.approval,
            approvers=prospect.approvers,
        )
    submission = Submission(
        id=submission_id,
        caller_id=found.ask.requester.id,
        body_hash=wish.body_hash,
        request_ids=tuple(change.request.id for change in changes),
        at=now,
    )
    ids = submission.request_ids
    used = use(link, ids, actor=submission.caller_id, now=now) if link else None
    ports.requests.submit(submission, changes, batches, traces, used)
    return tuple(change.request for change in changes)


def _request(
    found: Answer,
    wish: Wish,
    prospect: Prospect,
    batches: list[Batch],
    request_id: str,
    submission_id: str,
    now: datetime,
) -> AccessRequest:
    flow = prospect.portion.flow
    return AccessRequest.model_validate(
        {
            "id": request_id,
            "submission_id": submission_id,
            "version": 1,
            "event_hash": "",
            "requester_id": found.ask.requester.id,
            "grantee_id": found.ask.grantee.id,
            "flow": flow.reference,
            "flow_name": flow.name,
            "emergency": flow.emergency,
            "duration": prospect.portion.duration,
            "justification": found.ask.justification,
            "owner": prospect.portion.owner,
            "ticket": found.ask.ticket,
            "batches": tuple(_summary(batch) for batch in batches),
            "submitted_at": now,
            "starts_at": wish.starts_at,
            **first_stand(flow, wish.starts_at, found.mfa_passed_at, now),
        }
    )


def _summary(batch: Batch) -> BatchSummary:
    return BatchSummary(
        number=batch.number,
        integration=batch.integration,
        principal=batch.principal,
        entitlements=len(batch.entitlements),
        size=batch.size,
    )


def _raise_refused(refused: tuple[Refused, ...]) -> None:
    if not refused:
        return
    first = refused[0]
    raise _REFUSALS.get(first.type, NoAccessFlow)(
        first.message, refused=[refusal.to_data() for refusal in refused]
    )


def _submission_id(caller_id: str, key: str) -> str:
    return hashlib.sha256(f"{caller_id}\n{key}".encode()).hexdigest()[:32]
