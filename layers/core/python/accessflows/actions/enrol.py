"""Enrol: a person sets up the authenticator app with which they confirm requests."""

from datetime import datetime

from accessflows.actions.contend import decide_anew
from accessflows.actions.use_code import use_code
from accessflows.model.event import EventKind
from accessflows.model.person import Person
from accessflows.model.second_factor import Enrolment, SecondFactor
from accessflows.ports import Happened, Ports, Seal
from accessflows.rules import second_factor


def begin_enrolment(ports: Ports, seal: Seal, person: Person, secret: str) -> SecondFactor:
    """Keep a new secret, to be confirmed by a first code; an unconfirmed one gives way to it.

    Raises AlreadyEnrolled.
    """
    factors = ports.second_factors

    def once() -> SecondFactor:
        before = factors.get(person.id)
        after = second_factor.begin(before, seal.close(secret, person.id))
        factors.put(before, after)
        return after

    return decide_anew(once)


def confirm_enrolment(
    ports: Ports, seal: Seal, person: Person, code: str, now: datetime
) -> SecondFactor:
    """Take the app, since it shows the right code. That code is used up.

    Raises NotEnrolled, AlreadyEnrolled, WrongCode, MfaLocked.
    """
    return use_code(
        ports,
        seal,
        person.id,
        code,
        now,
        wanted=Enrolment.PENDING,
        changes={"confirmed_at": now},
        happened=Happened(EventKind.MFA_ENROLLED, now, person.id),
    )
