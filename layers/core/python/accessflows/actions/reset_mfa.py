"""Reset MFA: an admin takes a lost app away, so that its person can set up another."""

from datetime import datetime

from accessflows.actions.contend import decide_anew
from accessflows.model.event import EventKind
from accessflows.model.person import Person
from accessflows.model.refusal import NotYours
from accessflows.model.second_factor import SecondFactor
from accessflows.ports import Happened, Ports
from accessflows.rules import second_factor


def reset_mfa(ports: Ports, admin: Person, person_id: str, now: datetime) -> SecondFactor:
    """Forget the person's app, whatever they passed with it, and their wrong codes.

    Raises NotFound for nobody; NotYours for the admin's own, since whoever took over their session
    could bring an app of their own; NotEnrolled.
    """
    if admin.id == person_id:
        raise NotYours("nobody resets their own MFA; ask another admin")
    ports.directory.person(person_id)
    factors = ports.second_factors

    def once() -> SecondFactor:
        before = factors.get(person_id)
        after = second_factor.reset(before)
        factors.put(before, after, Happened(EventKind.MFA_RESET, now, admin.id))
        return after

    return decide_anew(once)
