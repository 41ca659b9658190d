"""The API for people who ask for others."""

from datetime import timedelta
from typing import Any

import pytest

from accessflows.model.account import AccountSettings, TicketType
from functions import requests_api
from tests.factories import a_flow, a_person, in_group
from tests.functions.calls import a_wish, call, wire
from tests.worlds import World


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    scopes = {"scopes": ["self", "others"], "grantees": in_group("contractors")}
    world = World(
        flows=[a_flow(request_for=scopes)],
        people=[a_person("carl", groups=("contractors",)), a_person("eve")],
    )
    wire(monkeypatch, world)
    return world


@pytest.mark.req("R23.list")
def test_the_people_one_may_ask_for_are_told_by_name_and_address(world: World) -> None:
    status, answer = call(requests_api, "GET", "/me/grantees")
    assert status == 200
    assert answer == {
        "grantees": [
            {"id": "carl", "name": "Carl", "email": "carl@example.com", "flows": ["buckets"]},
            {"id": "rita", "name": "Rita", "email": "rita@example.com", "flows": ["buckets"]},
        ],
        "cursor": None,
    }
    _, found = call(requests_api, "GET", "/me/grantees", query={"name": "car"})
    assert [grantee["id"] for grantee in found["grantees"]] == ["carl"]
    _, nobody = call(requests_api, "GET", "/me/grantees", caller="eve")
    assert nobody["grantees"] == []
    assert call(requests_api, "GET", "/me/grantees", query={"cursor": "x"})[0] == 400


@pytest.mark.req("R22.contractor")
def test_who_receives_sees_the_request_and_who_asked_lists_it(world: World) -> None:
    status, made = call(requests_api, "POST", "/access-requests", a_wish(grantee_id="carl"))
    assert status == 201
    request_id = made["requests"][0]["id"]
    as_grantee = {"role": "grantee"}
    _, carls = call(requests_api, "GET", "/access-requests", query=as_grantee, caller="carl")
    _, ritas = call(requests_api, "GET", "/access-requests")
    assert [r["id"] for r in carls["requests"]] == [r["id"] for r in ritas["requests"]]
    world.run()
    path = f"/access-requests/{request_id}"
    assert call(requests_api, "GET", path, caller="carl")[1]["access_details"]
    assert call(requests_api, "POST", f"{path}/revoke", {}, caller="carl")[0] == 403
    assert call(requests_api, "POST", f"{path}/revoke", {})[0] == 200
    status, problem = call(requests_api, "POST", "/access-requests", a_wish(grantee_id="eve"))
    assert (status, problem["detail"]) == (403, "no access flow lets you ask for this for Eve")


TICKETS = AccountSettings(
    ticket_types=(TicketType(id="jira", name="Jira", url="https://tracker.example/{id}"),)
)


def ask(**changes: Any) -> str:
    status, answer = call(requests_api, "POST", "/access-requests", a_wish(**changes))
    assert status == 201, answer
    return f"/access-requests/{answer['requests'][0]['id']}"


@pytest.mark.req("R101", "R103.api")
def test_asking_again_takes_one_call_with_or_without_a_body(world: World) -> None:
    path = ask(justification="audit")
    status, problem = call(requests_api, "POST", f"{path}/request-again", {})
    assert (status, problem["type"]) == (409, "urn:accessflows:problem:still-open")
    world.run(timedelta(hours=2))
    for body, duration in [(None, "PT1H"), ({}, "PT1H"), ({"duration": "PT10M"}, "PT10M")]:
        status, made = call(requests_api, "POST", f"{path}/request-again", body)
        assert status == 201, made
        (request,) = made["requests"]
        assert (request["justification"], request["duration"]) == ("audit", duration)
    status, _ = call(requests_api, "POST", f"{path}/request-again", {"grantee_id": "eve"})
    assert status == 400
    assert call(requests_api, "POST", f"{path}/request-again", {}, caller="eve")[0] == 404


def test_a_double_click_on_asking_again_is_one_submission(world: World) -> None:
    path = ask()
    world.run(timedelta(hours=2))
    made = [
        call(requests_api, "POST", f"{path}/request-again", {}, headers={"idempotency-key": "k"})
        for _ in range(2)
    ]
    assert made[0] == made[1]
    assert made[0][0] == 201


@pytest.mark.req("R102.recent", "R102.favourites", "R104")
def test_favourites_are_starred_listed_and_part_of_ones_access(world: World) -> None:
    mine, carls = ask(), ask(grantee_id="carl")
    assert call(requests_api, "POST", f"{mine}/favorite")[1]["favorite"] is True
    assert call(requests_api, "POST", f"{carls}/favorite")[0] == 403
    starred = {"favorite": "true"}
    _, listed = call(requests_api, "GET", "/access-requests", query=starred)
    assert [f"/access-requests/{r['id']}" for r in listed["requests"]] == [mine]
    world.run()
    status, access = call(requests_api, "GET", "/me/access")
    assert status == 200
    (held,) = access["active"]
    assert (held["status"], held["access_details"]) == ("Active", ["use user/demo-rita"])
    assert held["batches"][0]["state"] == "granted"
    assert (access["recent"], len(access["favourites"])) == ([], 1)
    world.run(timedelta(hours=2))
    _, access = call(requests_api, "GET", "/me/access")
    assert (access["active"], [r["status"] for r in access["recent"]]) == ([], ["Expired"])
    assert call(requests_api, "DELETE", f"{mine}/favorite") == (
        200,
        {"id": mine.rpartition("/")[2], "favorite": False},
    )
    assert call(requests_api, "GET", "/access-requests", query=starred)[1]["requests"] == []


@pytest.mark.req("R62.api", "R74", "R75.again", "R75.by_hand")
def test_the_flows_one_may_use_are_told_with_what_they_ask_for(world: World) -> None:
    shown: dict[str, Any] = {
        "version": 2,
        "description": "For the finance team.",
        "duration_presets": ["PT15M", "PT1H"],
        "settings": {
            "labels": ["finance", "sensitive"],
            "ticket": {"type": "jira", "pattern": "OPS-.*"},
        },
    }
    world.flow_store.change(a_flow(**shown))
    status, answer = call(requests_api, "GET", "/access-flows")
    assert status == 200
    (flow,) = answer["access_flows"]
    assert (flow["id"], flow["version"], flow["labels"]) == (
        "buckets",
        2,
        ["finance", "sensitive"],
    )
    assert (flow["longest_duration"], flow["duration_presets"]) == ("PT1H", ["PT15M", "PT1H"])
    assert flow["ticket"] == {"type": "jira", "pattern": "OPS-.*"}
    assert flow["description"] == "For the finance team."
    before = flow["description_generated"]
    assert before.startswith("Buckets lets people whose group is engineers ask for themselves")
    world.flow_store.change(a_flow(version=3, grant_duration=timedelta(hours=2)))
    (flow,) = call(requests_api, "GET", "/access-flows")[1]["access_flows"]
    assert "2 hours" in flow["description_generated"]
    assert flow["description_generated"] != before
    assert call(requests_api, "GET", "/access-flows", caller="eve")[1] == {"access_flows": []}


@pytest.mark.req("R86.required", "R87")
def test_a_dry_run_tells_of_the_ticket_and_the_request_shows_its_link(world: World) -> None:
    ticket = {"type": "jira", "pattern": "OPS-.*"}
    world.flow_store.change(
        a_flow(version=2, duration_presets=("PT15M",), settings={"ticket": ticket})
    )
    world.flow_store.account = TICKETS
    _, dry = call(requests_api, "POST", "/access-requests/dry-run", a_wish())
    assert [refusal["type"] for refusal in dry["refused"]] == ["bad-input"]
    (would,) = dry["requests"]
    assert (would["ticket"], would["duration_presets"]) == (ticket, ["PT15M"])
    path = ask(ticket={"type": "jira", "id": "OPS-1"})
    _, shown = call(requests_api, "GET", path)
    assert shown["ticket"] == {
        "type": "jira",
        "id": "OPS-1",
        "name": "Jira",
        "url": "https://tracker.example/OPS-1",
    }
    wrong = a_wish(ticket={"type": "jira", "id": "OPS-1", "url": "https://evil.example"})
    assert call(requests_api, "POST", "/access-requests", wrong)[0] == 400
