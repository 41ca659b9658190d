"""What the API shows of a second factor. The secret is in one answer only."""

from datetime import datetime
from typing import Any

from accessflows.model.account import AccountSettings
from accessflows.model.person import Person
from accessflows.model.second_factor import SecondFactor
from accessflows.rules.one_time_code import enrolment_uri
from accessflows.rules.second_factor import passed_at

_PIXELS = 5


def factor_view(factor: SecondFactor, settings: AccountSettings, now: datetime) -> dict[str, Any]:
    """How far its setting up is, whether it is locked, and until when its last code counts."""
    confirmed = passed_at(factor, settings.mfa_valid_for, now)
    locked = factor.locked_until if factor.locked_until and now < factor.locked_until else None
    shown = {
        "confirmed_at": factor.confirmed_at,
        "passed_until": confirmed and confirmed + settings.mfa_valid_for,
        "locked_until": locked,
    }
    given = {name: at.isoformat() for name, at in shown.items() if at}
    return {"enrolment": factor.enrolment, **given}


def secret_view(factor: SecondFactor, person: Person, secret: str) -> dict[str, Any]:
    """What an app needs to know, in three forms: to scan, to open and to type."""
    import segno

    uri = enrolment_uri(secret, person.email)
    code = segno.make(uri, error="m", micro=False)
    return {
        "enrolment": factor.enrolment,
        "secret": secret,
        "uri": uri,
        "qr_svg": code.svg_inline(scale=_PIXELS, title="QR code for your authenticator app"),
    }
