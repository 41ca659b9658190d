"""The API for people who ask for others."""

from typing import Any

import pytest

from accessflows import wiring
from functions import requests_api
from tests.factories import a_flow, a_person, in_group
from tests.functions.calls import call
from tests.worlds import World


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    scopes = {"scopes": ["self", "others"], "grantees": in_group("contractors")}
    world = World(
        flows=[a_flow(request_for=scopes)],
        people=[a_person("carl", groups=("contractors",)), a_person("eve")],
    )
    monkeypatch.setattr(wiring, "ports", lambda: world.ports)
    monkeypatch.setattr(wiring, "directory", lambda: world.directory)
    monkeypatch.setattr(wiring, "now", world.clock)
    monkeypatch.setattr(wiring, "new_id", lambda: next(world.ids))
    return world


def a_wish(**changes: Any) -> dict[str, Any]:
    resource = {
        "integration": "aws-demo",
        "resource_type": "s3_bucket",
        "resource": "invoices",
        "permissions": ["read"],
    }
    return {"resources": [resource], **changes}


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
