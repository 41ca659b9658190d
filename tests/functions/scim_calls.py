"""An identity provider in tests: it has a token, and calls the function by SCIM."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from accessflows import wiring
from accessflows.actions.tokens import make_source_token
from accessflows.model.account import AccountSettings, IdentitySource, SourceKind
from accessflows.model.configuration import CurrentSet
from accessflows.stores.sources import DynamoSources
from accessflows.stores.tokens import DynamoTokens
from functions import scim_api
from tests.doubles.scim import Answered, Called
from tests.doubles.tables import TEST_SETTINGS
from tests.factories import NOON
from tests.functions.calls import CONTEXT

BASE = "http://localhost"
SETTINGS = AccountSettings(
    identity_sources=tuple(
        IdentitySource(id=name, name=name.capitalize(), kind=SourceKind.SCIM)
        for name in ("okta", "entra")
    )
)


class Provider:
    """An identity provider that pushes to us. now: moves by a second a call."""

    def __init__(self, source: str = "okta") -> None:
        self.now = NOON
        self.calls = 0
        self.store = DynamoSources(TEST_SETTINGS)
        self.tokens = DynamoTokens(TEST_SETTINGS)
        self.ids = iter(f"01PERSON{n:018d}" for n in range(1_000))
        self.token = self.new_token(source)

    def new_token(self, source: str, **changes: Any) -> str:
        asked: dict[str, Any] = {"lives_for": timedelta(days=1), "name": "Token", **changes}
        made = make_source_token(
            self.tokens,
            SETTINGS,
            source=source,
            actor="ada",
            now=self.now,
            new_id=lambda: next(self.ids),
            **asked,
        )
        return made.text

    def clock(self) -> datetime:
        return self.now

    def wire(self, monkeypatch: Any) -> None:
        class Flows:
            @staticmethod
            def current_set() -> CurrentSet:
                return CurrentSet(settings=SETTINGS)

        monkeypatch.setattr(wiring, "sources", lambda: self.store)
        monkeypatch.setattr(wiring, "tokens", lambda: self.tokens)
        monkeypatch.setattr(wiring, "flows", lambda: Flows)
        monkeypatch.setattr(wiring, "now", self.clock)
        monkeypatch.setattr(wiring, "public_url", lambda: BASE)
        monkeypatch.setattr(wiring, "new_id", lambda: next(self.ids))

    def call(self, called: Called) -> Answered:
        self.now += timedelta(seconds=1)
        self.calls += 1
        event = {
            "version": "2.0",
            "routeKey": f"{called.method} {called.path}",
            "rawPath": called.path,
            "rawQueryString": called.query,
            "headers": dict(called.headers),
            "requestContext": {"http": {"method": called.method, "path": called.path}},
            "body": called.body.decode() or None,
            "isBase64Encoded": False,
        }
        answer = scim_api.handler(event, CONTEXT)
        return Answered(answer["statusCode"], answer["headers"], answer["body"].encode())

    def send(
        self, method: str, path: str, body: Any = None, *, token: str | None = None, **headers: str
    ) -> Answered:
        """One call with this provider's token. path: below /scim/v2, with the query."""
        parts = urlsplit(path)
        return self.call(
            Called(
                method,
                f"/scim/v2{parts.path}",
                parts.query,
                {
                    "authorization": f"Bearer {token or self.token}",
                    "content-type": "application/scim+json",
                    **{name.replace("_", "-"): value for name, value in headers.items()},
                },
                b"" if body is None else json.dumps(body).encode(),
            )
        )

    def ok(self, method: str, path: str, body: Any = None) -> Any:
        answer = self.send(method, path, body)
        assert answer.status < 300, answer
        return answer.json

    def find(self, path: str) -> Iterator[dict[str, Any]]:
        yield from self.ok("GET", path)["Resources"]
