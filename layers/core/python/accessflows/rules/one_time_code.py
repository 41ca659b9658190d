"""One-time codes: six digits that an app makes of a shared secret and the time (RFC 6238).

Pure."""

import hmac
from datetime import datetime

import pyotp

ISSUER = "Access Flows"

# An app's clock may be a step of 30 s ahead or behind.
_WINDOW = (1, 0, -1)


def matching_step(secret: str, code: str, now: datetime) -> int | None:
    """The latest time step near `now` whose code this is; none if it is no such code."""
    totp = pyotp.TOTP(secret)
    current = totp.timecode(now)
    steps = (current + offset for offset in _WINDOW)
    return next((step for step in steps if _is_code(totp, step, code)), None)


def enrolment_uri(secret: str, account: str) -> str:
    """The `otpauth` address by which an app learns the secret. account: as the app shows it."""
    return pyotp.TOTP(secret, name=account, issuer=ISSUER).provisioning_uri()


def _is_code(totp: pyotp.TOTP, step: int, code: str) -> bool:
    return hmac.compare_digest(totp.generate_otp(step).encode(), code.encode())
