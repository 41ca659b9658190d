"""The API's authorizer: a Cognito access token in, the person's id out."""

from functools import cache
from typing import Any

import boto3
from aws_lambda_powertools import Logger

from accessflows import wiring
from accessflows.access_token import AccessTokens
from accessflows.actions.sign_in import SignInRefused, sign_in

logger = Logger()


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    try:
        account = tokens().account(bearer(event))
        person = sign_in(account, wiring.directory(), verified_email, wiring.now())
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


@cache
def tokens() -> AccessTokens:
    settings = wiring.settings()
    return AccessTokens(
        pool_id=settings.user_pool_id,
        client_id=settings.user_pool_client_id,
        endpoint_url=settings.aws_endpoint_url,
    )


def verified_email(username: str) -> str | None:
    """The address that the pool has verified of its user, if it has."""
    pool_id = wiring.settings().user_pool_id
    user = boto3.client("cognito-idp").admin_get_user(UserPoolId=pool_id, Username=username)
    attributes = {each["Name"]: each.get("Value") for each in user["UserAttributes"]}
    return attributes.get("email") if attributes.get("email_verified") == "true" else None
