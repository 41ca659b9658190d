"""The forms of one's account, as a browser sends them, and what they ask for.

Pure. What is refused names the field that it is about."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter, ValidationError

from accessflows.actions.tokens import WantedToken
from accessflows.model.delegation import Period
from accessflows.model.person import Role
from accessflows.model.refusal import BadInput
from accessflows.model.second_factor import CODE_PATTERN
from accessflows.model.token import OF_ADMINS, TokenScope
from accessflows.model.value import Name, TimeZone
from accessflows.notices.words import plain

# What each scope lets a program do.
SCOPES: Mapping[TokenScope, str] = {
    TokenScope.REQUESTS_READ: "See my requests and access",
    TokenScope.REQUESTS_WRITE: "Ask for access, extend it and give it back",
    TokenScope.APPROVALS: "See what awaits me, and decide",
    TokenScope.ADMIN_READ: "See what admins see",
    TokenScope.ADMIN_WRITE: "Change what admins may change",
}
LIVES = {"7": "7 days", "30": "30 days", "90": "90 days", "365": "a year"}
MOST_REASON = 500

_NAME: TypeAdapter[str] = TypeAdapter(Name)
_ZONE: TypeAdapter[str] = TypeAdapter(TimeZone)


def code_of(text: str) -> str:
    """Six digits; spaces between them do no harm. Raises BadInput."""
    code = "".join(text.split())
    if not re.fullmatch(CODE_PATTERN, code):
        raise BadInput("write the six digits that your authenticator app shows", field="code")
    return code


def period_of(sent: Mapping[str, str], delegate_id: str) -> Period:
    """For how long somebody is to decide, as typed in the reader's zone. Raises BadInput."""
    until = _instant(sent, "to")
    if until is None:
        raise BadInput("say until when", field="to")
    reason = plain(sent.get("reason", ""))
    if len(reason) > MOST_REASON:
        raise BadInput(
            f"the reason has {len(reason)} characters; write {MOST_REASON} at most", field="reason"
        )
    return Period.model_validate(
        {
            "delegate_id": delegate_id,
            "from": _instant(sent, "from"),
            "to": until,
            "reason": reason or None,
        }
    )


def token_of(sent: Mapping[str, Sequence[str]]) -> WantedToken:
    """Raises BadInput."""
    name, lives = (next(iter(sent.get(field, ())), "") for field in ("name", "lives_for"))
    try:
        _NAME.validate_python(name)
    except ValidationError as error:
        raise BadInput(
            "give it a name: letters, digits, spaces, hyphens and underscores, at most 64 in all, "
            "a letter or digit first",
            field="name",
        ) from error
    scopes = [scope for scope in SCOPES if scope in sent.get("scope", ())]
    if not scopes:
        raise BadInput("choose what it may do", field="scopes")
    if lives not in LIVES:
        raise BadInput("choose how long it lives", field="lives_for")
    return WantedToken(name=name, scopes=tuple(scopes), lives_for=timedelta(days=int(lives)))


def scopes_for(roles: Sequence[Role]) -> dict[TokenScope, str]:
    """What somebody with these roles may give a token."""
    return {
        scope: words
        for scope, words in SCOPES.items()
        if Role.ADMIN in roles or scope not in OF_ADMINS
    }


def _instant(sent: Mapping[str, str], field: str) -> datetime | None:
    """What was typed as a day and a time, in the zone that was sent along; none for nothing."""
    text = sent.get(field, "")
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
        zone = ZoneInfo(_ZONE.validate_python(sent.get("zone") or "UTC"))
        return at.replace(tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        begin = "from when" if field == "from" else "until when"
        raise BadInput(
            f"{begin} must be a day and a time such as 2026-11-30T18:00", field=field
        ) from error
