"""Second factor: which codes count, when it is locked, and how long a pass lasts.

Pure. Every change moves the version, so that of two at once one is decided anew."""

import math
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from accessflows.model.limits import MFA_LOCK_FOR
from accessflows.model.refusal import AlreadyEnrolled, MfaLocked, NotEnrolled, WrongCode
from accessflows.model.second_factor import Enrolment, SecondFactor


class Attempt(NamedTuple):
    """A code that was tried: the factor as it then stands, and why the code was not taken."""

    factor: SecondFactor
    refusal: WrongCode | MfaLocked | None = None


def begin(factor: SecondFactor, sealed_secret: str) -> SecondFactor:
    """The factor with a new secret, to be confirmed; an unconfirmed one gives way to it.

    Raises AlreadyEnrolled: whoever has only a session must not change the app.
    """
    if factor.enrolment is Enrolment.ENROLLED:
        raise AlreadyEnrolled(
            "an authenticator app is set up already; ask an admin to reset it if you lost it"
        )
    return _next(factor, sealed_secret=sealed_secret, last_step=0)


def reset(factor: SecondFactor) -> SecondFactor:
    """The factor as if nothing had ever been set up. Raises NotEnrolled where nothing was."""
    if factor.enrolment is Enrolment.NONE:
        raise NotEnrolled(f"{factor.person_id} has set up no authenticator app")
    return SecondFactor(person_id=factor.person_id, version=factor.version + 1)


def refuse_unless_ready(factor: SecondFactor, wanted: Enrolment, now: datetime) -> None:
    """Raises NotEnrolled, AlreadyEnrolled or MfaLocked where no code can be taken now."""
    if factor.enrolment is not wanted:
        if factor.enrolment is Enrolment.ENROLLED:
            raise AlreadyEnrolled("your authenticator app is confirmed already")
        raise NotEnrolled(
            "set up an authenticator app first: POST /me/mfa, then confirm it with a code of it"
        )
    if factor.locked_until and now < factor.locked_until:
        raise _locked(factor.locked_until, now)


def attempt(factor: SecondFactor, step: int | None, tries: int, now: datetime) -> Attempt:
    """What a code comes to. A code that was used counts as a wrong one, and so does an older one.

    step: the time step that the code belongs to, none where it belongs to none.
    tries: how many wrong codes within MFA_LOCK_FOR lock for as long.
    """
    if step is not None and step > factor.last_step:
        return Attempt(_next(factor, last_step=step, wrong_at=(), locked_until=None))
    wrong_at = (*(at for at in factor.wrong_at if now - at < MFA_LOCK_FOR), now)
    if len(wrong_at) < tries:
        left = tries - len(wrong_at)
        tried = _next(factor, wrong_at=wrong_at, locked_until=None)
        return Attempt(tried, WrongCode(_why_not(step, left), tries_left=left))
    until = now + MFA_LOCK_FOR
    return Attempt(_next(factor, wrong_at=(), locked_until=until), _locked(until, now))


def passed_at(factor: SecondFactor, valid_for: timedelta, now: datetime) -> datetime | None:
    """When the person confirmed a request, if that still counts; up to but not at its end."""
    if factor.enrolment is not Enrolment.ENROLLED or factor.passed_at is None:
        return None
    return factor.passed_at if now < factor.passed_at + valid_for else None


def _why_not(step: int | None, left: int) -> str:
    more = "1 more try" if left == 1 else f"{left} more tries"
    if step is None:
        return f"this is not the code that your authenticator app shows now; {more} before it locks"
    return f"this code was used; wait for the next one, {more} before it locks"


def _locked(until: datetime, now: datetime) -> MfaLocked:
    return MfaLocked(
        f"too many wrong codes: locked until {until:%Y-%m-%d %H:%M:%S} UTC; try again then",
        locked_until=until,
        retry_after=math.ceil((until - now).total_seconds()),
    )


def _next(factor: SecondFactor, **changes: Any) -> SecondFactor:
    return factor.but(version=factor.version + 1, **changes)
