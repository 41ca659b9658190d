"""Who looks after a space changes what belongs to it through the API, and nothing else."""

from collections.abc import Iterator
from typing import Any

import pytest
from moto import mock_aws

from accessflows import wiring
from accessflows.actions.apply_config import apply_config
from accessflows.cli.validators import VALIDATORS
from accessflows.model.account import AccountSettings
from accessflows.model.configuration import Configuration
from accessflows.model.event import first_broken
from accessflows.model.person import DirectoryGroup, Role
from accessflows.stores.flows import DynamoFlows
from functions import admin_api
from tests.doubles.kept_rows import build_once
from tests.factories import NOON, a_bundle, a_flow, a_person, a_scope, a_target, an_integration
from tests.functions.calls import call, wire_tables

PEOPLE = ("olga", "max", "bea", "rita")
SHOP = {"id": "shop", "name": "Shop", "owners": ["olga"], "managers": ["max"]}
BANK = {"id": "bank", "name": "Bank", "owners": ["bea"], "managers": []}
FILES = Configuration(
    flows=(a_flow("buckets", version=0),),
    integrations=(an_integration(),),
    people=(a_person("ada", roles=(Role.ADMIN, Role.GRANTEE)), *map(a_person, PEOPLE)),
    groups=(DirectoryGroup(id="engineers", name="Engineers", members=("rita",)),),
    settings=AccountSettings(spaces=True),
)
KINDS = ("access-flows", "bundles", "access-scopes")


@pytest.fixture(autouse=True)
def deployed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Two spaces; in each a bundle, an access scope and a flow, and one of each in neither."""
    with mock_aws():
        wire_tables(monkeypatch)
        build_once(__name__, build)
        yield


def build() -> None:
    apply_config(FILES, wiring.flows(), wiring.directory(), validators=VALIDATORS, now=NOON)
    for space in (SHOP, BANK):
        assert send("POST", "/configuration/spaces", space, "ada")[0] == 201
    for name in ("shop", "bank", None):
        for kind in ("bundles", "access-scopes", "access-flows"):
            body = entry(kind, name, f"{name or 'all'}-{kind}")
            assert send("POST", f"/configuration/{kind}", body, "ada")[0] == 201


def send(method: str, path: str, body: Any, by: str) -> tuple[int, Any]:
    return call(admin_api, method, path, body, caller=by, headers={"if-match": "*"})


def entry(kind: str, space: str | None, entry_id: str) -> dict[str, Any]:
    """As somebody would send it."""
    named = {"id": entry_id, "name": entry_id, **({"space": space} if space else {})}
    match kind:
        case "bundles":
            return a_bundle(a_target()).to_data() | named
        case "access-scopes":
            return a_scope('permission = "read"').to_data() | named
        case _:
            data = a_flow(targets=({"bundle": f"{space or 'all'}-bundles"},)).to_data() | named
            return {name: value for name, value in data.items() if name != "version"}


def attempts(by: str, kind: str, space: str | None) -> list[int]:
    """What making, seeing, changing and closing an entry is answered with."""
    path, name = f"/configuration/{kind}", f"{space or 'all'}-{kind}"
    made = entry(kind, space, "new")
    return [
        send("POST", path, made, by)[0],
        send("GET", f"{path}/{name}", None, by)[0],
        send("PUT", f"{path}/{name}", entry(kind, space, name) | {"name": "Changed"}, by)[0],
        send("DELETE", f"{path}/{name}", None, by)[0],
    ]


ALL = [201, 200, 200, 200]
SEES = [403, 200, 403, 403]
NOTHING = [403, 404, 404, 404]
REFUSED = [403, 403, 403, 403]


@pytest.mark.req("R122.roles")
@pytest.mark.parametrize(
    ("by", "kind", "space", "answers"),
    [
        ("olga", "access-flows", "shop", ALL),
        ("olga", "access-scopes", "shop", ALL),
        ("max", "access-flows", "shop", ALL),
        ("max", "bundles", "shop", SEES),
        ("max", "access-scopes", "shop", SEES),
        *(("olga", kind, "bank", NOTHING) for kind in KINDS),
        *(("max", kind, "bank", NOTHING) for kind in KINDS),
        *(("olga", kind, None, NOTHING) for kind in KINDS),
        *(("rita", kind, "shop", REFUSED) for kind in KINDS),
        ("ada", "access-flows", "shop", ALL),
    ],
)
def test_owners_and_managers_change_what_is_theirs_and_see_nothing_else(
    by: str, kind: str, space: str | None, answers: list[int]
) -> None:
    assert attempts(by, kind, space) == answers


@pytest.mark.req("R122.roles")
def test_an_owner_makes_changes_and_closes_bundles_of_the_space() -> None:
    path = "/configuration/bundles"
    assert send("POST", path, entry("bundles", "shop", "new"), "olga")[0] == 201
    changed = entry("bundles", "shop", "new") | {"name": "Changed"}
    assert send("PUT", f"{path}/new", changed, "olga")[0] == 200
    assert send("DELETE", f"{path}/new", None, "olga")[0] == 200
    # One that a flow still names.
    assert send("DELETE", f"{path}/shop-bundles", None, "olga")[0] == 400


@pytest.mark.req("R122.roles")
@pytest.mark.parametrize("by", ["olga", "max"])
def test_lists_and_histories_hold_what_belongs_to_ones_space(by: str) -> None:
    for kind in KINDS:
        _, listed = send("GET", f"/configuration/{kind}", None, by)
        assert [one["id"] for one in listed["entries"]] == [f"shop-{kind}"]
        for name, status in (("shop", 200), ("bank", 404), ("all", 404)):
            path = f"/configuration/{kind}/{name}-{kind}/versions"
            assert send("GET", path, None, by)[0] == status
            assert send("GET", f"{path}/1", None, by)[0] == status
    for kind in ("integrations", "on-call-schedules"):
        assert send("GET", f"/configuration/{kind}", None, by)[1]["entries"] == []
    assert send("GET", "/configuration/integrations/aws-demo", None, by)[0] == 404
    _, spaces = send("GET", "/configuration/spaces", None, by)
    assert [one["id"] for one in spaces["entries"]] == ["shop"]


@pytest.mark.req("R122.roles")
def test_nothing_is_moved_into_or_out_of_a_space_by_who_does_not_look_after_both() -> None:
    path = "/configuration/bundles"
    out = entry("bundles", None, "shop-bundles")
    assert send("PUT", f"{path}/shop-bundles", out, "olga")[0] == 403
    over = entry("bundles", "bank", "shop-bundles")
    assert send("PUT", f"{path}/shop-bundles", over, "olga")[0] == 403
    taken = entry("bundles", "shop", "all-bundles")
    assert send("PUT", f"{path}/all-bundles", taken, "olga")[0] == 404


@pytest.mark.req("R122.roles")
def test_an_owner_names_managers_and_only_admins_owners() -> None:
    path = "/configuration/spaces"
    for by, body, status in (
        ("olga", SHOP | {"managers": ["rita"]}, 200),
        ("max", SHOP | {"managers": ["max", "rita"]}, 403),
        ("olga", SHOP | {"owners": ["olga", "rita"]}, 403),
        ("olga", SHOP | {"managers": ["rita"], "name": "Store"}, 403),
        ("ada", SHOP | {"owners": ["olga", "rita"], "managers": []}, 200),
    ):
        assert send("PUT", f"{path}/shop", body, by)[0] == status, (by, body)
    assert send("PUT", f"{path}/bank", BANK | {"managers": ["olga"]}, "olga")[0] == 404
    assert send("POST", path, SHOP | {"id": "new", "name": "New"}, "olga")[0] == 403
    assert send("DELETE", f"{path}/shop", None, "olga")[0] == 403
    # The role is read at each call.
    assert send("GET", f"{path}/shop", None, "max")[0] == 403
    events = wiring.requests().events("space:shop")
    assert first_broken(events) is None
    assert [(e.kind, e.actor) for e in events] == [
        ("space_changed", "ada"),
        ("space_changed", "olga"),
        ("space_changed", "ada"),
    ]


@pytest.mark.req("R122.roles")
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/configuration/settings"),
        ("PATCH", "/configuration/settings"),
        ("GET", "/configuration/changes"),
        ("POST", "/configuration/changes/x/approve"),
        ("GET", "/configuration/access-flows/shop-access-flows/ratings"),
    ],
)
def test_what_concerns_the_whole_account_is_for_admins(method: str, path: str) -> None:
    body = {"fallback_flow": True} if method == "PATCH" else None
    assert send(method, path, body, "olga")[0] == 403


@pytest.mark.req("R123")
def test_f14_a_spaces_flow_that_opens_something_from_elsewhere_is_refused_and_says_why() -> None:
    flow = entry("access-flows", "shop", "new")
    for target, words in (
        ({"bundle": "all-bundles"}, "'all-bundles' belongs to the whole account"),
        ({"bundle": "bank-bundles"}, "'bank-bundles' belongs to space 'bank'"),
        (a_target().to_data(), "a bundle of it"),
    ):
        status, problem = send(
            "POST", "/configuration/access-flows", flow | {"targets": [target]}, "max"
        )
        assert status == 400
        assert words in problem["detail"]
        assert problem["errors"][0]["field"].startswith("targets[0]")


def test_a_space_is_closed_once_nothing_belongs_to_it_and_spaces_turned_off_once_none_is_open() -> (
    None
):
    assert send("DELETE", "/configuration/spaces/shop", None, "ada")[0] == 400
    for kind in KINDS:
        assert send("DELETE", f"/configuration/{kind}/shop-{kind}", None, "ada")[0] == 200
    assert send("DELETE", "/configuration/spaces/shop", None, "ada")[0] == 200
    assert send("GET", "/configuration/bundles", None, "max")[0] == 403


@pytest.mark.req("N17.proposed")
def test_what_an_owner_changes_waits_for_an_admin_where_the_account_wants_two_people() -> None:
    store, ids = wiring.flows(), iter(["01"])
    before = store.current_set()
    wanted = before.but(settings=before.settings.but(two_person_changes=True))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DynamoFlows, "current_set", lambda _: wanted)
        patch.setattr(wiring, "new_id", lambda: next(ids))
        path = "/configuration/bundles"
        assert send("POST", path, entry("bundles", "shop", "new"), "olga")[0] == 202
    assert send("GET", f"{path}/new", None, "ada")[0] == 404
    assert send("POST", "/configuration/changes/01/approve", None, "ada")[0] == 200
    _, made = send("GET", f"{path}/new", None, "olga")
    assert (made["content"]["space"], made["changed_by"]) == ("shop", "olga")
