"""The API of admins, through its handler, over tables."""

from collections.abc import Iterator
from typing import Any

import pytest
from moto import mock_aws

from accessflows import wiring
from accessflows.actions.apply_config import apply_config
from accessflows.cli.validators import VALIDATORS
from accessflows.model.account import AccountSettings, TicketType
from accessflows.model.configuration import Configuration
from accessflows.model.event import EventKind, first_broken
from accessflows.model.flow import FlowVersion, ResourceAccess
from accessflows.model.integration import Kind
from accessflows.model.limits import PAGE_SIZE
from accessflows.model.on_call import OnCallSchedule
from accessflows.model.person import DirectoryGroup, Role
from accessflows.model.refusal import BadInput
from accessflows.model.target import BundleTarget
from accessflows.stores.flows import DynamoFlows
from functions import admin_api
from tests.doubles.kept_rows import build_once
from tests.doubles.tables import TEST_SETTINGS
from tests.factories import NOON, a_bundle, a_flow, a_person, a_scope, a_target, an_integration
from tests.functions.calls import Reply, call, send, wire_tables

FLOWS = "/configuration/access-flows"
SETTINGS = "/configuration/settings"
JIRA = TicketType(id="jira", name="Jira", url="https://tracker.example/{id}")
FILES = Configuration(
    flows=(a_flow("buckets", version=0), a_flow("tables", version=0)),
    integrations=(an_integration(),),
    people=(a_person("ada", roles=(Role.ADMIN, Role.GRANTEE)), a_person("rita")),
    groups=(DirectoryGroup(id="engineers", name="Engineers", members=("rita",)),),
)


@pytest.fixture(autouse=True)
def deployed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with mock_aws():
        wire_tables(monkeypatch)
        build_once(__name__, lambda: deploy(FILES))
        yield


def deploy(configuration: Configuration) -> None:
    apply_config(configuration, wiring.flows(), wiring.directory(), validators=VALIDATORS, now=NOON)


def get(path: str, *, caller: str = "ada", **query: str) -> tuple[int, Any]:
    return call(admin_api, "GET", path, caller=caller, query=query)


def post(path: str, body: Any, key: str | None = None) -> tuple[int, Any]:
    headers = {"idempotency-key": key} if key else {}
    return call(admin_api, "POST", path, body, caller="ada", headers=headers)


def change(method: str, path: str, body: Any, read: str | None = "*") -> Reply:
    headers = {"if-match": read} if read else {}
    return send(admin_api, method, path, body, caller="ada", headers=headers)


def written(flow_id: str = "made", **changes: Any) -> dict[str, Any]:
    """A flow as somebody would send it."""
    data = a_flow(flow_id, version=0, **changes).to_data()
    return {name: value for name, value in data.items() if name != "version"}


def current() -> dict[str, int]:
    return {flow.id: flow.version for flow in wiring.flows().current()}


def kinds(subject: str) -> list[tuple[EventKind, str]]:
    events = wiring.requests().events(subject)
    assert first_broken(events) is None
    return [(event.kind, event.actor) for event in events]


ROUTES = [
    ("GET", FLOWS),
    ("POST", FLOWS),
    ("GET", f"{FLOWS}/buckets"),
    ("PUT", f"{FLOWS}/buckets"),
    ("DELETE", f"{FLOWS}/buckets"),
    ("GET", f"{FLOWS}/buckets/versions"),
    ("GET", f"{FLOWS}/buckets/versions/1"),
    ("POST", f"{FLOWS}/describe"),
    ("GET", SETTINGS),
    ("PATCH", SETTINGS),
]


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_only_admins_are_let_in(method: str, path: str) -> None:
    body = {} if path == SETTINGS else written("buckets")
    status, problem = call(
        admin_api, method, path, None if method in {"GET", "DELETE"} else body, caller="rita"
    )
    assert (status, problem["type"]) == (403, "urn:accessflows:problem:not-yours")
    assert current() == {"buckets": 1, "tables": 1}


@pytest.mark.req("R11.read_only")
def test_an_admin_sees_every_flow_as_files_write_it_and_where_it_was_written() -> None:
    _, answer = get(FLOWS)
    assert answer["cursor"] is None
    assert [(one["id"], one["origin"]) for one in answer["entries"]] == [
        ("buckets", "files"),
        ("tables", "files"),
    ]
    assert answer["entries"][0]["content"] == written("buckets")


def test_a_long_list_comes_in_pages() -> None:
    flows = tuple(a_flow(f"flow-{n:03d}", version=0) for n in range(PAGE_SIZE + 1))
    deploy(FILES.but(flows=flows))
    _, first = get(FLOWS)
    _, second = get(FLOWS, cursor=first["cursor"])
    shown = [flow["id"] for flow in first["entries"] + second["entries"]]
    assert shown == [flow.id for flow in flows]
    assert second["cursor"] is None


@pytest.mark.req("R11.api", "R4.self_serve", "N8.chain")
def test_a_flow_made_by_the_api_counts_at_once_and_the_record_says_who() -> None:
    status, made = post(FLOWS, written())
    assert (status, made["version"], made["origin"]) == (201, 1, "api")
    assert made["content"] == written()
    assert (made["changed_by"], made["changed_at"]) == ("ada", NOON.isoformat())
    assert current() == {"buckets": 1, "tables": 1, "made": 1}
    assert kinds("flow:made") == [(EventKind.FLOW_VERSION_WRITTEN, "ada")]
    assert kinds("settings:account")[-1] == (EventKind.CONFIGURATION_CHANGED, "ada")
    assert get(f"{FLOWS}/made") == (200, made)


@pytest.mark.req("R11.api", "R11.account", "R34.admin")
@pytest.mark.parametrize(
    ("section", "entry"),
    [
        ("bundles", a_bundle(a_target())),
        ("access-scopes", a_scope('permission = "read"')),
        ("integrations", an_integration(id="aws-other", name="Other")),
        (
            "on-call-schedules",
            OnCallSchedule.model_validate(
                {
                    "id": "nights",
                    "name": "Nights",
                    "time_zone": "Europe/Berlin",
                    "rotations": [{"people": ["rita"], "starts": "2026-03-02T18:00"}],
                }
            ),
        ),
    ],
)
def test_other_sections_are_made_changed_and_closed_alike(section: str, entry: Any) -> None:
    path = f"/configuration/{section}"
    body = entry.to_data()
    assert post(path, body)[0] == 201
    renamed = change("PUT", f"{path}/{entry.id}", {**body, "name": "Renamed"}, '"1"')
    assert (renamed.status, renamed.headers["ETag"]) == (200, '"2"')
    assert renamed.body["content"]["name"] == "Renamed"
    closed = change("DELETE", f"{path}/{entry.id}", None, '"2"')
    assert closed.body == {"id": entry.id, "version": 2, "closed": True}
    assert get(f"{path}/{entry.id}")[0] == 404
    _, history = get(f"{path}/{entry.id}/versions")
    told = [(one["version"], one["closed"], one["changed_by"]) for one in history["versions"]]
    assert told == [(2, True, "ada"), (2, False, "ada"), (1, False, "ada")]
    assert post(path, body)[1]["version"] == 3


@pytest.mark.req("R11.api", "R1")
def test_a_changed_flow_is_a_new_version_and_the_old_one_stays() -> None:
    post(FLOWS, written())
    shown = change("PUT", f"{FLOWS}/made", written(priority=5), '"1"')
    assert (shown.status, shown.headers["ETag"], shown.body["version"]) == (200, '"2"', 2)
    assert wiring.flows().version(FlowVersion(id="made", version=1)).priority == 100
    _, first = get(f"{FLOWS}/made/versions/1")
    assert first == {"id": "made", "version": 1, "content": written()}
    assert get(f"{FLOWS}/made/versions/3")[0] == 404


def test_the_same_content_again_changes_nothing() -> None:
    post(FLOWS, written())
    before = wiring.flows().current_set()
    assert change("PUT", f"{FLOWS}/made", written(), '"1"').body["version"] == 1
    assert wiring.flows().current_set() == before


@pytest.mark.req("R11.api")
def test_a_change_to_a_version_that_no_longer_counts_says_who_was_faster() -> None:
    post(FLOWS, written())
    change("PUT", f"{FLOWS}/made", written(priority=5), '"1"')
    for method, body in (("PUT", written(priority=6)), ("DELETE", None)):
        late = change(method, f"{FLOWS}/made", body, '"1"')
        assert (late.status, late.body["title"]) == (412, "Changed meanwhile")
        assert (late.body["version"], late.body["changed_by"]) == (2, "ada")
        assert "at version 2 since 2026-03-02 12:00:00 UTC, by ada" in late.body["detail"]
    assert current()["made"] == 2


def test_a_change_names_the_version_it_is_made_to() -> None:
    post(FLOWS, written())
    unnamed = change("PUT", f"{FLOWS}/made", written(priority=5), None)
    assert (unnamed.status, unnamed.body["title"]) == (428, "Version missing")
    assert change("PUT", f"{FLOWS}/made", written(priority=5), "three").status == 400
    assert change("PUT", f"{FLOWS}/made", written(priority=5), "*").status == 200


def test_an_id_is_given_once_and_stays() -> None:
    status, problem = post(FLOWS, written("buckets"))
    assert (status, problem["type"]) == (409, "urn:accessflows:problem:already-exists")
    post(FLOWS, written())
    renamed = change("PUT", f"{FLOWS}/made", written("other"))
    assert (renamed.status, renamed.body["field"]) == (400, "id")
    assert change("PUT", f"{FLOWS}/nowhere", written("nowhere")).status == 404


def test_f06_a_creation_sent_twice_happens_once() -> None:
    first = post(FLOWS, written(), key="k")
    assert post(FLOWS, written(), key="k") == first
    status, problem = post(FLOWS, written("other"), key="k")
    assert (status, problem["type"]) == (409, "urn:accessflows:problem:idempotency-conflict")
    assert current()["made"] == 1


@pytest.mark.req("R11.read_only")
@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_what_files_write_is_changed_in_files_only_and_says_so(method: str) -> None:
    body = written("buckets", priority=5) if method == "PUT" else None
    refused = change(method, f"{FLOWS}/buckets", body)
    assert (refused.status, refused.body["type"]) == (
        409,
        "urn:accessflows:problem:managed-by-files",
    )
    assert "change it there and deploy" in refused.body["detail"]
    assert current() == {"buckets": 1, "tables": 1}


@pytest.mark.req("R11.api")
@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"grant_duraton": "PT1H"}, "grant_duraton", "unknown field; did you mean grant_duration?"),
        ({"[": 7}, "[", "unknown field"),
        ({"version": 7}, "version", "is given by the product: leave it out"),
        (
            {"description_generated": "mine"},
            "description_generated",
            "is written by the product: leave it out",
        ),
        ({"grant_duration": "1h"}, "grant_duration", "'1h' is not an ISO 8601 duration"),
        ({"name": "Buckets"}, "name", "'Buckets' is taken already, by flow buckets"),
        (
            {"targets": [{"integration": "aws-dem", "resource_type": "s3_bucket",
                          "permissions": ["read"]}]},
            "targets[0].integration",
            "there is no integration 'aws-dem'; did you mean aws-demo?",
        ),
        (
            {"targets": [{"bundle": "nothing"}]},
            "targets[0].bundle",
            "there is no bundle 'nothing'",
        ),
        (
            {"approval": {"groups": [{"conditions": [{"attribute": "user", "values": ["bob"]}]}]}},
            "approval.groups[0].conditions[0].values[0]",
            "there is no person 'bob'",
        ),
        (
            {"requestors": {"conditions": [{"attribute": "group", "values": ["engneers"]}]}},
            "requestors.conditions[0].values[0]",
            "there is no group 'engneers'",
        ),
    ],
)  # fmt: skip
def test_f14_what_is_wrong_is_named_and_nothing_is_stored(
    changes: dict[str, Any], field: str, message: str
) -> None:
    status, problem = post(FLOWS, {**written(), **changes})
    assert (status, problem["type"]) == (400, "urn:accessflows:problem:bad-input")
    (error,) = problem["errors"]
    assert error["field"] == field
    assert message in error["message"]
    assert "made" not in current()


def test_what_others_name_is_not_closed_under_them() -> None:
    post("/configuration/bundles", a_bundle(a_target()).to_data())
    post(FLOWS, written(targets=(BundleTarget(bundle="starter"),)))
    refused = change("DELETE", "/configuration/bundles/starter", None)
    assert refused.status == 400
    (error,) = refused.body["errors"]
    assert error == {"field": "flows[made].targets[0].bundle",
                     "message": "there is no bundle 'starter'"}  # fmt: skip
    assert change("DELETE", f"{FLOWS}/made", None).status == 200
    assert change("DELETE", "/configuration/bundles/starter", None).status == 200


def test_who_was_named_before_and_left_does_not_keep_others_from_changing() -> None:
    named = {"groups": [{"conditions": [{"attribute": "user", "values": ["rita"]}]}]}
    assert post(FLOWS, {**written(), "approval": named})[0] == 201
    without = FILES.but(people=FILES.people[:1], groups=(FILES.groups[0].but(members=("ada",)),))
    deploy(without)
    assert post(FLOWS, written("later"))[0] == 201
    assert sorted(current()) == ["buckets", "later", "made", "tables"]


@pytest.mark.req("R11.api")
@pytest.mark.parametrize(
    ("settings", "status"),
    [
        ({"account_id": "000000000000", "principals": ["user/demo-rita"]}, 201),
        ({"account_id": "000000000000", "principals": ["user/demo-r*"]}, 201),
        ({"account_id": "000000000000", "principals": ["user/*mo-r"]}, 400),
        ({"account_id": "000000000000", "principals": ["user/d*"]}, 400),
        ({"account_id": "000000000000", "principals": ["role/demo-rita"]}, 400),
        ({"account_id": "111111111111", "principals": ["user/demo-rita"]}, 400),
    ],
)
def test_an_integration_reaches_no_further_than_the_deployment(settings: Any, status: int) -> None:
    other = an_integration(id="aws-other", name="Other", settings=settings)
    got, answer = post("/configuration/integrations", other.to_data())
    assert got == status, answer
    if status == 400:
        assert answer["errors"][0]["field"] == "settings"


def test_the_reason_for_a_principal_out_of_reach_says_to_deploy() -> None:
    settings = {"account_id": "000000000000", "principals": ["user/other"]}
    other = an_integration(id="aws-other", name="Other", settings=settings)
    _, problem = post("/configuration/integrations", other.to_data())
    assert problem["errors"][0]["message"] == (
        "principals: 'user/other' of account 000000000000 is beyond what this deployment may give "
        "access to: name it in an integration of the files and deploy"
    )


DESK = an_integration(
    id="desk",
    name="Desk",
    kind=Kind.WEBHOOK,
    settings={
        "url": "https://desk.example.com/access",
        "secret": "accessflows/desk",
        "resource_types": {"desk_role": ["hold"]},
    },
)


@pytest.mark.req("R39.webhook")
def test_a_kind_that_no_file_names_is_deployed_before_the_api_makes_one() -> None:
    status, problem = post("/configuration/integrations", DESK.to_data())
    assert (status, problem["errors"]) == (
        400,
        [
            {
                "field": "kind",
                "message": "nothing is deployed that serves webhook: name an integration of this "
                "kind in the files and deploy",
            }
        ],
    )
    deploy(FILES.but(integrations=(*FILES.integrations, DESK)))
    other = DESK.but(id="second", name="Second desk")
    assert post("/configuration/integrations", other.to_data())[0] == 201


@pytest.mark.req("R11.read_only")
def test_a_deploy_of_files_leaves_what_the_api_made() -> None:
    post(FLOWS, written())
    deploy(FILES.but(flows=FILES.flows[:1]))
    assert current() == {"buckets": 1, "made": 1}
    assert get(f"{FLOWS}/made")[1]["origin"] == "api"
    assert change("PUT", f"{FLOWS}/made", written(priority=5), '"1"').status == 200


def test_a_deploy_that_takes_what_the_api_names_is_refused_and_says_where() -> None:
    wider = FILES.but(bundles=(a_bundle(a_target()),))
    deploy(wider)
    post(FLOWS, written(targets=(BundleTarget(bundle="starter"),)))
    with pytest.raises(BadInput, match=r"flows\[made\].targets\[0\].bundle: there is no bundle"):
        deploy(FILES)
    with pytest.raises(BadInput, match=r"flows\[made\].name: 'Made' is taken already, by flow x"):
        deploy(wider.but(flows=(a_flow("x", version=0, name="Made"),)))
    assert current() == {"buckets": 1, "tables": 1, "made": 1}


@pytest.mark.req("R11.read_only")
def test_flows_made_of_request_settings_are_the_files_and_stand_in_nobodys_way() -> None:
    access = ResourceAccess.model_validate(
        {
            "id": "invoices",
            "integration": "aws-demo",
            "resource_type": "s3_bucket",
            "resource": "invoices",
            "permissions": ["read"],
            "default": {"duration": "PT1H", "approval": "automatic"},
        }
    )
    deploy(FILES.but(resource_access=(access,)))
    (compiled,) = current().keys() - {"buckets", "tables"}
    assert post(FLOWS, written())[0] == 201
    shown = get(f"{FLOWS}/{compiled}")[1]
    assert shown["origin"] == "files"
    assert change("DELETE", f"{FLOWS}/{compiled}", None).status == 409
    status, problem = post(FLOWS, written("other", name=shown["content"]["name"]))
    assert (status, problem["errors"][0]["field"]) == (400, "name")


def test_an_id_that_the_api_gave_is_refused_in_files_until_it_is_closed() -> None:
    post(FLOWS, written())
    clashing = FILES.but(flows=(a_flow("made", version=0),))
    with pytest.raises(BadInput, match="access flow 'made' was made by the API already"):
        deploy(clashing)
    change("DELETE", f"{FLOWS}/made", None)
    deploy(clashing)
    assert current() == {"made": 2}
    assert get(f"{FLOWS}/made")[1]["origin"] == "files"


@pytest.mark.req("R111", "R11.api")
def test_an_admin_switches_the_fallback_flow_on_and_off() -> None:
    assert get(SETTINGS)[1]["settings"]["fallback_flow"] is False
    on = change("PATCH", SETTINGS, {"fallback_flow": True}, '"0"')
    assert (on.status, on.body["settings"]["fallback_flow"]) == (200, True)
    assert wiring.flows().current_set().settings.fallback_flow
    assert kinds("settings:account")[-1] == (EventKind.SETTINGS_CHANGED, "ada")
    late = change("PATCH", SETTINGS, {"fallback_flow": False}, '"0"')
    assert (late.status, late.body["changed_by"]) == (412, "ada")
    assert change("PATCH", SETTINGS, {"fallback_flow": False}, on.headers["ETag"]).status == 200
    assert not wiring.flows().current_set().settings.fallback_flow


@pytest.mark.req("R11.read_only")
def test_a_setting_that_files_write_is_theirs_and_the_others_are_the_apis() -> None:
    in_files = FILES.but(settings=AccountSettings(ticket_types=(JIRA,)))
    deploy(in_files)
    refused = change("PATCH", SETTINGS, {"ticket_types": []})
    assert (refused.status, refused.body["title"]) == (409, "Managed by files")
    assert change("PATCH", SETTINGS, {"fallback_flow": True}).status == 200
    deploy(in_files)
    _, shown = get(SETTINGS)
    both = AccountSettings(fallback_flow=True, ticket_types=(JIRA,))
    assert shown["settings"] == both.to_data()
    assert shown["set_in_files"] == ["ticket_types"]
    deploy(FILES)
    assert get(SETTINGS)[1]["settings"] == AccountSettings(fallback_flow=True).to_data()


def test_a_setting_that_a_flow_needs_is_not_taken_away() -> None:
    assert change("PATCH", SETTINGS, {"ticket_types": [JIRA.to_data()]}).status == 200
    settings = {"ticket": {"type": "jira", "pattern": "OPS-[0-9]+"}}
    assert post(FLOWS, written(settings=settings))[0] == 201
    refused = change("PATCH", SETTINGS, {"ticket_types": []})
    assert refused.status == 400
    assert refused.body["errors"][0]["field"] == "flows[made].settings.ticket.type"
    assert change("PATCH", SETTINGS, {"fallback": True}).body["errors"] == [
        {"field": "fallback", "message": "unknown field; did you mean fallback_flow?"}
    ]


@pytest.mark.req("R74", "R75.again", "R75.by_hand")
def test_the_description_follows_the_flow_and_is_edited_by_hand() -> None:
    _, made = post(FLOWS, written())
    assert made["description_generated"].startswith("Made lets people whose group is engineers ask")
    assert post(f"{FLOWS}/describe", written(name="Renamed"))[1] == {
        "description_generated": made["description_generated"].replace("Made", "Renamed")
    }
    own = change("PUT", f"{FLOWS}/made", written(name="Renamed", description="My own"), '"1"').body
    assert own["content"]["description"] == "My own"
    assert own["description_generated"].startswith("Renamed lets")
    unset = change("PUT", f"{FLOWS}/made", written(name="Renamed"), '"2"').body
    assert "description" not in unset["content"]


def test_f06_two_admins_at_the_same_moment_both_get_through(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Overtaken(DynamoFlows):
        overtaken = False

        def flip(self, *arguments: Any, **named: Any) -> None:
            if not Overtaken.overtaken:
                Overtaken.overtaken = True
                assert post(FLOWS, written("first"))[0] == 201
            super().flip(*arguments, **named)

    monkeypatch.setattr(wiring, "flows", lambda: Overtaken(TEST_SETTINGS))
    assert post(FLOWS, written("second"))[0] == 201
    assert {"first", "second"} <= current().keys()
    assert len(kinds("settings:account")) == 3


@pytest.mark.req("R11.api", "R49.file")
def test_an_on_call_schedule_is_made_by_the_api_under_the_checks_of_files() -> None:
    path = "/configuration/on-call-schedules"
    rotation = {"people": ["rta"], "starts": "2026-03-02T09:00:00", "every": "P7D"}
    schedule = {"id": "platform", "name": "Platform", "time_zone": "Europe/Berlin"}
    status, problem = post(path, {**schedule, "rotations": [rotation]})
    assert status == 400
    assert "rotations[0].people[0]: there is no person 'rta'" in problem["detail"]
    rotation["people"] = ["rita"]
    status, made = post(path, {**schedule, "rotations": [rotation]})
    assert (status, made["version"], made["origin"]) == (201, 1, "api")
    asking = {"groups": [{"conditions": [{"attribute": "on_call", "values": ["platform"]}]}]}
    assert post(FLOWS, written(approval=asking))[0] == 201
    (counting,) = wiring.flows().on_call().schedules
    assert counting.rotations[0].people == ("rita",)
    status, _, problem = change("DELETE", f"{path}/platform", None)
    assert (status, "there is no on-call schedule 'platform'" in problem["detail"]) == (400, True)
