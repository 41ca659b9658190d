"""A system behind a web address of the organisation's: each message is a signed POST.

docs/own-systems.md says what a receiver has to look at."""

import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from accessflows.connectors import credentials
from accessflows.connectors.credentials import CredentialsMissing, Secrets
from accessflows.http_json import BadStatus, HttpJson, address_problem

# Two calls, grant and observe, fit into the 30 s of the function that makes them.
SECONDS = 11.0
SIGNATURE, TIMESTAMP, MESSAGE_ID = (
    "Accessflows-Signature",
    "Accessflows-Timestamp",
    "Accessflows-Message-Id",
)
_SHORTEST_KEY = 32
_MOST_KEYS = 3


class CallRefused(Exception):
    """The receiver answered with an error. What it did is not known."""


class Webhook:
    """secrets: where signing keys are read. clock: seconds since 1970."""

    def __init__(
        self, secrets: Secrets | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        self._secrets = secrets or Secrets()
        self._clock = clock

    def known(self) -> tuple[str, ...]:
        return ("url", credentials.SECRET)

    def problems(self, settings: Mapping[str, Any]) -> list[str]:
        return [*_address(settings.get("url")), *credentials.problems(settings)]

    def undeployed(
        self, settings: Mapping[str, Any], deployed: Sequence[Mapping[str, Any]]
    ) -> list[str]:
        # What is signed for one system would be obeyed by another that has the same key.
        return credentials.undeployed(settings, deployed, "url")

    def call(self, settings: Mapping[str, Any], message: Mapping[str, Any]) -> object:
        body = json.dumps(message).encode()
        timestamp = str(int(self._clock()))
        headers = {
            MESSAGE_ID: hashlib.sha256(body).hexdigest()[:32],
            TIMESTAMP: timestamp,
            SIGNATURE: signature(self._keys(str(settings["secret"])), timestamp, body),
        }
        try:
            return HttpJson(str(settings["url"])).call(
                "POST", headers=headers, body=body, seconds=SECONDS
            )
        except BadStatus as error:
            raise CallRefused(f"{error} to {message['action']}") from error

    def _keys(self, secret: str) -> list[str]:
        """The one that signs, or several while they change."""
        held = self._secrets.fields(secret).get("signing_key")
        keys = held if isinstance(held, list) else [held]
        good = [key for key in keys if isinstance(key, str) and len(key) >= _SHORTEST_KEY]
        if not 1 <= len(good) == len(keys) <= _MOST_KEYS:
            raise CredentialsMissing(
                f"secret {secret!r} needs `signing_key`: at least {_SHORTEST_KEY} characters, or a "
                f"list of up to {_MOST_KEYS} such keys while they change"
            )
        return good


def signature(keys: Sequence[str], timestamp: str, body: bytes) -> str:
    """The header's value: `v1=` and the hex of an HMAC-SHA256, one for each key."""
    signed = timestamp.encode() + b"." + body
    made = (hmac.new(key.encode(), signed, hashlib.sha256).hexdigest() for key in keys)
    return ",".join(f"v1={each}" for each in made)


def _address(url: object) -> list[str]:
    if url is None:
        return ["url is missing: name the address that takes the messages"]
    problem = address_problem(url)
    return [f"url {problem}"] if problem else []
