"""Advance: do what is due on one request now, and say what comes next.

Level-triggered: it looks at the row alone, so that a call too many, too late or doubled does no
harm. A state machine calls it, waits or works as told, and calls it again; the sweep does the same
for every row whose machine did not."""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from accessflows.actions.contend import decide_anew
from accessflows.model.event import EventKind
from accessflows.model.flow import FALLBACK_FLOW_ID
from accessflows.model.limits import (
    FIRST_RETRY_AFTER,
    LONGEST_RETRY_AFTER,
    LONGEST_WAIT,
    REVOCATION_MACHINE_FOR,
)
from accessflows.model.refusal import NotFound
from accessflows.model.request import AccessRequest, Batch, BatchState, Cause, Status
from accessflows.model.value import Message
from accessflows.ports import BatchReference, Ports, resource_key
from accessflows.rules import fallback
from accessflows.rules.escalation import open_next_tier
from accessflows.rules.lifecycle import END_BY_CAUSE, move, overdue, reject, start, start_revoking
from accessflows.rules.planning import still_allowed, window_closed
from accessflows.rules.warning import is_warning_due, warn, warning_before


class Next(StrEnum):
    """What the caller does now."""

    WAIT = "wait"
    ACTIVATE = "activate"
    REVOKE = "revoke"
    DONE = "done"


class Step(Message):
    """The answer, always with the same fields.

    wait_until: whole seconds in UTC, rounded up, `2026-11-22T08:00:00Z`.
    batches: those to activate or revoke, none otherwise.
    """

    request_id: str
    next: Next
    wait_until: str | None = None
    batches: tuple[BatchReference, ...] = ()


def advance(ports: Ports, request_id: str, now: datetime, *, can: Next | None = None) -> Step:
    """Do what is due on the request, if anything. Never raises because a matter is settled.

    can: the work that the caller carries out where it is told to. A status that asks for other
        work is another caller's: the answer is `done`, and nothing was claimed.
    """
    return decide_anew(lambda: _advance(ports, ports.requests.get(request_id), now, can))


def _advance(ports: Ports, request: AccessRequest, now: datetime, can: Next | None) -> Step:
    match request.status:
        case Status.PENDING_MFA:
            return _wait_for_code(ports, request, now)
        case Status.PENDING_APPROVAL:
            return _wait_for_approval(ports, request, now)
        case Status.SCHEDULED:
            return _wait_for_start(ports, request, now)
        case Status.GRANTING if can is Next.ACTIVATE or overdue(request, now):
            return _settle_grant(ports, request, now)
        case Status.ACTIVE if can is Next.ACTIVATE or overdue(request, now):
            return _hold(ports, request, now)
        case Status.ACTIVE if is_warning_due(request, now):
            return _hold(ports, request, now)
        case Status.REVOKING if can is Next.REVOKE:
            return _settle_revocation(ports, request, now)
        case _:
            return _done(request)


def _wait_for_code(ports: Ports, request: AccessRequest, now: datetime) -> Step:
    # asked --(code)--> goes on without us; --time-out--> timed out
    if not overdue(request, now):
        return _wait(request, request.due_at)
    reason = "it was not confirmed with a one-time code in time"
    ports.requests.commit(request, reject(request, Cause.TIMED_OUT, reason, now))
    return _done(request)


def _wait_for_approval(ports: Ports, request: AccessRequest, now: datetime) -> Step:
    # asked --every--> tier 1 --every--> tier 2 ... --timeout--> timed out
    if overdue(request, now):
        change = reject(request, Cause.TIMED_OUT, "nobody decided in time", now)
        ports.requests.commit(request, change)
        return _done(request)
    # A tier an event, however late: each is told once.
    while opening := open_next_tier(request, now):
        ports.requests.commit(request, opening)
        request = opening.request
    return _wait(request, request.due_at)


def _wait_for_start(ports: Ports, request: AccessRequest, now: datetime) -> Step:
    # submitted --- approved --- Scheduled --(starts_at)--> checked again --> Granting
    if not overdue(request, now):
        return _wait(request, request.due_at)
    why_not = _why_not_today(ports, request, ports.requests.batches(request), now)
    change = reject(request, *why_not, now) if why_not else start(request, now)
    ports.requests.commit(request, change)
    return _done(request)


def _settle_grant(ports: Ports, request: AccessRequest, now: datetime) -> Step:
    if overdue(request, now):
        return _fail(ports, request, "the access could not be granted in time", now)
    batches = ports.requests.batches(request)
    unclaimed = [batch for batch in batches if batch.state is BatchState.PLANNED]
    if len(unclaimed) == len(batches):
        why_not = _why_not_today(ports, request, batches, now)
        if why_not:
            change = reject(request, *why_not, now)
            ports.requests.commit(request, change, unclaimed=batches)
            return _done(request)
    if unclaimed:
        return _work(request, Next.ACTIVATE, unclaimed)
    in_flight = [batch.call_until for batch in batches if _in_flight(batch, now)]
    if in_flight:
        return _wait(request, max(instant for instant in in_flight if instant))
    granted = [batch for batch in batches if batch.state is BatchState.GRANTED]
    if not granted:
        messages = "; ".join(dict.fromkeys(batch.message for batch in batches if batch.message))
        return _fail(ports, request, messages or "no target confirmed the access", now)
    activated_at = max(batch.observed_at for batch in granted if batch.observed_at)
    ends_at = None if request.duration == "indefinite" else activated_at + request.duration
    change = move(
        request,
        EventKind.ACTIVATED,
        now,
        to=Status.ACTIVE,
        details={"batches": _digests(batches)},
        activated_at=activated_at,
        ends_at=ends_at,
        warn_at=warning_before(ends_at, now),
    )
    ports.requests.commit(request, change)
    return _hold(ports, change.request, now)


def _hold(ports: Ports, request: AccessRequest, now: datetime) -> Step:
    # Active --(warn_at)--> its people are told --(ends_at)--> Revoking
    if overdue(request, now):
        ports.requests.commit(request, start_revoking(request, Cause.TIME, now))
        return _done(request)
    if request.ends_at is None:
        return _done(request)
    if is_warning_due(request, now):
        warning = warn(request, now)
        ports.requests.commit(request, warning)
        return _hold(ports, warning.request, now)
    ending_early = [
        batch
        for batch in ports.requests.batches(request)
        if batch.state is BatchState.GRANTED and batch.until and batch.until < request.ends_at
    ]
    ready = [batch for batch in ending_early if not _may_land(batch, now)]
    if ready:
        return _work(request, Next.ACTIVATE, ready)
    if ending_early:
        # A call that failed is tried again once it can no longer land, and not in a loop.
        landed = max(batch.call_until for batch in ending_early if batch.call_until)
        return _wait(request, min(landed, request.due_at or landed))
    if request.due_at and request.due_at - now > LONGEST_WAIT:
        return _done(request)
    return _wait(request, request.due_at)


def _settle_revocation(ports: Ports, request: AccessRequest, now: datetime) -> Step:
    batches = ports.requests.batches(request)
    present = [batch for batch in batches if batch.state is not BatchState.ABSENT]
    if not present:
        return _close(ports, request, batches, now)
    if not overdue(request, now):
        begun = request.revoking_at or now
        if now - begun >= REVOCATION_MACHINE_FOR:
            return _done(request)
        return _wait(request, request.due_at)
    # Moving the next try on is the claim: machine and sweep never both work on this one.
    next_try_at = _next_try_at(request, present, now)
    change = move(
        request,
        EventKind.REVOCATION_RETRIED,
        now,
        details={"try": request.tries + 1, "batches": [batch.number for batch in present]},
        tries=request.tries + 1,
        due_at=next_try_at,
    )
    ports.requests.commit(request, change)
    return _work(request, Next.REVOKE, present)


def _next_try_at(request: AccessRequest, present: Sequence[Batch], now: datetime) -> datetime:
    later = now + min(FIRST_RETRY_AFTER * (1 << min(request.tries, 10)), LONGEST_RETRY_AFTER)
    # A call in flight may land until `call_until`; what is seen then is evidence.
    landed = max((b.call_until for b in present if b.call_until), default=now)
    return min(later, landed) if landed > now else later


def _close(ports: Ports, request: AccessRequest, batches: Sequence[Batch], now: datetime) -> Step:
    cause = request.cause or Cause.FAILED
    change = move(
        request,
        EventKind.ENDED,
        now,
        to=END_BY_CAUSE[cause],
        cause=cause,
        details={"batches": _digests(batches)},
    )
    ports.requests.commit(request, change)
    return _done(request)


def _fail(ports: Ports, request: AccessRequest, reason: str, now: datetime) -> Step:
    ports.requests.commit(request, start_revoking(request, Cause.FAILED, now, reason=reason[:500]))
    return _done(request)


def _why_not_today(
    ports: Ports, request: AccessRequest, batches: Sequence[Batch], now: datetime
) -> tuple[Cause, str] | None:
    """Why the people, or today's flow, do not allow now what was approved; none if they do."""
    entitlements = [e for batch in batches for e in batch.entitlements]
    try:
        requester = ports.directory.person(request.requester_id)
        grantee = ports.directory.person(request.grantee_id)
    except NotFound as gone:
        return Cause.LOST_ELIGIBILITY, str(gone)
    counts = ports.flows.snapshot()
    if request.flow.id == FALLBACK_FLOW_ID:
        lost = fallback.still_allowed(counts.settings.fallback_flow, requester, grantee)
        return (Cause.LOST_ELIGIBILITY, lost) if lost else None
    flow = next((flow for flow in counts.flows if flow.id == request.flow.id), None)
    resources = ports.inventory.resources({resource_key(e) for e in entitlements})
    lost = still_allowed(
        flow,
        requester,
        grantee,
        entitlements,
        resources,
        counts.catalogue,
        by_link=request.access_link is not None,
    )
    if lost:
        return Cause.LOST_ELIGIBILITY, lost
    closed = window_closed(flow, now)
    return (Cause.WINDOW_CLOSED, closed) if closed else None


def _in_flight(batch: Batch, now: datetime) -> bool:
    return batch.state is BatchState.CLAIMED and _may_land(batch, now)


def _may_land(batch: Batch, now: datetime) -> bool:
    return batch.call_until is not None and now < batch.call_until


def _digests(batches: Sequence[Batch]) -> list[dict[str, Any]]:
    """What each batch came to, with the hash of its evidence, for the event that settles them."""
    return [
        {
            "number": batch.number,
            "state": batch.state,
            "observed_at": batch.observed_at.isoformat() if batch.observed_at else None,
            "evidence": hashlib.sha256(
                json.dumps(batch.evidence, sort_keys=True, separators=(",", ":")).encode()
            ).hexdigest(),
        }
        for batch in batches
    ]


def _wait(request: AccessRequest, until: datetime | None) -> Step:
    if until is None:
        raise ValueError(f"request {request.id} is {request.status} and has no end")
    whole = until if not until.microsecond else until.replace(microsecond=0) + timedelta(seconds=1)
    return Step(
        request_id=request.id, next=Next.WAIT, wait_until=whole.strftime("%Y-%m-%dT%H:%M:%SZ")
    )


def _work(request: AccessRequest, work: Next, batches: Sequence[Batch]) -> Step:
    references = tuple(
        BatchReference(request_id=request.id, batch=batch.number, family=batch.family)
        for batch in batches
    )
    return Step(request_id=request.id, next=work, batches=references)


def _done(request: AccessRequest) -> Step:
    return Step(request_id=request.id, next=Next.DONE)
