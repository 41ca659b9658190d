"""The whole API over tables, from its authorizer on.

Everybody is bound to a sign-in, so that the authorizer itself says who is calling."""

import importlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

import pytest
from moto import mock_aws

from accessflows import wiring
from accessflows.actions.apply_config import apply_config
from accessflows.actions.tokens import (
    WantedServiceToken,
    WantedToken,
    make_personal_token,
    make_service_token,
    make_source_token,
)
from accessflows.cli.validators import VALIDATORS
from accessflows.model.configuration import Configuration
from accessflows.model.integration import Kind
from accessflows.model.second_factor import SecondFactor
from accessflows.model.target import Resource
from accessflows.model.token import OF_ADMINS, TokenScope
from cdk.routes import AUTHORISED, BY_SIGNED_LINK, BY_SOURCE_TOKEN, OPEN_TO_ALL
from functions import api_document, authorize
from tests.doubles.kept_rows import KeptRows
from tests.doubles.mail import KEYS
from tests.doubles.mfa import SECRET, PaperSeal
from tests.doubles.pool import CLIENT_ID, Pool
from tests.doubles.tables import TEST_SETTINGS, create_tables, put_people
from tests.doubles.target import MemoryTarget
from tests.factories import NOON
from tests.functions.calls import CONTEXT, Reply, forget_adapters
from tests.functions.endpoint_story import CONFIGURATION, PEOPLE, RESOURCES, SOURCE, VISITOR, live

# As tests/conftest.py says, for tests that share a world.
REGION = "eu-central-1"
TOKEN_ID = "provisioning"
SCOPES = frozenset(TokenScope) - {TokenScope.SCIM}
FUNCTIONS = {
    route: function
    for routes in (AUTHORISED, BY_SIGNED_LINK, BY_SOURCE_TOKEN, OPEN_TO_ALL)
    for function, keys in routes.items()
    for route in keys
}
AUTHORISED_ROUTES = {route for keys in AUTHORISED.values() for route in keys}
# Column of the table -> who calls. Nobody sends no token at all.
CALLERS = {
    "nobody": None,
    "requester": "rita",
    "somebody else": "olga",
    "approver": "anna",
    "reviewer": "vera",
    "admin": "ada",
    "deactivated": "dan",
    "outsider": VISITOR.id,
}


class Unread:
    """A queue that nobody reads."""

    def put(self, _notices: object) -> None: ...


class Sent(NamedTuple):
    """What a call sends besides its address."""

    body: Any = None
    query: Mapping[str, str] = {}
    headers: Mapping[str, str] = {}
    form: Mapping[str, str] | None = None


class EndpointWorld:
    """A deployment in which every call finds the same.

    only, all_but: the admin's tokens, by the one scope that they have, or lack.
    service: a service's, with all the scopes that it can have.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self.requests, self.tokens = live(wiring.requests(), wiring.access_links())
        self.only = {scope: _token_of("ada", {scope}) for scope in SCOPES}
        self.service = _token_of_service()
        self.all_but = {scope: _token_of("ada", SCOPES - {scope}) for scope in (*SCOPES, None)}
        self.kept = KeptRows(REGION)

    @contextmanager
    def aside(self) -> Iterator[None]:
        """What is kept within is forgotten afterwards."""
        before = self.kept
        before.restore()
        self.kept = KeptRows(REGION)
        yield
        self.kept = before

    def call(self, route: str, path: str, sent: Sent, caller: str | None) -> int:
        """The status that somebody who signed in is answered with; nobody sends no token."""
        return self.answer(route, path, sent, caller and self._pool.token(sub=caller)).status

    def answer(self, route: str, path: str, sent: Sent, token: str | None) -> Reply:
        """What the bearer of a token is answered with by API Gateway."""
        self.kept.restore()
        event = _event(route, path, sent)
        if route in AUTHORISED_ROUTES:
            if token is None:
                return Reply(401, {}, None)
            event["headers"]["authorization"] = f"Bearer {token}"
            said = authorize.handler(event, CONTEXT)
            if not said["isAuthorized"]:
                return Reply(403, {}, None)
            event["requestContext"]["authorizer"] = {"lambda": said["context"]}
        function = importlib.import_module(f"functions.{FUNCTIONS[route]}")
        answer = function.handler(event, CONTEXT)
        return Reply(answer["statusCode"], {}, answer["body"])


@contextmanager
def deployed(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Iterator[EndpointWorld]:
    document = folder / "openapi.json"
    document.write_text("{}", encoding="utf-8")
    monkeypatch.setattr(api_document, "DOCUMENT", document)
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws():
        create_tables()
        forget_adapters()
        pool = Pool(monkeypatch)
        _wire(monkeypatch, pool)
        yield EndpointWorld(pool)
    forget_adapters()


def _wire(monkeypatch: pytest.MonkeyPatch, pool: Pool) -> None:
    changes = {"user_pool_id": pool.id, "user_pool_client_id": CLIENT_ID}
    settings = TEST_SETTINGS.model_copy(update=changes)
    monkeypatch.setattr(wiring, "settings", lambda: settings)
    furnish(monkeypatch, CONFIGURATION, RESOURCES)
    directory = wiring.directory()
    put_people(directory, VISITOR)
    for person in (*PEOPLE, VISITOR):
        directory.bind(pool.issuer, person.id, person.id, NOON)
    app = SecondFactor(
        person_id="rita",
        version=1,
        sealed_secret=PaperSeal().close(SECRET, "rita"),
        confirmed_at=NOON,
    )
    wiring.second_factors().put(SecondFactor(person_id="rita"), app)
    make_source_token(
        wiring.tokens(),
        CONFIGURATION.settings,
        source=SOURCE,
        name="Provisioning",
        lives_for=timedelta(days=30),
        actor="ada",
        now=NOON,
        new_id=lambda: TOKEN_ID,
    )


def furnish(
    monkeypatch: pytest.MonkeyPatch, configuration: Configuration, resources: Iterable[Resource]
) -> None:
    """Have the tables hold a configuration and what its integrations have; it is noon."""
    target = MemoryTarget(lambda: NOON)
    connectors = dict.fromkeys((Kind.AWS_IAM, Kind.LAMBDA), target)
    monkeypatch.setattr(wiring, "connectors", lambda: connectors)
    monkeypatch.setattr(wiring, "notice_queue", Unread)
    monkeypatch.setattr(wiring, "link_keys", lambda: KEYS)
    monkeypatch.setattr(wiring, "seal", PaperSeal)
    monkeypatch.setattr(wiring, "now", lambda: NOON)
    flows, directory = wiring.flows(), wiring.directory()
    apply_config(configuration, flows, directory, validators=VALIDATORS, now=NOON)
    there: dict[str, list[Resource]] = {}
    for resource in resources:
        there.setdefault(resource.integration, []).append(resource)
    for integration, held in there.items():
        wiring.inventory().replace(integration, held, NOON)


def _token_of(person_id: str, scopes: Collection[TokenScope]) -> str:
    """A token of the person's with these scopes."""
    made = make_personal_token(
        wiring.tokens(),
        wiring.directory().person(person_id),
        WantedToken(name="Script", scopes=tuple(scopes), lives_for=timedelta(days=1)),
        actor=person_id,
        now=NOON,
        new_id=wiring.new_id,
    )
    return made.text


def _token_of_service() -> str:
    wanted = WantedServiceToken(
        service="ci", name="Pipeline", scopes=tuple(OF_ADMINS), lives_for=timedelta(days=1)
    )
    made = make_service_token(
        wiring.tokens(),
        wiring.directory(),
        wanted,
        actor="ada",
        now=NOON,
        new_id=wiring.new_id,
    )
    return made.text


def _event(route: str, path: str, sent: Sent) -> dict[str, Any]:
    """As API Gateway passes a call on. `path` is the address with its parameters filled in."""
    method, template = route.split(" ")
    body = json.dumps(sent.body) if sent.body is not None else None
    parameters = {
        name.strip("{+}"): value
        for name, value in zip(template.split("/"), path.split("/"), strict=True)
        if name.startswith("{")
    }
    return {
        "version": "2.0",
        "routeKey": route,
        "rawPath": path,
        "rawQueryString": urlencode(sent.query),
        "queryStringParameters": dict(sent.query) or None,
        "pathParameters": parameters or None,
        "headers": {"content-type": "application/json", **sent.headers},
        "requestContext": {
            "http": {"method": method, "path": path, "sourceIp": "203.0.113.7"},
            "stage": "$default",
        },
        "body": urlencode(sent.form) if sent.form is not None else body,
        "isBase64Encoded": False,
    }
