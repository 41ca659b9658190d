"""The API of what can be asked for, through its handler, over stores in memory."""

from typing import Any

import pytest

from accessflows.model.person import Role
from accessflows.model.target import BundleTarget, ScopeTarget
from functions import inventory_api, requests_api
from tests.factories import (
    a_bundle,
    a_catalogue,
    a_flow,
    a_person,
    a_resource,
    a_scope,
    a_target,
)
from tests.functions.calls import call, wire
from tests.worlds import World


@pytest.fixture(autouse=True)
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    world = World(
        flows=[
            a_flow(
                targets=(
                    a_target(),
                    BundleTarget(bundle="starter"),
                    ScopeTarget(access_scope="found"),
                )
            )
        ],
        people=[a_person("ada", roles=(Role.ADMIN,)), a_person("eve")],
        resources=[
            a_resource(tags={"env": "production", "cost": "a,b:c"}),
            a_resource("logs", tags={"env": "staging"}),
            a_resource("orders", resource_type="dynamodb_table", permissions=("read",)),
        ],
        catalogue=a_catalogue(
            a_bundle(a_target(resource_type="dynamodb_table", permissions=("read",))),
            a_scope('resource_name = "logs" and permission = "admin"'),
        ),
    )
    wire(monkeypatch, world)
    return world


def get(path: str, *, caller: str = "rita", **query: str | list[str]) -> tuple[int, Any]:
    return call(inventory_api, "GET", path, caller=caller, query=query)


@pytest.mark.req("R80.api", "R81.api", "R82.api")
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, ["orders", "invoices", "logs"]),
        ({"name": "INV"}, ["invoices"]),
        ({"resource_type": ["s3_bucket", "secret"]}, ["invoices", "logs"]),
        ({"permission": ["write", "admin"]}, ["invoices", "logs"]),
        ({"tag": "env:staging"}, ["logs"]),
        ({"tag": ["env:staging", "env:production"]}, ["invoices", "logs"]),
        ({"tag": ["env:production", "cost:a,b:c"]}, ["invoices"]),
        ({"integration": "aws-other"}, []),
    ],
)
def test_resources_are_found(query: Any, expected: list[str]) -> None:
    status, answer = get("/inventory/resources", **query)
    assert status == 200, answer
    assert [resource["name"] for resource in answer["resources"]] == expected
    assert answer["cursor"] is None


def test_a_resource_shows_what_may_be_asked_of_it() -> None:
    _, answer = get("/inventory/resources", name="logs")
    assert answer["resources"] == [
        {
            "integration": "aws-demo",
            "resource_type": "s3_bucket",
            "name": "logs",
            "tags": {"env": "staging"},
            "permissions": ["read", "write", "admin"],
        }
    ]


@pytest.mark.parametrize("query", [{"tag": "env"}, {"tag": ":x"}, {"tag": ""}, {"cursor": "x"}])
def test_what_cannot_be_read_is_bad_input(query: Any) -> None:
    status, problem = get("/inventory/resources", **query)
    assert (status, problem["type"]) == (400, "urn:accessflows:problem:bad-input")


def test_for_whom_is_asked_counts() -> None:
    assert get("/inventory/resources", grantee_id="nobody")[0] == 404
    assert get("/inventory/resources", grantee_id="eve")[1]["resources"] == []


@pytest.mark.req("R31.api", "R37.api")
@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/bundles/starter/contents", [("orders", ["read"])]),
        ("/access-scopes/found/contents", [("logs", ["admin"])]),
    ],
)
def test_contents_are_shown_to_whom_they_are_open(path: str, expected: Any) -> None:
    for person in ("rita", "ada"):
        status, answer = get(path, caller=person)
        assert status == 200
        assert [(r["name"], r["permissions"]) for r in answer["resources"]] == expected
    assert get(path, caller="eve")[0] == 404


@pytest.mark.req("R36.api")
def test_bundles_and_scopes_are_found_by_name() -> None:
    _, answer = get("/access-scopes", name="OUN")
    assert [scope["id"] for scope in answer["access_scopes"]] == ["found"]
    assert get("/access-scopes", name="x")[1] == {"access_scopes": []}
    _, answer = get("/bundles", name="start")
    assert [bundle["name"] for bundle in answer["bundles"]] == ["Starter"]


@pytest.mark.req("R89.api")
def test_a_bundle_is_asked_for_over_the_api() -> None:
    status, answer = call(requests_api, "POST", "/access-requests", {"bundles": ["starter"]})
    assert status == 201, answer
    _, shown = call(requests_api, "GET", f"/access-requests/{answer['requests'][0]['id']}")
    (batch,) = shown["batches"]
    assert [e["resource"] for e in batch["entitlements"]] == ["orders"]
    status, problem = call(requests_api, "POST", "/access-requests", {"bundles": ["nowhere"]})
    assert (status, problem["type"]) == (404, "urn:accessflows:problem:not-found")


@pytest.mark.req("R88.api")
def test_an_app_is_found_and_asked_for_over_the_api(world: World) -> None:
    assert get("/apps")[1] == {"apps": []}
    world.ports.inventory.replace("aws-demo", [a_resource("logs")], world.now)
    status, answer = get("/apps", name="demo")
    assert status == 200, answer
    (app,) = answer["apps"]
    assert (app["id"], app["resource"]["name"]) == ("aws-demo", "logs")
    status, answer = call(requests_api, "POST", "/access-requests", {"apps": ["aws-demo"]})
    assert status == 201, answer
    status, problem = call(requests_api, "POST", "/access-requests", {"apps": ["wiki"]})
    assert (status, problem["type"]) == (404, "urn:accessflows:problem:not-found")
    status, problem = call(requests_api, "POST", "/access-requests", {})
    assert (status, "`resources`, `bundles` or `apps`" in problem["detail"]) == (400, True)


@pytest.mark.req("R126.locked")
def test_a_resource_has_an_address_that_a_link_can_carry(world: World) -> None:
    place = {"integration": "aws-demo", "resource_type": "s3_bucket", "resource": "logs"}

    def look(caller: str = "rita", **changes: str) -> tuple[int, Any]:
        return call(requests_api, "GET", "/resources", caller=caller, query={**place, **changes})

    status, shown = look()
    assert status == 200, shown
    assert (shown["state"], shown["name"], shown["requests"]) == ("locked", "logs", [])
    (way,) = shown["can_ask"]
    assert [e["permission"] for e in way["entitlements"]] == ["read", "write", "admin"]
    assert (way["longest_duration"], way["needs_preset"], way["approval"]) == ("PT1H", False, None)
    assert look(caller="eve")[0] == look(resource="a/b c")[0] == 404
    assert call(requests_api, "GET", "/resources")[0] in (400, 422)
