"""The API's authorizer: a Cognito access token in, the person's id out."""

from typing import Any

from aws_lambda_powertools import Logger

from accessflows import wiring
from accessflows.actions.sign_in import SignInRefused, sign_in

logger = Logger()


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    try:
        account = wiring.access_tokens().account(bearer(event))
        person = sign_in(account, wiring.directory(), wiring.verified_email, wiring.now())
    except SignInRefused as refusal:
        logger.warning("sign-in refused", reason=str(refusal))
        return {"isAuthorized": False}
    return {"isAuthorized": True, "context": {"person_id": person.id}}


def bearer(event: dict[str, Any]) -> str:
    """The token of the Authorization header, with or without `Bearer`."""
    header: str = event.get("headers", {}).get("authorization", "")
    scheme, _, token = header.strip().rpartition(" ")
    if not token or scheme.lower() not in ("", "bearer"):
        raise SignInRefused("there is no bearer token")
    return token
