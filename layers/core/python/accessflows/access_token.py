"""Tokens of the user pool: checked in full before anything in them is believed."""

import hmac
from typing import Any

import jwt

from accessflows.actions.sign_in import Account, SignInRefused

_ALGORITHM = "RS256"
_NEEDED = ["exp", "iss", "sub", "token_use", "client_id", "username"]
_NEEDED_OF_ID = ["exp", "iss", "sub", "token_use", "aud", "nonce"]
_KEYS_TIMEOUT_S = 3


class AccessTokens:
    """The access tokens of one client of one user pool. Keys are fetched once and kept."""

    def __init__(self, *, pool_id: str, client_id: str, endpoint_url: str = "") -> None:
        """endpoint_url: of the emulator, which serves the keys itself; empty on AWS."""
        region = pool_id.partition("_")[0]
        issuer = f"https://cognito-idp.{region}.amazonaws.com/{pool_id}"
        base = f"{endpoint_url.rstrip('/')}/{pool_id}" if endpoint_url else issuer
        self._issuer = issuer
        self._client_id = client_id
        self._keys = jwt.PyJWKClient(f"{base}/.well-known/jwks.json", timeout=_KEYS_TIMEOUT_S)

    def account(self, token: str) -> Account:
        """Whose token it is. Raises SignInRefused for one that is not ours, or not any more."""
        claims = self._claims(token, require=_NEEDED, verify_aud=False)
        if claims["token_use"] != "access":  # noqa: S105 - a claim, no secret
            raise SignInRefused("this is no access token")
        if claims["client_id"] != self._client_id:
            raise SignInRefused("the token was given to another client")
        return Account(self._issuer, claims["sub"], claims["username"])

    def check_nonce(self, id_token: str, nonce: str, subject: str) -> None:
        """That the sign-in we began gave this ID token, and gave it for the same subject.

        Raises SignInRefused.
        """
        claims = self._claims(id_token, require=_NEEDED_OF_ID, verify_aud=True)
        if claims["token_use"] != "id":  # noqa: S105 - a claim, no secret
            raise SignInRefused("this is no ID token")
        if claims["sub"] != subject:
            raise SignInRefused("the two tokens are of different people")
        if not hmac.compare_digest(str(claims["nonce"]).encode(), nonce.encode()):
            raise SignInRefused("the token belongs to another sign-in")

    def _claims(self, token: str, *, require: list[str], verify_aud: bool) -> dict[str, Any]:
        try:
            key = self._keys.get_signing_key_from_jwt(token)
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=[_ALGORITHM],
                issuer=self._issuer,
                audience=self._client_id if verify_aud else None,
                options={"require": require, "verify_aud": verify_aud},
            )
        except jwt.PyJWKClientConnectionError:
            raise
        except jwt.PyJWTError as error:
            raise SignInRefused(f"the token does not hold: {error}") from error
        return claims
