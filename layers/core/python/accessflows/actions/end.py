"""End: a person withdraws a request before it is granted, or takes its access away."""

from collections.abc import Callable
from datetime import datetime

from accessflows.actions.contend import decide_anew
from accessflows.model.event import Change, EventKind
from accessflows.model.person import Person, Role
from accessflows.model.refusal import NotFound, NotYours
from accessflows.model.request import HELD, NOT_YET_GRANTED, AccessRequest, Cause, Status
from accessflows.ports import Ports
from accessflows.rules.lifecycle import move, refuse_unless, start_revoking

_REVOKE_IT = dict.fromkeys(HELD, "revoke it instead")
_CANCEL_IT = dict.fromkeys(NOT_YET_GRANTED, "cancel it instead")


def cancel(ports: Ports, request_id: str, person: Person, now: datetime) -> AccessRequest:
    """Withdraw a request that is not yet granted; its requester or an admin may.

    Raises NotFound, NotYours, AlreadySettled.
    """
    return _end(ports, request_id, person, lambda it: _withdrawn(it, person, None, now))


def revoke(
    ports: Ports, request_id: str, person: Person, reason: str | None, now: datetime
) -> AccessRequest:
    """Begin to take access away before its time; its requester or an admin may.

    Raises NotFound, NotYours; AlreadySettled where there is no access, or it is ending already.
    """
    return _end(ports, request_id, person, lambda it: _taken_away(it, person, reason, now))


def end(
    ports: Ports, request_id: str, person: Person, reason: str | None, now: datetime
) -> AccessRequest:
    """Withdraw or revoke, as it stands; its requester or an admin may.

    Raises NotFound, NotYours, AlreadySettled.
    """

    def ended(request: AccessRequest) -> Change:
        ending = _withdrawn if request.status in NOT_YET_GRANTED else _taken_away
        return ending(request, person, reason, now)

    return _end(ports, request_id, person, ended)


def _end(
    ports: Ports, request_id: str, person: Person, ended: Callable[[AccessRequest], Change]
) -> AccessRequest:
    def once() -> AccessRequest:
        request = ports.requests.get(request_id)
        _check_ends(request, person)
        change = ended(request)
        ports.requests.commit(request, change)
        return change.request

    return decide_anew(once)


def _withdrawn(request: AccessRequest, person: Person, reason: str | None, now: datetime) -> Change:
    # A start that passed has granted nothing yet: it can still be withdrawn.
    refuse_unless(request, NOT_YET_GRANTED, now, hints=_REVOKE_IT)
    return move(
        request,
        EventKind.CANCELLED,
        now,
        actor=person.id,
        to=Status.CANCELLED,
        cause=Cause.PERSON,
        details={"reason": reason},
        reason=reason,
    )


def _taken_away(
    request: AccessRequest, person: Person, reason: str | None, now: datetime
) -> Change:
    refuse_unless(request, HELD, now, hints=_CANCEL_IT)
    return start_revoking(request, Cause.PERSON, now, actor=person.id, reason=reason)


def _check_ends(request: AccessRequest, person: Person) -> None:
    if person.id == request.requester_id or Role.ADMIN in person.roles:
        return
    if person.id not in request.concerned:
        raise NotFound(f"there is no request {request.id} of yours")
    raise NotYours("only the person who made this request, or an admin, can end it")
