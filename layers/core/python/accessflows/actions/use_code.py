"""Use a code: judge it against the person's secret, and keep what it came to, right or wrong."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from accessflows.actions.contend import decide_anew
from accessflows.model.event import EventKind
from accessflows.model.refusal import MfaLocked
from accessflows.model.second_factor import Enrolment, SecondFactor
from accessflows.ports import Happened, Ports, Seal
from accessflows.rules.one_time_code import matching_step
from accessflows.rules.second_factor import attempt, refuse_unless_ready


def use_code(
    ports: Ports,
    seal: Seal,
    person_id: str,
    code: str,
    now: datetime,
    *,
    wanted: Enrolment,
    changes: Mapping[str, Any],
    happened: Happened | None = None,
) -> SecondFactor:
    """Use the code up and answer the factor with these changes.

    wanted: how far enrolment must be. happened: what a right code means for the person.
    Nobody learns whether a code is right before it counts: of several at once only one is judged
    against what all of them read. Raises NotEnrolled, AlreadyEnrolled, WrongCode, MfaLocked.
    """
    tries = ports.flows.settings().mfa_tries
    factors = ports.second_factors

    def once() -> SecondFactor:
        before = factors.get(person_id)
        refuse_unless_ready(before, wanted, now)
        secret = seal.open(before.sealed_secret or "", person_id)
        tried = attempt(before, matching_step(secret, code, now), tries, now)
        if tried.refusal is None:
            after = tried.factor.but(**changes)
            factors.put(before, after, happened)
            return after
        locked = isinstance(tried.refusal, MfaLocked)
        factors.put(before, tried.factor, _locked(person_id, now) if locked else None)
        raise tried.refusal

    return decide_anew(once)


def _locked(person_id: str, now: datetime) -> Happened:
    return Happened(EventKind.MFA_LOCKED, now, person_id)
