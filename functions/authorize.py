"""The API's authorizer: a Cognito access token or one of ours in, the person's id out.

A token of ours brings its scopes along; whether they suffice, the functions say (web/api.py)."""

from datetime import datetime
from typing import Any

from aws_lambda_powertools import Logger

from accessflows import wiring
from accessflows.actions.sign_in import SignInRefused, sign_in
from accessflows.actions.tokens import bearer_of
from accessflows.model.token import read

logger = Logger()


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    try:
        context = caller(bearer(event), wiring.now())
    except SignInRefused as refusal:
        logger.warning("sign-in refused", reason=str(refusal))
        return {"isAuthorized": False}
    return {"isAuthorized": True, "context": context}


def caller(text: str, now: datetime) -> dict[str, str]:
    """Who calls, and for a token of ours how far it reaches. Raises SignInRefused."""
    if read(text):
        person, scopes, service = bearer_of(wiring.tokens(), wiring.directory(), text, now)
        known = {"person_id": person.id, "scopes": " ".join(scopes)}
        return {**known, "service": service} if service else known
    account = wiring.access_tokens().account(text)
    return {"person_id": sign_in(account, wiring.directory(), wiring.verified_email, now).id}


def bearer(event: dict[str, Any]) -> str:
    """The token of the Authorization header, with or without `Bearer`."""
    header: str = event.get("headers", {}).get("authorization", "")
    scheme, _, token = header.strip().rpartition(" ")
    if not token or scheme.lower() not in ("", "bearer"):
        raise SignInRefused("there is no bearer token")
    return token
