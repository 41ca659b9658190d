"""What can be asked for: searching it, seeing into bundles and scopes, asking for a bundle."""

import base64
import json
from typing import Any

import pytest

from accessflows.actions import browse
from accessflows.actions.browse import Found, Search
from accessflows.model.event import EventKind
from accessflows.model.limits import MOST_EXAMINED, MOST_RESOURCES, PAGE_SIZE
from accessflows.model.person import Role
from accessflows.model.refusal import BadInput, NoAccessFlow, NotFound
from accessflows.model.request import Status
from accessflows.model.target import BundleTarget, ScopeTarget
from tests.factories import (
    a_bundle,
    a_catalogue,
    a_flow,
    a_person,
    a_resource,
    a_scope,
    a_target,
    an_approval,
    in_group,
)
from tests.worlds import World

ADA = a_person("ada", roles=(Role.ADMIN,))
EVE = a_person("eve")
RESOURCES = [
    a_resource("Invoices-2025", tags={"env": "production", "team": "billing"}),
    a_resource("invoices-2026", tags={"env": "staging", "team": "billing"}),
    a_resource("logs", tags={"env": "staging"}),
    a_resource("orders", resource_type="dynamodb_table", permissions=("read",)),
    a_resource("keys", resource_type="secret", permissions=("read",)),
]
FLOWS = [
    a_flow(),
    a_flow("tables", targets=(a_target(resource_type="dynamodb_table", permissions=("read",)),)),
    a_flow(
        "secrets",
        requestors=in_group("security"),
        targets=(a_target(resource_type="secret", permissions=("read",)),),
    ),
]


def a_world(**changes: Any) -> World:
    return World(**{"flows": FLOWS, "people": [ADA, EVE], "resources": RESOURCES, **changes})


def find(world: World, by: str = "rita", cursor: str | None = None, **search: Any) -> Found:
    person = world.directory.person(by)
    return browse.find_resources(
        world.ports, person, Search(**search), grantee_id=None, cursor=cursor
    )


def names(found: Found) -> list[str]:
    return [holding.resource.name for holding in found.holdings]


@pytest.mark.req("R80.api", "R81.api", "R82.api")
@pytest.mark.parametrize(
    ("search", "expected"),
    [
        ({}, ["orders", "Invoices-2025", "invoices-2026", "logs"]),
        ({"name": "INVOICES"}, ["Invoices-2025", "invoices-2026"]),
        ({"name": "2026"}, ["invoices-2026"]),
        ({"resource_types": ["dynamodb_table"]}, ["orders"]),
        ({"resource_types": ["dynamodb_table", "secret"]}, ["orders"]),
        ({"permissions": ["write"]}, ["Invoices-2025", "invoices-2026", "logs"]),
        (
            {"permissions": ["write", "read"], "name": "o"},
            ["orders", "Invoices-2025", "invoices-2026", "logs"],
        ),
        ({"permissions": ["admin"]}, []),
        ({"tags": {"env": ["staging"]}}, ["invoices-2026", "logs"]),
        (
            {"tags": {"env": ["staging", "production"], "team": ["billing"]}},
            ["Invoices-2025", "invoices-2026"],
        ),
        ({"integrations": ["aws-demo"], "name": "logs"}, ["logs"]),
        ({"integrations": ["aws-other"]}, []),
    ],
)
def test_a_search_finds_what_may_be_asked_for(search: Any, expected: list[str]) -> None:
    assert sorted(names(find(a_world(), **search))) == sorted(expected)


@pytest.mark.req("R80.api")
def test_only_permissions_that_a_flow_opens_are_shown() -> None:
    (holding,) = find(a_world(), name="logs", permissions=["write"]).holdings
    assert holding.permissions == ("read", "write")


def test_who_is_in_no_flow_finds_nothing_not_even_an_admin() -> None:
    world = a_world()
    assert find(world, by="eve") == find(world, by="ada") == Found((), None)


def test_a_flow_that_is_off_opens_nothing() -> None:
    assert names(find(a_world(flows=[a_flow(active=False)]))) == []


@pytest.mark.req("R80.api")
def test_everything_is_found_once_page_by_page() -> None:
    resources = [a_resource(f"bucket-{n:03d}") for n in range(120)] + RESOURCES
    world = a_world(resources=resources)
    pages = [find(world)]
    while pages[-1].cursor:
        pages.append(find(world, cursor=pages[-1].cursor))
    found = [name for page in pages for name in names(page)]
    assert [len(page.holdings) for page in pages] == [50, 50, 24]
    assert sorted(found) == sorted(r.name for r in resources if r.resource_type != "secret")


def test_a_page_looks_at_so_many_resources_and_no_more() -> None:
    resources = [a_resource(f"bucket-{n:05d}") for n in range(MOST_EXAMINED + 1)]
    first = find(a_world(resources=resources), name=f"{MOST_EXAMINED:05d}")
    assert names(first) == []
    again = find(a_world(resources=resources), name=f"{MOST_EXAMINED:05d}", cursor=first.cursor)
    assert (names(again), again.cursor) == ([f"bucket-{MOST_EXAMINED:05d}"], None)


LONG_NAME = base64.urlsafe_b64encode(json.dumps(["a", "b", "c" * 1_025]).encode()).decode()


@pytest.mark.parametrize("cursor", ["x", "e30=", "WzEsMiwzXQ==", "ü", LONG_NAME])
def test_a_cursor_that_no_page_gave_is_refused(cursor: str) -> None:
    with pytest.raises(BadInput, match="cursor"):
        find(a_world(), cursor=cursor)


CATALOGUE = a_catalogue(
    a_scope('resource_tag["team"] = "billing" and permission in ("read", "admin")', "billing"),
    a_scope('permission = "read"', "everything"),
    a_bundle(
        a_target(resource_type="dynamodb_table", permissions=("read", "write")),
        ScopeTarget(access_scope="billing"),
    ),
    a_bundle(a_target(resources={"names": ["gone"]}), bundle_id="empty"),
    a_bundle(a_target(), bundle_id="hidden"),
)
NAMING = a_flow(
    "newcomers",
    targets=(BundleTarget(bundle="starter"), BundleTarget(bundle="empty")),
    approval=an_approval("leads"),
)
ANNA = a_person("anna", groups=("leads",))


def with_bundles(**changes: Any) -> World:
    given = {"flows": [NAMING], "catalogue": CATALOGUE, "people": [ADA, EVE, ANNA], **changes}
    return a_world(**given)


@pytest.mark.req("R31.api")
def test_whoever_may_ask_for_a_bundle_sees_what_it_holds_now() -> None:
    world = with_bundles()
    for person_id in ("rita", "ada"):
        person = world.directory.person(person_id)
        found = browse.bundle_contents(world.ports, person, "starter", grantee_id=None, cursor=None)
        assert {h.resource.name: h.permissions for h in found.holdings} == {
            "orders": ("read",),
            "Invoices-2025": ("read", "admin"),
            "invoices-2026": ("read", "admin"),
        }
    with pytest.raises(NotFound, match="no bundle 'starter' for you"):
        browse.bundle_contents(world.ports, EVE, "starter", grantee_id=None, cursor=None)
    with pytest.raises(NotFound):
        browse.bundle_contents(world.ports, ADA, "nowhere", grantee_id=None, cursor=None)


@pytest.mark.req("R37.api")
def test_whoever_may_ask_for_a_scope_sees_what_it_finds_now() -> None:
    world = with_bundles(flows=[a_flow(targets=(ScopeTarget(access_scope="billing"),))])
    rita = world.directory.person("rita")
    found = browse.scope_contents(world.ports, rita, "billing", grantee_id=None, cursor=None)
    assert names(found) == ["Invoices-2025", "invoices-2026"]
    with pytest.raises(NotFound, match="no access scope 'everything' for you"):
        browse.scope_contents(world.ports, rita, "everything", grantee_id=None, cursor=None)
    every = browse.scope_contents(world.ports, ADA, "everything", grantee_id=None, cursor=None)
    assert len(every.holdings) == len(RESOURCES)


@pytest.mark.req("R36.api")
@pytest.mark.parametrize(
    ("person_id", "name", "expected"),
    [
        ("rita", "", ["billing"]),
        ("rita", "LING", ["billing"]),
        ("rita", "every", []),
        ("ada", "", ["billing", "everything"]),
        ("ada", "RYTH", ["everything"]),
        ("eve", "", []),
    ],
)
def test_scopes_are_found_by_part_of_their_name(
    person_id: str, name: str, expected: list[str]
) -> None:
    world = with_bundles()
    person = world.directory.person(person_id)
    scopes = browse.list_scopes(world.ports, person, name, grantee_id=None)
    assert [scope.id for scope in scopes] == expected


def test_one_sees_the_bundles_one_may_ask_for() -> None:
    world = with_bundles()
    rita = world.directory.person("rita")
    seen = browse.list_bundles(world.ports, rita, "", grantee_id=None)
    assert [bundle.id for bundle in seen] == ["empty", "starter"]
    assert len(browse.list_bundles(world.ports, ADA, "", grantee_id=None)) == 3


def ask_for(world: World, *bundles: str, **changes: Any) -> Any:
    return world.submit(**{"resources": (), "bundles": bundles, **changes})


@pytest.mark.req("R30", "R89.api")
def test_a_bundle_is_asked_for_approved_and_granted_as_one_thing() -> None:
    world = with_bundles(flows=[NAMING.but(targets=(BundleTarget(bundle="starter"),))])
    request = ask_for(world, "starter")
    asked = {str(e) for batch in world.requests.batches(request) for e in batch.entitlements}
    assert asked == {
        "read on dynamodb_table orders in aws-demo",
        "read on s3_bucket Invoices-2025 in aws-demo",
        "admin on s3_bucket Invoices-2025 in aws-demo",
        "read on s3_bucket invoices-2026 in aws-demo",
        "admin on s3_bucket invoices-2026 in aws-demo",
    }
    (event,) = world.requests.events(request.subject)
    assert (event.kind, event.details["bundles"]) == (EventKind.SUBMITTED, ["starter"])
    world.approve(request, "anna")
    world.run()
    assert world.status(request) is Status.ACTIVE


@pytest.mark.req("R89.api")
def test_resources_may_stand_beside_a_bundle_and_count_once() -> None:
    world = with_bundles()
    request = world.submit("Invoices-2025", bundles=("starter",))
    (batch,) = world.requests.batches(request)
    assert len(batch.entitlements) == 5


def test_a_bundle_that_holds_nothing_or_is_not_ones_own_is_refused() -> None:
    world = with_bundles()
    with pytest.raises(BadInput, match="bundle 'empty' holds nothing now"):
        ask_for(world, "empty")
    for bundle in ("hidden", "nowhere"):
        with pytest.raises(NotFound, match=f"no bundle '{bundle}' for you"):
            ask_for(world, bundle)
    assert world.requests.writes == 0


def test_a_bundle_beyond_the_limits_is_refused() -> None:
    many = [a_resource(f"bucket-{n}", tags={"team": "billing"}) for n in range(MOST_RESOURCES + 1)]
    with pytest.raises(BadInput, match="holds more than 1000 resources"):
        ask_for(with_bundles(resources=many), "starter")


@pytest.mark.req("R30", "R35")
def test_a_bundle_or_scope_counts_as_it_stands_when_the_access_is_activated() -> None:
    world = with_bundles()
    request = world.submit("Invoices-2025")
    narrowed = a_catalogue(a_bundle(a_target(resources={"names": ["logs"]})))
    world.flow_store.named = narrowed
    world.approve(request, "anna")
    world.run()
    assert world.status(request) is Status.REJECTED
    with pytest.raises(NoAccessFlow):
        world.submit("Invoices-2025")


def test_a_page_that_is_full_at_once_reads_no_resource_beyond_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = a_world(resources=[a_resource(f"bucket-{n:03}") for n in range(5 * PAGE_SIZE)])
    read: list[str] = []
    page = world.ports.inventory.page

    def reading(*kind: str, after: str | None, limit: int) -> Any:
        found = page(*kind, after=after, limit=limit)
        read.extend(resource.name for resource in found)
        return found

    monkeypatch.setattr(world.ports.inventory, "page", reading)
    assert names(find(world)) == read
    assert len(read) == PAGE_SIZE
