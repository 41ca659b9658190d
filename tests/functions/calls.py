"""HTTP API events as API Gateway sends them (payload 2.0), and what the functions answer."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import ModuleType, SimpleNamespace
from typing import Any, NamedTuple
from urllib.parse import urlencode

import boto3
import pytest
from moto import mock_aws

from accessflows import wiring
from accessflows.cli.validators import VALIDATORS
from accessflows.hosted_pages import HostedPages
from accessflows.model.person import Person
from accessflows.stores.directory import DynamoDirectory
from accessflows.stores.flows import DynamoFlows
from accessflows.stores.requests import DynamoRequests
from tests.doubles.sessions import MemorySessions
from tests.doubles.tables import TEST_SETTINGS, create_tables, put_people
from tests.factories import NOON
from tests.worlds import World

CONTEXT = SimpleNamespace(
    function_name="function",
    memory_limit_in_mb=256,
    invoked_function_arn="arn:aws:lambda:us-east-1:000000000000:function:function",
    aws_request_id="request",
    get_remaining_time_in_millis=lambda: 30_000,
)


def wire(monkeypatch: pytest.MonkeyPatch, world: World) -> None:
    """Have the functions work on this world."""
    monkeypatch.setattr(wiring, "ports", lambda: world.ports)
    monkeypatch.setattr(wiring, "directory", lambda: world.directory)
    monkeypatch.setattr(wiring, "now", world.clock)
    monkeypatch.setattr(wiring, "new_id", lambda: next(world.ids))


@contextmanager
def user_pool(monkeypatch: pytest.MonkeyPatch, *people: Person) -> Iterator[str]:
    """People in the directory's table, at noon, and the id of an empty user pool."""
    with mock_aws():
        create_tables()
        forget_adapters()
        pool = boto3.client("cognito-idp").create_user_pool(PoolName="people")["UserPool"]["Id"]
        settings = TEST_SETTINGS.model_copy(update={"user_pool_id": pool})
        monkeypatch.setattr(wiring, "settings", lambda: settings)
        monkeypatch.setattr(wiring, "now", lambda: NOON)
        put_people(wiring.users(), *people)
        yield pool
    forget_adapters()


def wire_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the functions that configure work on empty tables, at noon. Within moto's mock."""
    create_tables()
    monkeypatch.setattr(wiring, "flows", lambda: DynamoFlows(TEST_SETTINGS))
    monkeypatch.setattr(wiring, "directory", lambda: DynamoDirectory(TEST_SETTINGS))
    monkeypatch.setattr(wiring, "requests", lambda: DynamoRequests(TEST_SETTINGS))
    monkeypatch.setattr(wiring, "connectors", lambda: VALIDATORS)
    monkeypatch.setattr(wiring, "now", lambda: NOON)


def portal_at(site: str, monkeypatch: pytest.MonkeyPatch) -> MemorySessions:
    """Have the pages be at an address, with nobody signed in."""
    sessions = MemorySessions()
    pages = HostedPages("https://hosted.example.com", "client", site)
    monkeypatch.setattr(wiring, "sessions", lambda: sessions)
    monkeypatch.setattr(wiring, "hosted_pages", lambda: pages)
    monkeypatch.setattr(wiring, "public_url", lambda: site)
    return sessions


def forget_adapters() -> None:
    """Each is built once a process, for the settings that it finds."""
    for adapter in vars(wiring).values():
        if hasattr(adapter, "cache_clear"):
            adapter.cache_clear()


def a_wish(**changes: Any) -> dict[str, Any]:
    """The body of a submission."""
    resource = {
        "integration": "aws-demo",
        "resource_type": "s3_bucket",
        "resource": "invoices",
        "permissions": ["read"],
    }
    return {"resources": [resource], **changes}


class Reply(NamedTuple):
    """An answer with its headers."""

    status: int
    headers: Mapping[str, str]
    body: Any


def call(function: ModuleType, method: str, path: str, body: Any = None, **sent: Any) -> Any:
    """The status and the JSON answer; what else may be sent, `send` says."""
    reply = send(function, method, path, body, **sent)
    return reply.status, reply.body


def send(
    function: ModuleType,
    method: str,
    path: str,
    body: Any = None,
    *,
    caller: str = "rita",
    query: Mapping[str, str | list[str]] | None = None,
    headers: dict[str, str] | None = None,
    scopes: str | None = None,
    more: dict[str, str] | None = None,
) -> Reply:
    """What the function answers, as API Gateway would pass it on.

    scopes: of the token that was sent; none for somebody who signed in.
    more: what else the authorizer said.
    """
    said = {"person_id": caller} | ({"scopes": scopes} if scopes is not None else {}) | (more or {})
    event = {
        "version": "2.0",
        "routeKey": f"{method} {path}",
        "rawPath": path,
        "rawQueryString": urlencode(query or {}, doseq=True),
        "queryStringParameters": query
        and {k: v if isinstance(v, str) else ",".join(v) for k, v in query.items()},
        "headers": {"content-type": "application/json", **(headers or {})},
        "requestContext": {
            "http": {"method": method, "path": path},
            "stage": "$default",
            "authorizer": {"lambda": said},
        },
        "body": json.dumps(body) if body is not None else None,
        "isBase64Encoded": False,
    }
    answer = function.handler(event, CONTEXT)
    headers = {
        **answer.get("headers", {}),
        **{name: values[0] for name, values in answer.get("multiValueHeaders", {}).items()},
    }
    return Reply(answer["statusCode"], headers, json.loads(answer["body"]))
