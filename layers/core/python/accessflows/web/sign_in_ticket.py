"""The ticket of a sign-in under way: what the browser keeps while it is at the hosted pages.

Whoever comes back without it, or with another's, has not begun this sign-in and is refused."""

import hashlib
import re
from collections.abc import Sequence
from datetime import datetime

from pydantic import ValidationError

from accessflows.actions.sign_in import SignInRefused
from accessflows.model.limits import SIGN_IN_WITHIN
from accessflows.model.refusal import LinkRefused
from accessflows.model.value import Instant, Value
from accessflows.notices.links import Purpose, read, sign

HOME = "/"
_LONGEST_PATH = 200
# One slash: browsers take two, or a backslash, for the beginning of another host.
_OWN_PATH = re.compile(r"/(?:[A-Za-z0-9][A-Za-z0-9._~/-]*)?(?:\?[A-Za-z0-9._~%&=+-]*)?")
# From there people would be sent round in circles.
_NOT_A_PLACE = ("/sign-in", "/sign-out", "/signed-out", "/callback")


class Ticket(Value):
    """secret: random; what the hosted pages are told follows from it and does not give it away.

    next: the path to go on to.
    """

    secret: str
    until: Instant
    next: str

    @property
    def state(self) -> str:
        return self._derived("state")

    @property
    def nonce(self) -> str:
        return self._derived("nonce")

    @property
    def verifier(self) -> str:
        return self._derived("verifier")

    def _derived(self, purpose: str) -> str:
        return hashlib.sha256(f"{purpose}:{self.secret}".encode()).hexdigest()


def new_ticket(secret: str, wanted: str, now: datetime) -> Ticket:
    """wanted: where to go on to, as somebody wrote it into the address."""
    return Ticket(secret=secret, until=now + SIGN_IN_WITHIN, next=own_path(wanted))


def own_path(wanted: str) -> str:
    """The path, where it is one of the portal's and nothing else; otherwise its first page."""
    if len(wanted) > _LONGEST_PATH or not _OWN_PATH.fullmatch(wanted):
        return HOME
    return HOME if wanted.startswith(_NOT_A_PLACE) else wanted


def seal(ticket: Ticket, keys: Sequence[str]) -> str:
    """As the cookie carries it: signed, so that nobody makes one."""
    return sign(ticket.model_dump_json(), keys, Purpose.SIGN_IN)


def unseal(sealed: str, keys: Sequence[str], now: datetime) -> Ticket:
    """Raises SignInRefused for one that is missing, made up or too old."""
    try:
        ticket = Ticket.model_validate_json(read(sealed, keys, Purpose.SIGN_IN))
    except (LinkRefused, ValidationError) as error:
        raise SignInRefused("this browser has no sign-in under way") from error
    if now >= ticket.until:
        raise SignInRefused("this sign-in took too long")
    return ticket
