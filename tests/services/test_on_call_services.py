"""PagerDuty and Opsgenie, as a local HTTP server speaks their documented answers."""

import time
from collections.abc import Iterator
from datetime import timedelta
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
from tests.services.server import Answer, Asked, Server

KEY = "not-a-real-key"


@pytest.fixture
def server() -> Iterator[Server]:
    with Server.running() as server:
        yield server


def query(asked: Asked) -> dict[str, list[str]]:
    return parse_qs(urlsplit(asked.path).query)


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
    server.respond = lambda asked: Answer(200, pages[query(asked)["offset"][0]])
    found = PagerDuty(server.url, KEY).on_call(["PI7DH85", "PZ00001"])
    assert found == {
        "PI7DH85": frozenset({"anna@example.com", "ben@example.com"}),
        "PZ00001": frozenset(),
    }
    first = server.asked[0]
    assert urlsplit(first.path).path == "/oncalls"
    assert query(first)["schedule_ids[]"] == ["PI7DH85", "PZ00001"]
    assert query(first)["include[]"] == ["users"]
    assert server.asked[0].headers["Authorization"] == f"Token token={KEY}"
    assert server.asked[0].headers["Accept"] == "application/vnd.pagerduty+json;version=2"


@pytest.mark.req("R49.opsgenie")
def test_opsgenie_is_asked_for_each_schedule(server: Server) -> None:
    on_call = {"d875-1": ["Anna@example.com"], "d875-2": []}

    def respond(asked: Asked) -> Answer:
        schedule = asked.path.split("/")[3]
        parent = {"id": schedule, "name": "Network", "enabled": True}
        data = {"_parent": parent, "onCallRecipients": on_call[schedule]}
        return Answer(200, {"data": data, "took": 0.1, "requestId": "c1"})

    server.respond = respond
    found = Opsgenie(server.url, KEY).on_call(["d875-1", "d875-2"])
    assert found == {"d875-1": frozenset({"anna@example.com"}), "d875-2": frozenset()}
    first = server.asked[0]
    assert urlsplit(first.path).path == "/v2/schedules/d875-1/on-calls"
    assert query(first) == {"scheduleIdentifierType": ["id"], "flat": ["true"]}
    assert server.asked[0].headers["Authorization"] == f"GenieKey {KEY}"


@pytest.mark.parametrize("service", [PagerDuty, Opsgenie])
@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (Answer(401, {"error": {"code": 2006}}), "does not take the API key"),
        (Answer(403, {"message": "no"}), "may not read who is on call"),
        (Answer(404, {}), "no such schedule"),
        (Answer(429, {"message": "slow down"}), "asked too often"),
        (Answer(500, b"oops"), "could not answer \\(HTTP 500\\)"),
        (Answer(302, {}, {"Location": "http://127.0.0.1:9/"}), "could not answer \\(HTTP 302\\)"),
        (Answer(200, b"<html>"), "no JSON"),
        (Answer(200, []), "something else than an object"),
        (Answer(200, {"unexpected": 1}), "reads otherwise than documented"),
    ],
)
def test_whatever_is_no_answer_says_why_and_never_the_key(
    server: Server, service: type[PagerDuty | Opsgenie], answer: Answer, why: str
) -> None:
    server.respond = lambda _: answer
    with pytest.raises(NoAnswer, match=why) as silence:
        service(server.url, KEY).on_call(["PI7DH85"])
    assert KEY not in str(silence.value)
    assert len(server.asked) == 1


def test_pagerduty_leaves_nobody_out_silently(server: Server) -> None:
    page = {"oncalls": [entry("P1", "anna@example.com")], "more": True}
    server.respond = lambda _: Answer(200, page)
    with pytest.raises(NoAnswer, match="name fewer schedules"):
        PagerDuty(server.url, KEY).on_call(["P1"])


def test_a_slow_service_is_not_waited_for_longer_than_allowed(server: Server) -> None:
    def respond(_: Asked) -> Answer:
        time.sleep(1)
        return Answer(200, {})

    server.respond = respond
    began = time.monotonic()
    with pytest.raises(NoAnswer, match="could not be reached"):
        JsonReader(server.url, {}, seconds=0.1).get("/oncalls")
    assert time.monotonic() - began < 0.9


def test_several_reads_share_one_time_limit(server: Server) -> None:
    server.respond = lambda _: Answer(200, {})
    ticks = iter([0.0, 1.0, 4.5])
    reader = JsonReader(server.url, {}, seconds=4, clock=lambda: next(ticks))
    assert reader.get("/one") == {}
    with pytest.raises(NoAnswer, match="took too long"):
        reader.get("/two")
    assert [urlsplit(asked.path).path for asked in server.asked] == ["/one"]


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
    server.respond = lambda _: Answer(status, page)
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
    server.respond = lambda _: Answer(
        200,
        {"oncalls": [], "more": False, "data": {"onCallRecipients": []}},
    )
    with mock_aws():
        secrets = boto3.client("secretsmanager", region_name="eu-central-1")
        secrets.create_secret(Name="accessflows/pagerduty", SecretString=f"{KEY}\n")
        built = service_of(SOURCE.but(kind=kind, region=region), secrets)
    assert isinstance(built, service)
    assert built.on_call(["PI7DH85"]) == {"PI7DH85": frozenset()}
    assert server.asked[0].headers["Authorization"].endswith(KEY)


def test_a_secret_that_is_not_there_is_no_answer() -> None:
    with mock_aws(), pytest.raises(NoAnswer, match="'accessflows/pagerduty' holds no key"):
        service_of(SOURCE, boto3.client("secretsmanager", region_name="eu-central-1"))
