"""PagerDuty and Opsgenie, as a local HTTP server speaks their documented answers."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
from moto import mock_aws

from accessflows.model.on_call import OnCallPlan, OnCallSource
from accessflows.on_call import opsgenie, pagerduty
from accessflows.on_call.current import ANSWER_HOLDS_FOR, SILENCE_HOLDS_FOR, CurrentOnCall
from accessflows.on_call.opsgenie import Opsgenie
from accessflows.on_call.pagerduty import PagerDuty
from accessflows.on_call.reading import JsonReader
from accessflows.on_call.services import service_of
from accessflows.ports import NoAnswer
from tests.factories import NOON

KEY = "not-a-real-key"
Answer = tuple[int, Any]


class Server:
    """Answers what `respond` says, by path and query, and keeps what was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, list[str]]]] = []
        self.headers: list[dict[str, str]] = []
        self.respond: Callable[[str, dict[str, list[str]]], Answer] = lambda *_: (404, {})
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                query = parse_qs(parts.query)
                server.asked.append((parts.path, query))
                server.headers.append(dict(self.headers))
                status, body = server.respond(parts.path, query)
                self.send_response(status)
                if status == 302:
                    self.send_header("Location", str(body))
                self.end_headers()
                self.wfile.write(body if isinstance(body, bytes) else json.dumps(body).encode())

            def log_message(self, *_: Any) -> None:
                """Says nothing."""

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self) -> None:
        self._http.shutdown()
        self._http.server_close()


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.stop()


def entry(schedule: str | None, email: str | None) -> dict[str, Any]:
    """One of PagerDuty's on-calls, users included."""
    user = {"id": "PXPGF42", "type": "user", "summary": "Somebody"}
    return {
        "user": user | ({"email": email} if email else {"type": "user_reference"}),
        "schedule": schedule and {"id": schedule, "type": "schedule_reference", "summary": "S"},
        "escalation_policy": {"id": "PT20YPA", "type": "escalation_policy_reference"},
        "escalation_level": 1,
        "start": "2026-03-02T08:00:00Z",
        "end": "2026-03-09T08:00:00Z",
    }


@pytest.mark.req("R49.pagerduty")
def test_pagerduty_is_read_page_by_page(server: Server) -> None:
    pages = {
        "0": {
            "oncalls": [entry("PI7DH85", "Anna@Example.com"), entry(None, "rita@example.com")],
            "more": True,
        },
        "100": {
            "oncalls": [
                entry("PI7DH85", "ben@example.com"),
                entry("PI7DH85", "ben@example.com"),
                entry("PZ00001", None),
            ],
            "more": False,
        },
    }
    server.respond = lambda _, query: (200, pages[query["offset"][0]])
    found = PagerDuty(server.url, KEY).on_call(["PI7DH85", "PZ00001"])
    assert found == {
        "PI7DH85": frozenset({"anna@example.com", "ben@example.com"}),
        "PZ00001": frozenset(),
    }
    path, query = server.asked[0]
    assert (path, query["schedule_ids[]"], query["include[]"]) == (
        "/oncalls",
        ["PI7DH85", "PZ00001"],
        ["users"],
    )
    assert server.headers[0]["Authorization"] == f"Token token={KEY}"
    assert server.headers[0]["Accept"] == "application/vnd.pagerduty+json;version=2"


@pytest.mark.req("R49.opsgenie")
def test_opsgenie_is_asked_for_each_schedule(server: Server) -> None:
    on_call = {"d875-1": ["Anna@example.com"], "d875-2": []}

    def respond(path: str, _: dict[str, list[str]]) -> Answer:
        schedule = path.split("/")[3]
        parent = {"id": schedule, "name": "Network", "enabled": True}
        data = {"_parent": parent, "onCallRecipients": on_call[schedule]}
        return 200, {"data": data, "took": 0.1, "requestId": "c1"}

    server.respond = respond
    found = Opsgenie(server.url, KEY).on_call(["d875-1", "d875-2"])
    assert found == {"d875-1": frozenset({"anna@example.com"}), "d875-2": frozenset()}
    assert server.asked[0] == (
        "/v2/schedules/d875-1/on-calls",
        {"scheduleIdentifierType": ["id"], "flat": ["true"]},
    )
    assert server.headers[0]["Authorization"] == f"GenieKey {KEY}"


@pytest.mark.parametrize("service", [PagerDuty, Opsgenie])
@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ((401, {"error": {"code": 2006}}), "does not take the API key"),
        ((403, {"message": "no"}), "may not read who is on call"),
        ((404, {}), "no such schedule"),
        ((429, {"message": "slow down"}), "asked too often"),
        ((500, b"oops"), "could not answer \\(HTTP 500\\)"),
        ((302, "http://127.0.0.1:9/"), "could not answer \\(HTTP 302\\)"),
        ((200, b"<html>"), "no JSON"),
        ((200, []), "something else than an object"),
        ((200, {"unexpected": 1}), "reads otherwise than documented"),
    ],
)
def test_whatever_is_no_answer_says_why_and_never_the_key(
    server: Server, service: type[PagerDuty | Opsgenie], answer: Answer, why: str
) -> None:
    server.respond = lambda *_: answer
    with pytest.raises(NoAnswer, match=why) as silence:
        service(server.url, KEY).on_call(["PI7DH85"])
    assert KEY not in str(silence.value)
    assert len(server.asked) == 1


def test_pagerduty_leaves_nobody_out_silently(server: Server) -> None:
    server.respond = lambda *_: (200, {"oncalls": [entry("P1", "anna@example.com")], "more": True})
    with pytest.raises(NoAnswer, match="name fewer schedules"):
        PagerDuty(server.url, KEY).on_call(["P1"])


def test_a_slow_service_is_not_waited_for_longer_than_allowed(server: Server) -> None:
    def respond(*_: Any) -> Answer:
        time.sleep(1)
        return 200, {}

    server.respond = respond
    began = time.monotonic()
    with pytest.raises(NoAnswer, match="could not be reached"):
        JsonReader(server.url, {}, seconds=0.1).get("/oncalls")
    assert time.monotonic() - began < 0.9


def test_several_reads_share_one_time_limit(server: Server) -> None:
    server.respond = lambda *_: (200, {})
    ticks = iter([0.0, 1.0, 4.5])
    reader = JsonReader(server.url, {}, seconds=4, clock=lambda: next(ticks))
    assert reader.get("/one") == {}
    with pytest.raises(NoAnswer, match="took too long"):
        reader.get("/two")
    assert [path for path, _ in server.asked] == ["/one"]


def test_a_service_that_cannot_be_reached_is_silent() -> None:
    with pytest.raises(NoAnswer, match="could not be reached"):
        JsonReader("http://127.0.0.1:9", {}).get("/oncalls")


SOURCE = OnCallSource.model_validate(
    {
        "id": "incidents",
        "kind": "pagerduty",
        "secret": "accessflows/pagerduty",
        "schedules": [{"id": "PI7DH85", "name": "Network"}],
    }
)


def test_a_service_is_asked_once_a_minute_and_a_silent_one_again_sooner(server: Server) -> None:
    status = 200
    page = {"oncalls": [entry("PI7DH85", "anna@example.com")], "more": False}
    server.respond = lambda *_: (status, page)
    plan = OnCallPlan(sources=(SOURCE,))
    on_call = CurrentOnCall(lambda: plan, lambda _: PagerDuty(server.url, KEY))

    def seen(after: timedelta) -> frozenset[str] | None:
        (shift,) = on_call.shifts(NOON + after)
        assert (shift.schedule, shift.name) == ("PI7DH85", "Network")
        return shift.people

    anna, second = frozenset({"anna@example.com"}), timedelta(seconds=1)
    assert seen(timedelta(0)) == anna
    status = 429
    assert seen(ANSWER_HOLDS_FOR - second) == anna
    assert seen(ANSWER_HOLDS_FOR) is None
    status = 200
    assert seen(ANSWER_HOLDS_FOR + SILENCE_HOLDS_FOR - second) is None
    assert seen(ANSWER_HOLDS_FOR + SILENCE_HOLDS_FOR) == anna
    assert len(server.asked) == 3


@pytest.mark.parametrize(
    ("kind", "region", "service", "url"),
    [
        ("pagerduty", "us", PagerDuty, pagerduty.BASE_URLS),
        ("pagerduty", "eu", PagerDuty, pagerduty.BASE_URLS),
        ("opsgenie", "us", Opsgenie, opsgenie.BASE_URLS),
        ("opsgenie", "eu", Opsgenie, opsgenie.BASE_URLS),
    ],
)
def test_a_source_is_spoken_to_with_the_key_of_its_secret(
    monkeypatch: pytest.MonkeyPatch,
    server: Server,
    kind: str,
    region: str,
    service: type,
    url: dict[str, str],
) -> None:
    monkeypatch.setitem(url, region, server.url)
    server.respond = lambda *_: (
        200,
        {"oncalls": [], "more": False, "data": {"onCallRecipients": []}},
    )
    with mock_aws():
        secrets = boto3.client("secretsmanager", region_name="eu-central-1")
        secrets.create_secret(Name="accessflows/pagerduty", SecretString=f"{KEY}\n")
        built = service_of(SOURCE.but(kind=kind, region=region), secrets)
    assert isinstance(built, service)
    assert built.on_call(["PI7DH85"]) == {"PI7DH85": frozenset()}
    assert server.headers[0]["Authorization"].endswith(KEY)


def test_a_secret_that_is_not_there_is_no_answer() -> None:
    with mock_aws(), pytest.raises(NoAnswer, match="'accessflows/pagerduty' holds no key"):
        service_of(SOURCE, boto3.client("secretsmanager", region_name="eu-central-1"))
