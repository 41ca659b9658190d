"""The API of reports through its handler: summaries, the access graph and the audit."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from moto import mock_aws

from accessflows import wiring
from accessflows.model.person import Role
from accessflows.model.request import AccessRequest, Status
from accessflows.stores.flows import DynamoFlows
from accessflows.stores.users import DynamoUsers
from functions import activity_api
from tests.doubles.tables import TEST_SETTINGS, create_tables, put_people
from tests.factories import a_flow, a_person, a_resource, a_target, an_approval, in_group
from tests.functions.calls import call, wire
from tests.worlds import World

AT_ONCE = a_flow(
    "at-once",
    targets=(a_target(resources={"names": ("invoices",)}),),
    request_for={"scopes": ["self", "others"], "grantees": in_group("staff")},
)
ASKED = a_flow(
    "asked",
    approval=an_approval("leads"),
    targets=(a_target(resources={"names": ("reports",)}),),
)
EVERYBODY = (
    a_person("rita", groups=("engineers",)),
    a_person("gus", groups=("staff",)),
    a_person("ada", roles=(Role.ADMIN, Role.GRANTEE)),
)
INVOICES = {"integration": "aws-demo", "resource_type": "s3_bucket", "resource": "invoices"}
GRAPH, SUMMARY, AUDIT = "/reports/access-graph", "/reports/summary", "/audit"


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """People as the directory's table holds them; the rest in memory."""
    with mock_aws():
        create_tables()
        resources = [a_resource(), a_resource("reports")]
        world = World(flows=[AT_ONCE, ASKED], resources=resources, people=EVERYBODY)
        users, flows = DynamoUsers(TEST_SETTINGS), DynamoFlows(TEST_SETTINGS)
        put_people(users, *EVERYBODY)
        wire(monkeypatch, world)
        monkeypatch.setattr(wiring, "users", lambda: users)
        monkeypatch.setattr(wiring, "flows", lambda: flows)
        yield world


def held(world: World, **wish: Any) -> AccessRequest:
    request = world.submit(duration=timedelta(hours=1), **wish)
    world.run()
    assert world.status(request) is Status.ACTIVE
    return request


def get(path: str, caller: str = "ada", **query: str) -> Any:
    status, answer = call(activity_api, "GET", path, caller=caller, query=query)
    assert status == 200, answer
    return answer


@pytest.mark.parametrize("path", [GRAPH, SUMMARY, AUDIT])
def test_nobody_but_an_admin_is_told(world: World, path: str) -> None:
    status, problem = call(activity_api, "GET", path, caller="rita", query={"person": "rita"})
    assert (status, problem["type"]) == (403, "urn:accessflows:problem:not-yours")


@pytest.mark.req("R130.summary")
@pytest.mark.parametrize(
    ("query", "what"),
    [
        ({"person": "gus"}, ["others may ask for them"]),
        (INVOICES, ["read", "write"]),
        ({"group": "staff"}, ["for whom"]),
    ],
)
def test_a_summary_holds_the_configuration_and_who_has_what_now(
    world: World, query: dict[str, str], what: list[str]
) -> None:
    request = held(world, grantee_id="gus")
    told = get(SUMMARY, **query)
    assert [(line["flow"]["id"], line["what"]) for line in told["configuration"]] == [
        ("at-once", what)
    ]
    assert [(one["request"], one["person_name"], one["access"]) for one in told["access"]] == [
        (request.id, "Gus", ["read on aws-demo/s3_bucket/invoices"])
    ]
    assert told["whole"]


@pytest.mark.req("N19.person")
def test_the_graph_of_a_person_tells_what_they_could_reach_and_by_which_flows(
    world: World,
) -> None:
    rita, gus = get(GRAPH, person="rita"), get(GRAPH, person="gus")
    assert {flow["id"]: flow["how"] for flow in rita["flows"]} == {
        "at-once": ["may ask for themselves"],
        "asked": ["may ask for themselves"],
    }
    assert {one["resource"]: one["flows"] for one in rita["resources"]} == {
        "invoices": ["at-once"],
        "reports": ["asked"],
    }
    assert [one["resource"] for one in gus["resources"]] == ["invoices"]


@pytest.mark.req("N19.resource", "N19.holders")
def test_the_graph_of_a_resource_tells_who_could_reach_it_and_who_has_it(world: World) -> None:
    request = held(world, grantee_id="gus")
    told = get(GRAPH, **INVOICES)
    (flow,) = told["flows"]
    people = {way["how"]: [p["id"] for p in way["people"]] for way in flow["reached_by"]}
    assert people == {"may ask for themselves": ["rita"], "others may ask for them": ["gus"]}
    assert [(one["request"], one["person"]) for one in told["access"]] == [(request.id, "gus")]


@pytest.mark.req("R130.log")
def test_an_audit_tells_what_happened_and_where_its_chain_breaks(world: World) -> None:
    request = held(world)
    told = get(AUDIT, subject=request.subject)
    assert (told["holds"], told["broken_at"], told["head_agrees"]) == (True, None, True)
    first = told["events"][-1]
    assert (first["kind"], first["actor"], first["actor_name"]) == ("submitted", "rita", "Rita")
    key = (request.subject, 2)
    world.requests.event_rows[key] = world.requests.event_rows[key].but(actor="gus")
    told = get(AUDIT, subject=request.subject)
    assert (told["holds"], told["broken_at"]) == (False, 2)


@pytest.mark.parametrize(
    ("path", "query", "status", "said"),
    [
        (SUMMARY, {}, 400, "say of what"),
        (SUMMARY, {"person": "rita", "group": "staff"}, 400, "say of what"),
        (SUMMARY, {"resource": "invoices"}, 400, "takes all of"),
        (SUMMARY, {"person": "nobody"}, 404, "nobody"),
        (GRAPH, {}, 400, "say of what"),
        (GRAPH, {"person": "rita", "cursor": "x"}, 400, "cursor"),
        (GRAPH, INVOICES | {"resource": "none"}, 404, "none"),
        (AUDIT, {"subject": "flow:none"}, 404, "no events of flow:none"),
        (AUDIT, {"cursor": "x"}, 400, "cursor"),
    ],
)
def test_what_is_asked_wrongly_is_told_what_to_do(
    world: World, path: str, query: dict[str, str], status: int, said: str
) -> None:
    answered, problem = call(activity_api, "GET", path, caller="ada", query=query)
    assert answered == status
    assert said in problem["detail"]
