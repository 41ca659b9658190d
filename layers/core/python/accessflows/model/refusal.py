"""Refusals: why the product says no. The core never knows HTTP; web.problems translates."""

import re


class Refusal(Exception):
    """An answer that is no. The message says what was wrong and what to do.

    detail: further facts for programs, JSON-ready.
    """

    def __init__(self, message: str, **detail: object) -> None:
        super().__init__(message)
        self.detail = detail

    @classmethod
    def type(cls) -> str:
        """The stable name of the refusal, from the class: `no-access-flow`."""
        return re.sub(r"(?<!^)(?=[A-Z])", "-", cls.__name__).lower()


class NotFound(Refusal):
    """There is no such thing, or the asker may not know of it."""


class BadInput(Refusal):
    """Something in the submission is missing, malformed or too much."""


class NoAccessFlow(Refusal):
    """No access flow lets this person ask for this."""


class DurationTooLong(Refusal):
    """Every flow that covers this grants less time than was asked for."""


class DurationNotOffered(Refusal):
    """Every flow that covers this grants other durations than the one asked for."""


class StandingAccess(Refusal):
    """Whoever would receive this has it already, by their group."""


class OutsideWindow(Refusal):
    """The time window of every flow that covers this is closed then."""


class NoPrincipal(Refusal):
    """The grantee has no id at the target."""


class QuotaExceeded(Refusal):
    """The target has no room for this grant."""


class NobodyCanApprove(Refusal):
    """Not enough distinct people could approve this."""


class NotAnApprover(Refusal):
    """The voter is not entitled to decide this request at this moment."""


class SignInNeeded(Refusal):
    """Approvers of this flow decide with their own sign-in; a mailed link is not enough."""


class NotYours(Refusal):
    """Only certain people may do this to the request."""


class NotEnrolled(Refusal):
    """The person has no authenticator app set up with which they could confirm anything."""


class AlreadyEnrolled(Refusal):
    """An authenticator app is set up already."""


class WrongCode(Refusal):
    """The one-time code is not the current one, or was used before."""


class MfaLocked(Refusal):
    """Too many wrong codes were given a short while ago."""


class TooOften(Refusal):
    """The same person did this too often a short while ago."""


class AlreadySettled(Refusal):
    """The request has moved on; what was asked cannot be done any more."""


class Contended(Refusal):
    """Others kept changing the same thing at the same moment; nothing was done, try again."""


class NotExtendable(Refusal):
    """The access flow allows no extension of this access, or no further one."""


class UnreviewedEmergency(Refusal):
    """Emergency access that was used before has not been reviewed."""


class StillOpen(Refusal):
    """The request has not ended yet; what was asked can be done once it has."""


class IdempotencyConflict(Refusal):
    """The idempotency key was used with another body."""


class AlreadyExists(Refusal):
    """What was to be made is there already."""


class ManagedByFiles(Refusal):
    """The configuration files write this; it is changed there and nowhere else."""


class MadeFromSettings(Refusal):
    """A flow that request settings of a resource come to; those are changed, and it follows."""


class ChangedMeanwhile(Refusal):
    """Another version counts than the one that was read."""


class VersionMissing(Refusal):
    """A change does not say which version it is a change to."""


class LinkRefused(Refusal):
    """The link is forged, used or outdated."""


class FormRefused(Refusal):
    """The form was not shown to this session."""


class TargetRefused(Refusal):
    """The target says for certain that it will not hold this grant; nothing was granted."""


class AddressTaken(Refusal):
    """An address is that of somebody else."""


class ManagedBySource(Refusal):
    """An identity source writes this; it is changed there and nowhere else."""


class LastAdmin(Refusal):
    """There would be no active admin left."""


class ScopeMissing(Refusal):
    """The token that was sent does not reach so far."""
