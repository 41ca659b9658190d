"""Delegations: named and ended through the API, kept in tables, seen wherever one decides."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from moto import mock_aws

from accessflows import wiring
from accessflows.actions.apply_config import apply_config
from accessflows.cli.validators import VALIDATORS
from accessflows.model.configuration import Configuration
from accessflows.model.event import first_broken
from accessflows.model.person import Role
from accessflows.stores.delegations import DynamoDelegations
from accessflows.stores.directory import DynamoDirectory
from accessflows.stores.flows import DynamoFlows
from accessflows.stores.requests import DynamoRequests
from functions import approvals_api
from tests.doubles.tables import TEST_SETTINGS, create_tables
from tests.factories import NOON, a_delegation, a_flow, a_person, an_approval, an_integration
from tests.functions.calls import call, wire
from tests.worlds import World

DAY = timedelta(days=1)
PEOPLE = (
    a_person("anna", groups=("leads",)),
    a_person("ben", groups=("security",)),
    a_person("dora"),
)


class Clock:
    """What the functions take for now."""

    now: datetime = NOON


@pytest.fixture
def tables(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    clock, ids = Clock(), iter(f"{n:026d}" for n in range(1, 100))
    with mock_aws():
        create_tables()
        monkeypatch.setattr(wiring, "directory", lambda: DynamoDirectory(TEST_SETTINGS))
        monkeypatch.setattr(wiring, "delegations", lambda: DynamoDelegations(TEST_SETTINGS))
        monkeypatch.setattr(wiring, "now", lambda: clock.now)
        monkeypatch.setattr(wiring, "new_id", lambda: next(ids))
        people = (
            a_person("ada", roles=(Role.ADMIN,)),
            *(person.but(groups=()) for person in PEOPLE),
        )
        apply_config(
            Configuration(people=people, integrations=(an_integration(),)),
            DynamoFlows(TEST_SETTINGS),
            wiring.directory(),
            validators=VALIDATORS,
            now=NOON,
        )
        yield clock


def post(caller: str = "anna", **said: Any) -> tuple[int, Any]:
    body = {"delegate_id": "dora", "to": (NOON + DAY).isoformat(), **said}
    return call(approvals_api, "POST", "/me/delegations", body, caller=caller)


def of(caller: str) -> dict[str, list[str]]:
    status, answer = call(approvals_api, "GET", "/me/delegations", caller=caller)
    assert status == 200, answer
    return {side: [one["id"] for one in answer[side]] for side in ("given", "taken")}


def deciding_for(person_id: str, at: datetime) -> list[str]:
    return [person.id for person in wiring.directory().delegators(person_id, at)]


@pytest.mark.req("N12.delegate", "R129.delegated")
def test_who_is_away_names_a_delegate_for_a_period_and_both_see_it(tables: Clock) -> None:
    status, made = post(reason="on leave", **{"from": (NOON + DAY / 2).isoformat()})
    assert status == 201
    assert (made["delegator_id"], made["delegate_id"], made["running"]) == ("anna", "dora", False)
    assert (made["from"], made["to"]) == ("2026-03-03T00:00:00Z", "2026-03-03T12:00:00Z")
    assert of("anna") == {"given": [made["id"]], "taken": []}
    assert of("dora") == {"given": [], "taken": [made["id"]]}
    assert of("ben") == {"given": [], "taken": []}
    _, shown = call(approvals_api, "GET", "/me/delegations", caller="dora")
    assert shown["taken"][0]["delegator"] == "Anna"


@pytest.mark.req("N12.period")
@pytest.mark.parametrize(
    ("seconds", "runs"), [(-1, False), (0, True), (1, True), (86_399, True), (86_400, False)]
)
def test_a_delegate_counts_from_the_start_on_until_the_end(
    tables: Clock, seconds: int, runs: bool
) -> None:
    starts_at = NOON + DAY
    post(**{"from": starts_at.isoformat(), "to": (starts_at + DAY).isoformat()})
    at = starts_at + timedelta(seconds=seconds)
    assert deciding_for("dora", at) == (["anna"] if runs else [])
    assert wiring.directory().stand_ins(at) == ({"anna": ("dora",)} if runs else {})


@pytest.mark.req("N12.chains")
def test_a_delegate_hands_nothing_on(tables: Clock) -> None:
    post(caller="anna")
    post(caller="dora", delegate_id="ben")
    assert deciding_for("dora", NOON) == ["anna"]
    assert deciding_for("ben", NOON) == ["dora"]


@pytest.mark.req("N12.ended")
@pytest.mark.parametrize("ender", ["anna", "dora"])
def test_either_of_the_two_ends_it_and_it_counts_no_more(tables: Clock, ender: str) -> None:
    _, made = post()
    tables.now = NOON + timedelta(hours=1)
    path = f"/me/delegations/{made['id']}"
    status, ended = call(approvals_api, "DELETE", path, caller=ender)
    assert (status, ended["running"], ended["ended_by"]) == (200, False, ender)
    assert deciding_for("dora", tables.now) == []
    assert wiring.directory().stand_ins(tables.now) == {}
    assert of("anna") == of("dora") == {"given": [], "taken": []}
    assert call(approvals_api, "DELETE", path, caller=ender)[0] == 404
    assert post()[0] == 201


def test_a_third_person_ends_nobodys_delegation(tables: Clock) -> None:
    _, made = post()
    status, problem = call(approvals_api, "DELETE", f"/me/delegations/{made['id']}", caller="ben")
    assert (status, problem["type"]) == (404, "urn:accessflows:problem:not-found")
    assert deciding_for("dora", NOON) == ["anna"]


def test_a_double_click_makes_one(tables: Clock) -> None:
    _, first = post()
    tables.now = NOON + timedelta(seconds=2)
    status, second = post()
    assert (status, second["id"]) == (201, first["id"])
    assert of("anna")["given"] == [first["id"]]


@pytest.mark.req("N12.recorded")
def test_making_and_ending_are_events_of_the_person_who_is_away(tables: Clock) -> None:
    _, made = post()
    call(approvals_api, "DELETE", f"/me/delegations/{made['id']}", caller="dora")
    events = DynamoRequests(TEST_SETTINGS).events("person:anna")
    assert first_broken(events) is None
    assert [(e.kind, e.actor) for e in events[-2:]] == [
        ("delegation_made", "anna"),
        ("delegation_ended", "dora"),
    ]
    assert events[-2].details["delegate"] == "dora"


def test_f14_a_body_that_is_wrong_names_no_delegate(tables: Clock) -> None:
    for said, words in (
        ({"delegate_id": "anna"}, "you decide for yourself"),
        ({"delegate_id": "nobody"}, "no active person 'nobody'"),
        ({"to": (NOON + 91 * DAY).isoformat()}, "90 days at most"),
        ({"to": "2026-03-03T12:00:00"}, "timezone"),
        ({"delegator_id": "ben"}, "delegator_id"),
    ):
        status, problem = post(**said)
        assert status == 400
        assert words in problem["detail"]
    assert of("anna")["given"] == []


def a_world(monkeypatch: pytest.MonkeyPatch, **flow: Any) -> World:
    world = World(flows=[a_flow(**{"approval": an_approval("leads"), **flow})], people=PEOPLE)
    world.directory.delegations["it"] = a_delegation("anna", "dora")
    wire(monkeypatch, world)
    return world


@pytest.mark.req("R129.delegated", "N12.delegate", "N12.told", "N12.recorded")
def test_the_inbox_of_a_delegate_says_in_whose_place(monkeypatch: pytest.MonkeyPatch) -> None:
    world = a_world(monkeypatch)
    request = world.submit()
    _, inbox = call(approvals_api, "GET", "/approvals", caller="dora")
    assert [(one["id"], one["on_behalf_of"]) for one in inbox["requests"]] == [
        (request.id, {"id": "anna", "name": "Anna"})
    ]
    _, own = call(approvals_api, "GET", "/approvals", caller="anna")
    assert [one["on_behalf_of"] for one in own["requests"]] == [None]
    path = f"/approvals/{request.id}/approve"
    status, decided = call(approvals_api, "POST", path, {}, caller="dora")
    assert (status, decided["status"]) == (200, "Granting")
    assert decided["votes"][0]["on_behalf_of"] == "anna"


@pytest.mark.req("N12.ended")
def test_f13_a_delegation_that_was_ended_before_the_click_counts_no_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = a_world(monkeypatch)
    request = world.submit()
    ended = a_delegation("anna", "dora", ended_at=NOON, ended_by="anna")
    world.directory.delegations["it"] = ended
    path = f"/approvals/{request.id}/approve"
    status, problem = call(approvals_api, "POST", path, {}, caller="dora")
    assert (status, problem["type"]) == (403, "urn:accessflows:problem:not-an-approver")
