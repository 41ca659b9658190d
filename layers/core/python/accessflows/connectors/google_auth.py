"""Signing in to Google's APIs as the service account whose key a secret holds.

The secret is the key file as Google gives it. Where it is sent is not the file's to say.
Source: Google Identity, "Using OAuth 2.0 for Server to Server Applications"."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cached_property
from urllib.parse import urlencode

from accessflows.connectors.access_tokens import SignInFailed, Token
from accessflows.connectors.credentials import Secrets
from accessflows.http_json import BadStatus, HttpJson

SIGN_IN = "https://oauth2.googleapis.com"
AUDIENCE = f"{SIGN_IN}/token"
_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_VALID_FOR = timedelta(hours=1)
_SECONDS = 4


def _now() -> datetime:
    return datetime.now(UTC)


class GoogleSignIn:
    """Buys tokens of one scope. Raises SignInFailed, CredentialsMissing and NotAnswered."""

    def __init__(
        self,
        secrets: Secrets,
        scope: str,
        *,
        base_url: str = SIGN_IN,
        clock: Callable[[], datetime] = _now,
    ) -> None:
        self._secrets = secrets
        self._scope = scope
        self._base_url = base_url
        self._clock = clock

    @cached_property
    def _http(self) -> HttpJson:
        return HttpJson(self._base_url)

    def __call__(self, secret: str) -> Token:
        form = {"grant_type": _GRANT, "assertion": self._assertion(secret)}
        body = urlencode(form).encode()
        try:
            answer = self._http.call("POST", "/token", body=body, headers=_FORM, seconds=_SECONDS)
        except BadStatus as error:
            raise SignInFailed(f"Google does not take the key in secret {secret!r}") from error
        return Token(str(answer["access_token"]), float(answer["expires_in"]))

    def _assertion(self, secret: str) -> str:
        import jwt

        key = self._secrets.fields(secret, "client_email", "private_key", "private_key_id")
        now = self._clock()
        claims = {
            "iss": key["client_email"],
            "scope": self._scope,
            "aud": AUDIENCE,
            "iat": now,
            "exp": now + _VALID_FOR,
        }
        headers = {"kid": key["private_key_id"]}
        try:
            return jwt.encode(claims, key["private_key"], algorithm="RS256", headers=headers)
        except (ValueError, jwt.PyJWTError) as error:
            raise SignInFailed(f"private_key in secret {secret!r} is no RSA key") from error
