"""The user pool's hosted sign-in pages: where people are sent, and what their code is worth.

Authorization code flow with PKCE: a code is good only with the verifier its sign-in began with."""

import base64
import hashlib
import json
import urllib.error
import urllib.request
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import urlencode

from accessflows.actions.sign_in import SignInRefused

_TIMEOUT_S = 5
_SCOPES = "openid email"


class Tokens(NamedTuple):
    """As they came; nothing in them is checked yet."""

    access: str
    id: str


class HostedPages:
    """url: of the hosted pages; portal_url: where people come back to. No slash at the ends."""

    def __init__(self, url: str, client_id: str, portal_url: str) -> None:
        self.url = url
        self._client_id = client_id
        self._callback = f"{portal_url}/callback"
        self._signed_out = f"{portal_url}/signed-out"

    def sign_in_url(self, *, state: str, nonce: str, verifier: str) -> str:
        """Where a sign-in begins. It comes back with a code and the state."""
        asked = {
            "response_type": "code",
            "client_id": self._client_id,
            "redirect_uri": self._callback,
            "scope": _SCOPES,
            "state": state,
            "nonce": nonce,
            "code_challenge_method": "S256",
            "code_challenge": _challenge(verifier),
        }
        return f"{self.url}/oauth2/authorize?{urlencode(asked)}"

    def sign_out_url(self) -> str:
        """Ends what the pool remembers of the browser, so that the next sign-in asks again."""
        asked = {"client_id": self._client_id, "logout_uri": self._signed_out}
        return f"{self.url}/logout?{urlencode(asked)}"

    def tokens(self, code: str, verifier: str) -> Tokens:
        """What the code is exchanged for, once. Raises SignInRefused for one that is not good."""
        form = {
            "grant_type": "authorization_code",
            "client_id": self._client_id,
            "redirect_uri": self._callback,
            "code": code,
            "code_verifier": verifier,
        }
        asked = urllib.request.Request(  # noqa: S310 (the pool's own address)
            f"{self.url}/oauth2/token",
            data=urlencode(form).encode(),
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        )
        try:
            with urllib.request.urlopen(asked, timeout=_TIMEOUT_S) as answer:  # noqa: S310
                given = json.load(answer)
        except urllib.error.HTTPError as error:
            if error.code != HTTPStatus.BAD_REQUEST:
                raise
            raise SignInRefused("the sign-in pages do not know this code, or any more") from error
        return Tokens(given["access_token"], given["id_token"])


def _challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
