"""Request settings of resources that admins write: one entry, and the flows that follow it."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from moto import mock_aws

from accessflows import wiring
from accessflows.actions.apply_config import apply_config
from accessflows.cli.validators import VALIDATORS
from accessflows.model.account import AccountSettings
from accessflows.model.configuration import Configuration, Origin, Section
from accessflows.model.event import EventKind, first_broken
from accessflows.model.flow import ResourceAccess
from accessflows.model.person import DirectoryGroup, Role
from accessflows.model.refusal import BadInput
from functions import admin_api
from tests.factories import NOON, a_flow, a_person, an_integration
from tests.functions.calls import Reply, call, send, wire_tables

ACCESS = "/configuration/resource-access"
FLOWS = "/configuration/access-flows"
FILES = Configuration(
    flows=(a_flow("buckets", version=0),),
    integrations=(an_integration(),),
    people=(
        *(a_person(name, roles=(Role.ADMIN, Role.GRANTEE)) for name in ("ada", "alf")),
        a_person("rita"),
    ),
    groups=(
        DirectoryGroup(id="engineers", name="Engineers", members=("rita",)),
        DirectoryGroup(id="leads", name="Leads", members=("ada",)),
    ),
)
INVOICES: dict[str, Any] = {
    "id": "invoices",
    "integration": "aws-demo",
    "resource_type": "s3_bucket",
    "resource": "invoices",
    "permissions": ["read"],
    "default": {"presets": ["PT1H", "PT12H"], "approval": "manual", "reviewers": ["leads"]},
    "groups": [{"group": "engineers", "access": {"duration": "custom", "approval": "automatic"}}],
}


@pytest.fixture(autouse=True)
def deployed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with mock_aws():
        wire_tables(monkeypatch)
        deploy(FILES)
        yield


def deploy(configuration: Configuration) -> None:
    apply_config(configuration, wiring.flows(), wiring.directory(), validators=VALIDATORS, now=NOON)


def post(body: Any, path: str = ACCESS) -> tuple[int, Any]:
    return call(admin_api, "POST", path, body, caller="ada")


def change(method: str, path: str, body: Any = None, caller: str = "ada") -> Reply:
    return send(admin_api, method, path, body, caller=caller, headers={"if-match": "*"})


def flows() -> dict[str, int]:
    """Name -> version of the flows that request settings come to."""
    return {flow.name: flow.version for flow in wiring.flows().current() if flow.made_from}


@pytest.mark.req("R125.own", "R127.presets", "R127.custom")
def test_one_entry_and_its_flows_come_change_and_go_together() -> None:
    assert post(INVOICES)[0] == 201
    assert flows() == {"Access to invoices": 1, "Access to invoices for engineers": 1}
    longest = {flow.name: flow.grant_duration for flow in wiring.flows().current()}
    assert longest["Access to invoices for engineers"] == timedelta(days=7)
    assert longest["Access to invoices"] == timedelta(hours=12)

    standing = INVOICES | {"groups": [{"group": "engineers", "access": "not_required"}]}
    assert change("PUT", f"{ACCESS}/invoices", standing).status == 200
    assert flows() == {"Access to invoices": 1, "Standing access to invoices": 1}

    assert change("DELETE", f"{ACCESS}/invoices").status == 200
    assert flows() == {}
    for subject in ("resource_access:invoices", "settings:account"):
        assert first_broken(wiring.requests().events(subject)) is None
    events = wiring.requests().events("resource_access:invoices")
    assert [(event.kind, event.actor) for event in events] == [
        (EventKind.RESOURCE_ACCESS_CHANGED, "ada")
    ] * 3


def test_the_same_entry_again_moves_nothing() -> None:
    post(INVOICES)
    before = wiring.flows().current_set()
    assert change("PUT", f"{ACCESS}/invoices", INVOICES).status == 200
    assert wiring.flows().current_set() == before


def test_a_flow_that_follows_from_settings_is_changed_by_changing_them() -> None:
    post(INVOICES)
    made = next(flow for flow in wiring.flows().current() if flow.made_from)
    assert wiring.flows().current_set().origin(Section.FLOWS, made.id) is Origin.API
    for method, body in (("PUT", a_flow(made.id, version=0).to_data()), ("DELETE", None)):
        if body:
            body.pop("version")
        refused = change(method, f"{FLOWS}/{made.id}", body)
        assert refused.status == 409
        assert refused.body["type"] == "urn:accessflows:problem:made-from-settings"
        assert "change that one" in refused.body["detail"]


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"permissions": ["reed"]}, "permissions[0]", "none of"),
        (
            {"groups": [{"group": "enginers", "access": "inherit"}]},
            "groups[0].group",
            "there is no group",
        ),
        (
            {"default": {"duration": "P8D", "approval": "automatic"}},
            "default.duration",
            "is longer than P7D",
        ),
        (
            {"default": {"duration": "PT1H", "approval": "manual", "reviewers": ["nobody"]}},
            "default.reviewers[0]",
            "there is no group 'nobody'",
        ),
    ],
)
def test_what_does_not_fit_is_told_by_its_field(
    changes: dict[str, Any], field: str, said: str
) -> None:
    status, problem = post(INVOICES | changes)
    assert status == 400
    (error,) = problem["errors"]
    assert error["field"] == field
    assert said in error["message"]
    assert flows() == {}


def test_a_permission_that_files_have_set_is_not_set_again() -> None:
    deploy(FILES.but(resource_access=(ResourceAccess.model_validate(INVOICES),)))
    status, problem = post(INVOICES | {"id": "again"})
    assert (status, problem["errors"][0]["field"]) == (400, "permissions[0]")
    assert change("PUT", f"{ACCESS}/invoices", INVOICES).status == 409
    shown = call(admin_api, "GET", f"{ACCESS}/invoices", caller="ada")[1]
    assert (shown["origin"], shown["content"]["resource"]) == ("files", "invoices")


def test_a_deploy_leaves_what_the_api_made_and_refuses_to_make_it_again() -> None:
    post(INVOICES)
    deploy(FILES)
    assert len(flows()) == 2
    with pytest.raises(BadInput, match="request setting 'invoices' was made by the API already"):
        deploy(FILES.but(resource_access=(ResourceAccess.model_validate(INVOICES),)))


def test_groups_by_the_dozen_are_refused_by_their_number() -> None:
    names = [f"group-{n:02}" for n in range(40)]
    groups = tuple(DirectoryGroup(id=name, name=name, members=("rita",)) for name in names)
    deploy(FILES.but(groups=(*FILES.groups, *groups)))
    status, problem = post(
        INVOICES | {"groups": [{"group": name, "access": "inherit"} for name in names]}
    )
    assert status == 400
    assert "41 access flows would change at once, and 30 can" in problem["detail"]
    most = [{"group": name, "access": "inherit"} for name in names[:29]]
    assert post(INVOICES | {"groups": most})[0] == 201
    assert len(flows()) == 30


@pytest.mark.req("N17.proposed")
def test_where_two_people_are_needed_nothing_counts_until_the_other_agrees() -> None:
    deploy(FILES.but(settings=AccountSettings(two_person_changes=True)))
    status, proposed = post(INVOICES)
    assert status == 202
    assert flows() == {}
    path = f"/configuration/changes/{proposed['id']}/approve"
    assert change("POST", path, caller="ada").status == 403
    assert change("POST", path, caller="alf").status == 200
    assert flows() == {"Access to invoices": 1, "Access to invoices for engineers": 1}
    made = next(flow for flow in wiring.flows().current() if flow.made_from)
    (event,) = wiring.requests().events(f"flow:{made.id}")
    assert (event.actor, event.details["approved_by"]) == ("ada", "alf")
