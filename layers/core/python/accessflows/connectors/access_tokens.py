"""Access tokens: bought with what a secret holds, and used until shortly before they end."""

import time
from collections.abc import Callable
from typing import NamedTuple

# A call that begins with a token ends with it, too.
_SPARE_SECONDS = 60.0


class SignInFailed(Exception):
    """A cloud does not take the credentials that a secret holds."""


class Token(NamedTuple):
    """lasts_for: in seconds."""

    text: str
    lasts_for: float


class AccessTokens:
    """buy: makes one, from the name of a secret. clock: seconds, from anywhere."""

    def __init__(
        self, buy: Callable[[str], Token], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._buy = buy
        self._clock = clock
        self._bought: dict[str, tuple[float, str]] = {}

    def of(self, secret: str) -> str:
        until, text = self._bought.get(secret, (0.0, ""))
        now = self._clock()
        if not text or now >= until:
            text, lasts_for = self._buy(secret)
            self._bought[secret] = now + lasts_for - _SPARE_SECONDS, text
        return text

    def forget(self, secret: str) -> None:
        """It is not taken any more: the next call buys another."""
        self._bought.pop(secret, None)
