"""The function behind a mailed link, as the HTTP API calls it."""

import base64
import io
import json
from typing import Any
from urllib.parse import urlencode

import pytest

from accessflows import wiring
from accessflows.model.request import Status
from functions import approve_page
from tests.doubles.mail import KEYS, mailed_token
from tests.factories import a_flow, a_person, an_approval
from tests.functions.calls import CONTEXT
from tests.worlds import World


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    people = [a_person("anna", groups=("leads",))]
    world = World(flows=[a_flow(approval=an_approval("leads"))], people=people)
    monkeypatch.setattr(wiring, "ports", lambda: world.ports)
    monkeypatch.setattr(wiring, "link_keys", lambda: KEYS)
    monkeypatch.setattr(wiring, "now", world.clock)
    monkeypatch.setattr(wiring, "new_id", lambda: next(world.ids))
    return world


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    stream = io.StringIO()
    monkeypatch.setattr(approve_page.logger.registered_handler, "stream", stream)
    return stream


def call(method: str, token: str, form: dict[str, str] | None = None) -> dict[str, Any]:
    """As API Gateway calls: it encodes form bodies in base64."""
    event = {
        "requestContext": {"http": {"method": method, "sourceIp": "203.0.113.7"}},
        "pathParameters": {"token": token},
        "isBase64Encoded": form is not None,
    }
    if form is not None:
        event["body"] = base64.b64encode(urlencode(form).encode()).decode()
    return approve_page.handler(event, CONTEXT)


@pytest.mark.req("N7.page")
def test_f15_a_scanner_that_reads_the_link_changes_nothing(world: World) -> None:
    request = world.submit()
    token = mailed_token(world, request, "anna")
    writes = world.requests.writes
    for method in ("HEAD", "GET", "HEAD", "GET"):
        answer = call(method, token)
        assert answer["statusCode"] == 200
        assert bool(answer["body"]) == (method == "GET")
    assert world.requests.writes == writes
    assert world.status(request) is Status.PENDING_APPROVAL


def test_the_posted_form_decides(world: World) -> None:
    request = world.submit()
    form = {"decision": "approve", "reason": "Größe ✓"}
    answer = call("POST", mailed_token(world, request, "anna"), form)
    assert answer["statusCode"] == 200
    assert world.request(request).votes[0].reason == "Größe ✓"


def test_a_post_without_a_body_decides_nothing(world: World) -> None:
    request = world.submit()
    assert call("POST", mailed_token(world, request, "anna"))["statusCode"] == 422
    assert world.status(request) is Status.PENDING_APPROVAL


def test_every_answer_forbids_keeping_framing_and_telling(world: World) -> None:
    for answer in (call("GET", "x"), call("POST", "x", {"decision": "approve"})):
        assert answer["statusCode"] == 404
        assert answer["headers"]["Cache-Control"] == "no-store"
        assert answer["headers"]["Referrer-Policy"] == "no-referrer"
        assert "default-src 'none'" in answer["headers"]["Content-Security-Policy"]


def test_logs_hold_neither_token_nor_what_was_written(world: World, logged: io.StringIO) -> None:
    request = world.submit(justification="a secret reason to ask")
    token = mailed_token(world, request, "anna")
    call("GET", token)
    call("POST", token, {"decision": "approve", "reason": "my private words"})
    call("POST", token, {"decision": "reject", "reason": "my private words"})
    call("GET", token[:-1])
    entries = [json.loads(line) for line in logged.getvalue().splitlines()]
    assert [(entry["message"], entry["outcome"]) for entry in entries] == [
        ("request decided by link", "approved"),
        ("approval link refused", "used"),
        ("approval link refused", "forged"),
    ]
    (link_id,) = world.requests.links
    for secret in (token, token[:-1], link_id, "private words", "a secret reason"):
        assert secret not in logged.getvalue()
