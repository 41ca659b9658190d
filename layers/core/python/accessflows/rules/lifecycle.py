"""The lifecycle of a request: which status may follow which, and why.

Pure. Every change of a request is made by `move`, which refuses what the table does not hold,
numbers and seals the event, and works out when the new status is due."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any

from accessflows.model.event import GENESIS, SYSTEM, Change, Event, EventKind
from accessflows.model.limits import ACTIVATION_LIMIT
from accessflows.model.refusal import AlreadySettled
from accessflows.model.request import CLOSED, OPEN, AccessRequest, Cause, Status

_C = Cause
_BEFORE_GRANT = frozenset({_C.LEFT, _C.TIMED_OUT, _C.LOST_ELIGIBILITY, _C.WINDOW_CLOSED, _C.QUOTA})
_WITHDRAWN = frozenset({_C.PERSON, _C.LEFT})
_NO_CAUSE: frozenset[Cause] = frozenset()

# (from, to) -> the causes that allow it; none where the way is the ordinary one.
TRANSITIONS: Mapping[tuple[Status, Status], frozenset[Cause]] = {
    (Status.PENDING_MFA, Status.PENDING_APPROVAL): _NO_CAUSE,
    (Status.PENDING_MFA, Status.SCHEDULED): _NO_CAUSE,
    (Status.PENDING_MFA, Status.GRANTING): _NO_CAUSE,
    (Status.PENDING_MFA, Status.REJECTED): _BEFORE_GRANT,
    (Status.PENDING_MFA, Status.CANCELLED): _WITHDRAWN,
    (Status.PENDING_APPROVAL, Status.SCHEDULED): _NO_CAUSE,
    (Status.PENDING_APPROVAL, Status.GRANTING): _NO_CAUSE,
    (Status.PENDING_APPROVAL, Status.REJECTED): _BEFORE_GRANT | {_C.PERSON},
    (Status.PENDING_APPROVAL, Status.CANCELLED): _WITHDRAWN,
    (Status.SCHEDULED, Status.GRANTING): _NO_CAUSE,
    (Status.SCHEDULED, Status.REJECTED): _BEFORE_GRANT,
    (Status.SCHEDULED, Status.CANCELLED): _WITHDRAWN,
    # Only before the first batch is claimed; `advance` sees to that.
    (Status.GRANTING, Status.REJECTED): _BEFORE_GRANT - {_C.TIMED_OUT},
    (Status.GRANTING, Status.ACTIVE): _NO_CAUSE,
    (Status.GRANTING, Status.REVOKING): _WITHDRAWN | {_C.FAILED, _C.LOST_ELIGIBILITY},
    (Status.ACTIVE, Status.REVOKING): _WITHDRAWN | {_C.TIME, _C.LOST_ELIGIBILITY},
    (Status.REVOKING, Status.EXPIRED): frozenset({_C.TIME}),
    (Status.REVOKING, Status.REVOKED): _WITHDRAWN | {_C.LOST_ELIGIBILITY},
    (Status.REVOKING, Status.FAILED): frozenset({_C.FAILED}),
}

# What may happen to a request while it stays where it is, and where that is.
STAYING: Mapping[EventKind, frozenset[Status]] = {
    EventKind.APPROVAL_RECORDED: frozenset({Status.PENDING_APPROVAL}),
    EventKind.EXTENDED: frozenset({Status.ACTIVE}),
    EventKind.ENDING_SOON: frozenset({Status.ACTIVE}),
    EventKind.REVOCATION_RETRIED: frozenset({Status.REVOKING}),
    EventKind.REVIEWED: frozenset(
        {Status.ACTIVE, Status.REVOKING, Status.EXPIRED, Status.REVOKED, Status.FAILED}
    ),
}

# How a request that was revoked ends, by the cause of the revocation.
END_BY_CAUSE: Mapping[Cause, Status] = {
    cause: after
    for (before, after), causes in TRANSITIONS.items()
    if before is Status.REVOKING
    for cause in causes
}

_DUE: Mapping[Status, Callable[[AccessRequest], datetime | None]] = {
    Status.PENDING_APPROVAL: lambda request: approval_due_at(request),
    Status.SCHEDULED: lambda request: request.starts_at,
    Status.GRANTING: lambda request: request.granting_at and request.granting_at + ACTIVATION_LIMIT,
    Status.ACTIVE: lambda request: request.warn_at or request.ends_at,
    Status.REVOKING: lambda request: request.revoking_at,
}


def approval_due_at(request: AccessRequest) -> datetime | None:
    """When something is due while approvers are asked: the next tier opens, or it times out."""
    coming = request.tiers_at[request.tiers_open : request.tiers_open + 1]
    return min((at for at in (*coming, request.approval_timeout_at) if at), default=None)


def overdue(request: AccessRequest, now: datetime) -> bool:
    """Whether the status has ended by itself, noticed or not. The instant itself is past."""
    ends_at = _ends_by_itself_at(request)
    return ends_at is not None and now >= ends_at


def _ends_by_itself_at(request: AccessRequest) -> datetime | None:
    # While approvers are asked a tier may be due as well, and a warning before an end. Neither
    # ends anything.
    if request.status is Status.PENDING_APPROVAL:
        return request.approval_timeout_at
    if request.status is Status.ACTIVE:
        return request.ends_at
    return request.due_at


_ENDED_BY_ITSELF: Mapping[Status, tuple[Status, Cause]] = {
    Status.PENDING_MFA: (Status.REJECTED, Cause.TIMED_OUT),
    Status.PENDING_APPROVAL: (Status.REJECTED, Cause.TIMED_OUT),
    Status.GRANTING: (Status.REVOKING, Cause.FAILED),
    Status.ACTIVE: (Status.REVOKING, Cause.TIME),
}


def standing(request: AccessRequest, now: datetime) -> tuple[Status, Cause | None]:
    """Status and cause as they bind at this instant, noticed or not."""
    if overdue(request, now) and request.status in _ENDED_BY_ITSELF:
        return _ENDED_BY_ITSELF[request.status]
    return request.status, request.cause


# How it stands once it has ended by itself, by the status that still stands in the row.
_PASSED: Mapping[Status, str] = {
    Status.PENDING_MFA: "nobody confirmed this request before {at}; it timed out",
    Status.PENDING_APPROVAL: "nobody decided before {at}; the request timed out",
    Status.GRANTING: "this access could not be set up before {at} and is being taken away",
    Status.ACTIVE: "this access ended at {at}",
}
_NO_HINTS: Mapping[Status, str] = {}


def refuse_unless(
    request: AccessRequest,
    wanted: Collection[Status],
    now: datetime,
    *,
    hints: Mapping[Status, str] = _NO_HINTS,
) -> None:
    """Raises AlreadySettled unless the request is in one of these statuses at this instant.

    hints: what to do instead, by the status that it is in.
    """
    status, _ = standing(request, now)
    if status in wanted:
        return
    said = (_how_it_stands(request, now), hints.get(status))
    raise AlreadySettled("; ".join(filter(None, said)), request_status=status)


def _how_it_stands(request: AccessRequest, now: datetime) -> str:
    if overdue(request, now) and request.status in _PASSED:
        at = f"{_ends_by_itself_at(request):%Y-%m-%d %H:%M:%S} UTC"
        return _PASSED[request.status].format(at=at)
    if request.status is Status.REVOKING:
        return "this access is being taken away"
    if request.cause is Cause.TIMED_OUT:
        return f"this request timed out and is {request.status}"
    return f"this request is {request.status}" + ("" if request.is_open else " already")


def begin(request: AccessRequest, *, details: Mapping[str, Any]) -> Change:
    """The first change of a request: it was submitted, and stands as `request` says."""
    return _sealed(
        request, EventKind.SUBMITTED, request.requester_id, request.submitted_at, details
    )


def move(
    request: AccessRequest,
    kind: EventKind,
    now: datetime,
    *,
    actor: str = SYSTEM,
    to: Status | None = None,
    cause: Cause | None = None,
    details: Mapping[str, Any] | None = None,
    **changes: Any,
) -> Change:
    """The request after one event, in the next status where `to` names one.

    Raises AlreadySettled where the tables hold no way from here to there for that cause, or
    nothing of this kind while the request stays where it is.
    """
    if to is None:
        if request.status not in STAYING.get(kind, OPEN):
            raise AlreadySettled(f"the request is {request.status} and cannot be {kind} now")
        moved = request.but(version=request.version + 1, **changes)
        return _sealed(moved, kind, actor, now, details or {}, entered=False)
    if not may_move(request.status, to, cause):
        raise AlreadySettled(f"the request is {request.status} and cannot become {to}")
    # Validated as a whole below, once it is known when the new status is due.
    bare = request.model_copy(
        update={"status": to, "cause": cause, "version": request.version + 1, **changes}
    )
    if to in CLOSED:
        due_at, closed_at = None, now
    else:
        due_at, closed_at = _DUE[to](bare), None
    moved = bare.but(due_at=due_at, closed_at=closed_at)
    return _sealed(moved, kind, actor, now, {"cause": cause, **(details or {})})


def cleared(starts_at: datetime | None, now: datetime) -> dict[str, Any]:
    """Status and instants of a request that nobody has to agree to (any more)."""
    if starts_at is not None and now < starts_at:
        return {"status": Status.SCHEDULED, "due_at": starts_at}
    return {
        "status": Status.GRANTING,
        "granting_at": now,
        "due_at": now + ACTIVATION_LIMIT,
    }


def start(request: AccessRequest, now: datetime) -> Change:
    """The scheduled request, now that its start has come."""
    return move(request, EventKind.STARTED, now, to=Status.GRANTING, granting_at=now)


def start_revoking(
    request: AccessRequest,
    cause: Cause,
    now: datetime,
    *,
    actor: str = SYSTEM,
    reason: str | None = None,
) -> Change:
    """The request on its way out: due at once, so that whoever comes first starts."""
    return move(
        request,
        EventKind.REVOCATION_STARTED,
        now,
        actor=actor,
        to=Status.REVOKING,
        cause=cause,
        details={"reason": reason},
        reason=reason,
        revoking_at=now,
    )


def reject(request: AccessRequest, cause: Cause, reason: str, now: datetime) -> Change:
    """The request rejected by the product itself, with the reason people will read."""
    return move(
        request,
        EventKind.REJECTED,
        now,
        to=Status.REJECTED,
        cause=cause,
        details={"reason": reason},
        reason=reason,
    )


def may_move(before: Status, after: Status, cause: Cause | None) -> bool:
    """Whether the table holds this way."""
    causes = TRANSITIONS.get((before, after))
    if causes is None:
        return False
    return cause in causes if causes else cause is None


def _sealed(
    request: AccessRequest,
    kind: EventKind,
    actor: str,
    now: datetime,
    details: Mapping[str, Any],
    *,
    entered: bool = True,
) -> Change:
    event = Event(
        subject=request.subject,
        number=request.version,
        kind=kind,
        at=now,
        actor=actor,
        entered=request.status if entered else None,
        details={key: value for key, value in details.items() if value is not None},
        previous=request.event_hash or GENESIS,
    ).sealed()
    return Change(request.but(event_hash=event.hash), event)
