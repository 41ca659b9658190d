"""Signing in to Azure as the application whose credentials a secret holds.

Source: Microsoft identity platform, "OAuth 2.0 client credentials flow"."""

from functools import cached_property
from urllib.parse import quote, urlencode

from accessflows.connectors.access_tokens import SignInFailed, Token
from accessflows.connectors.credentials import Secrets
from accessflows.http_json import BadStatus, HttpJson

SIGN_IN = "https://login.microsoftonline.com"
SCOPE = "https://management.azure.com/.default"
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_SECONDS = 4


class AzureSignIn:
    """Buys tokens for Azure Resource Manager.

    Raises SignInFailed, CredentialsMissing and NotAnswered.
    """

    def __init__(self, secrets: Secrets, *, base_url: str = SIGN_IN) -> None:
        self._secrets = secrets
        self._base_url = base_url

    @cached_property
    def _http(self) -> HttpJson:
        return HttpJson(self._base_url)

    def __call__(self, secret: str) -> Token:
        fields = self._secrets.fields(secret, "tenant_id", "client_id", "client_secret")
        path = f"/{quote(fields['tenant_id'], safe='')}/oauth2/v2.0/token"
        form = {
            "grant_type": "client_credentials",
            "client_id": fields["client_id"],
            "client_secret": fields["client_secret"],
            "scope": SCOPE,
        }
        body = urlencode(form).encode()
        try:
            answer = self._http.call("POST", path, body=body, headers=_FORM, seconds=_SECONDS)
        except BadStatus as error:
            raise SignInFailed(
                f"Microsoft Entra does not take what secret {secret!r} holds (HTTP {error.status})"
            ) from error
        return Token(str(answer["access_token"]), float(answer["expires_in"]))
