"""Pass MFA: the grantee confirms with a one-time code, and what waited for that goes on.

The code is used up first, and only then does a request move: whatever fails in between, no code
ever counts twice."""

from datetime import datetime

from accessflows.actions.contend import decide_anew
from accessflows.actions.use_code import use_code
from accessflows.model.person import Person
from accessflows.model.request import AccessRequest, Status
from accessflows.model.second_factor import Enrolment
from accessflows.ports import Lost, Ports, Seal
from accessflows.rules.lifecycle import overdue, refuse_unless
from accessflows.rules.mfa import go_on, refuse_unless_grantee


def pass_mfa(
    ports: Ports, seal: Seal, request_id: str, person: Person, code: str, now: datetime
) -> AccessRequest:
    """Confirm a request and, as long as one code counts for several, the person's others that wait.

    Raises NotFound, NotYours, AlreadySettled before the code is looked at; NotEnrolled, WrongCode,
    MfaLocked.
    """
    request = ports.requests.get(request_id)
    refuse_unless_grantee(request, person)
    refuse_unless(request, {Status.PENDING_MFA}, now)
    use_code(
        ports,
        seal,
        person.id,
        code,
        now,
        wanted=Enrolment.ENROLLED,
        changes={"passed_at": now},
    )
    confirmed = decide_anew(lambda: _go_on(ports, request_id, now))
    if ports.flows.settings().mfa_valid_for:
        _confirm_others(ports, person.id, request_id, now)
    return confirmed


def _go_on(ports: Ports, request_id: str, now: datetime) -> AccessRequest:
    request = ports.requests.get(request_id)
    refuse_unless(request, {Status.PENDING_MFA}, now)
    change = go_on(request, now)
    ports.requests.commit(request, change)
    return change.request


def _confirm_others(ports: Ports, person_id: str, request_id: str, now: datetime) -> None:
    """As far as the index knows them; each is read again before it moves."""
    others = {
        request.id
        for request in ports.requests.open_of_grantee(person_id)
        if request.status is Status.PENDING_MFA and request.id != request_id
    }
    for request in ports.requests.several(sorted(others)):
        if request.status is not Status.PENDING_MFA or overdue(request, now):
            continue
        try:
            ports.requests.commit(request, go_on(request, now))
        except Lost:
            # It was cancelled, rejected or confirmed meanwhile: it waits no longer.
            continue
