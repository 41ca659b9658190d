"""End: a person withdraws a request before it is granted, or takes its access away."""

from datetime import datetime

from accessflows.actions.contend import decide_anew
from accessflows.model.event import EventKind
from accessflows.model.person import Person, Role
from accessflows.model.refusal import AlreadySettled, NotFound, NotYours
from accessflows.model.request import AccessRequest, Cause, Status
from accessflows.ports import Ports
from accessflows.rules.lifecycle import move, overdue, start_revoking

_NOT_YET_GRANTED = frozenset({Status.PENDING_MFA, Status.PENDING_APPROVAL, Status.SCHEDULED})
_HELD = frozenset({Status.GRANTING, Status.ACTIVE})


def cancel(ports: Ports, request_id: str, person: Person, now: datetime) -> AccessRequest:
    """Withdraw a request that is not yet granted; its requester or an admin may.

    Raises NotFound, NotYours, AlreadySettled.
    """

    def once() -> AccessRequest:
        request = ports.requests.get(request_id)
        _check_ends(request, person)
        if request.status in _HELD:
            raise AlreadySettled(f"this request is {request.status}; revoke it instead")
        if request.status not in _NOT_YET_GRANTED:
            raise AlreadySettled(f"this request is {request.status} already")
        # A start that passed has granted nothing yet: it can still be withdrawn.
        if request.status is not Status.SCHEDULED and overdue(request, now):
            raise AlreadySettled(
                f"this request timed out at {request.approval_timeout_at:%Y-%m-%d %H:%M:%S} UTC"
            )
        change = move(
            request,
            EventKind.CANCELLED,
            now,
            actor=person.id,
            to=Status.CANCELLED,
            cause=Cause.PERSON,
        )
        ports.requests.commit(request, change)
        return change.request

    return decide_anew(once)


def revoke(
    ports: Ports, request_id: str, person: Person, reason: str | None, now: datetime
) -> AccessRequest:
    """Begin to take access away before its time; its requester or an admin may.

    Raises NotFound, NotYours; AlreadySettled where there is no access, or it is ending already.
    """

    def once() -> AccessRequest:
        request = ports.requests.get(request_id)
        _check_ends(request, person)
        if request.status in _NOT_YET_GRANTED:
            raise AlreadySettled(f"this request is {request.status}; cancel it instead")
        if request.status not in _HELD or overdue(request, now):
            raise AlreadySettled("this access has ended, or is ending, already")
        change = start_revoking(request, Cause.PERSON, now, actor=person.id, reason=reason)
        ports.requests.commit(request, change)
        return change.request

    return decide_anew(once)


def _check_ends(request: AccessRequest, person: Person) -> None:
    if person.id == request.requester_id or Role.ADMIN in person.roles:
        return
    if person.id not in request.concerned:
        raise NotFound(f"there is no request {request.id} of yours")
    raise NotYours("only the person who made this request, or an admin, can end it")
