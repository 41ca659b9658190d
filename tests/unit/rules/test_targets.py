"""Which resources a target takes in."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accessflows.model.target import BundleTarget, Resource, ScopeTarget, Target
from accessflows.rules.targets import TargetsByName, covers, take_in
from tests.factories import (
    a_bundle,
    a_catalogue,
    a_flow,
    a_resource,
    a_scope,
    a_target,
    an_entitlement,
)

INVOICES = a_resource(tags={"env": "production", "team": "billing"})


@pytest.mark.req("R24.integration", "R25", "R26", "R27.names", "R27.tags", "R28", "R29.tags")
@pytest.mark.parametrize(
    ("resources", "taken_in"),
    [
        ("any", True),
        ({"names": ["invoices"]}, True),
        ({"names": ["orders", "invoices"]}, True),
        ({"names": ["orders"]}, False),
        ({"names": ["Invoices"]}, False),
        ({"tags": {"env": ["production"]}}, True),
        ({"tags": {"env": ["staging", "production"]}}, True),
        ({"tags": {"env": ["production"], "team": ["billing"]}}, True),
        ({"tags": {"env": ["production"], "team": ["sales"]}}, False),
        ({"tags": {"owner": ["billing"]}}, False),
        ({"except": {"names": ["orders"]}}, True),
        ({"except": {"names": ["invoices"]}}, False),
        ({"except": {"tags": {"env": ["production"]}}}, False),
        ({"except": {"tags": {"env": ["production"], "team": ["sales"]}}}, True),
    ],
)
def test_a_selection_takes_in_what_it_says(resources: Any, taken_in: bool) -> None:
    flow = a_flow(targets=(a_target(resources=resources),))
    assert covers(flow, an_entitlement(), INVOICES) is taken_in


@pytest.mark.req("R25")
@pytest.mark.parametrize(
    "changes",
    [
        {"integration": "aws-other"},
        {"resource_type": "secret"},
        {"permissions": ("write",)},
    ],
)
def test_integration_type_and_permission_must_all_fit(changes: dict[str, Any]) -> None:
    flow = a_flow(targets=(a_target(**changes),))
    assert not covers(flow, an_entitlement(), INVOICES)


@pytest.mark.req("R24.integration")
def test_one_of_several_targets_is_enough() -> None:
    flow = a_flow(targets=(a_target(permissions=("admin",)), a_target(permissions=("read",))))
    assert covers(flow, an_entitlement(), INVOICES)


CATALOGUE = a_catalogue(
    a_scope('resource_tag["env"] = "production" and permission = "read"'),
    a_bundle(a_target(resources={"names": ["orders"]}), ScopeTarget(access_scope="found")),
)


@pytest.mark.req("R24.access_scope", "R35")
def test_a_flow_opens_what_its_access_scope_finds() -> None:
    flow = a_flow(targets=(ScopeTarget(access_scope="found"),))
    assert covers(flow, an_entitlement(), INVOICES, CATALOGUE)
    assert not covers(flow, an_entitlement(permission="write"), INVOICES, CATALOGUE)
    assert not covers(flow, an_entitlement(), INVOICES.but(tags={}), CATALOGUE)


@pytest.mark.req("R24.bundle", "R30")
@pytest.mark.parametrize(
    ("resource", "permission", "taken_in"),
    [
        (a_resource("orders"), "write", True),
        (a_resource("orders"), "admin", False),
        (INVOICES, "read", True),
        (INVOICES, "write", False),
        (a_resource("logs"), "read", False),
    ],
)
def test_a_flow_opens_all_that_its_bundle_holds(
    resource: Any, permission: str, taken_in: bool
) -> None:
    flow = a_flow(targets=(BundleTarget(bundle="starter"),))
    entitlement = an_entitlement(resource.name, permission)
    assert covers(flow, entitlement, resource, CATALOGUE) is taken_in


@pytest.mark.req("R24.mixed", "R30", "R35")
def test_targets_of_all_kinds_stand_side_by_side() -> None:
    catalogue = a_catalogue(
        a_scope('resource_name = "a"'),
        a_scope('resource_name = "b"', "other"),
        a_bundle(a_target(resources={"names": ["c"]})),
        a_bundle(a_target(resources={"names": ["d"]}), bundle_id="second"),
    )
    flow = a_flow(
        targets=(
            ScopeTarget(access_scope="found"),
            ScopeTarget(access_scope="other"),
            BundleTarget(bundle="starter"),
            BundleTarget(bundle="second"),
            a_target(resources={"names": ["e"]}),
        )
    )
    opened = [n for n in "abcdef" if covers(flow, an_entitlement(n), a_resource(n), catalogue)]
    assert opened == ["a", "b", "c", "d", "e"]


def test_a_scope_finds_nothing_in_a_closed_integration() -> None:
    flow = a_flow(targets=(ScopeTarget(access_scope="found"),))
    closed = CATALOGUE.but(integrations=frozenset())
    assert not covers(flow, an_entitlement(), INVOICES, closed)


def test_a_bundle_or_scope_that_is_gone_opens_nothing() -> None:
    for target in (ScopeTarget(access_scope="gone"), BundleTarget(bundle="gone")):
        assert not covers(a_flow(targets=(target,)), an_entitlement(), INVOICES, CATALOGUE)


NAMES = st.sampled_from(["invoices", "orders", "reports"])
SELECTIONS = st.one_of(
    st.just("any"),
    st.lists(NAMES, min_size=1, unique=True).map(lambda names: {"names": names}),
    st.lists(NAMES, min_size=1, unique=True).map(lambda names: {"except": {"names": names}}),
    st.just({"tags": {"env": ["production"]}}),
)
PLACES = st.fixed_dictionaries(
    {
        "integration": st.sampled_from(["aws-demo", "aws-other"]),
        "resource_type": st.sampled_from(["s3_bucket", "secret"]),
    }
)


@given(
    targets=st.lists(
        st.one_of(
            st.builds(lambda at, what: a_target(resources=what, **at), PLACES, SELECTIONS),
            st.just(BundleTarget(bundle="starter")),
        ),
        max_size=6,
    ),
    resource=st.builds(lambda name, at: a_resource(name, **at), NAMES, PLACES),
)
def test_what_is_found_by_name_takes_in_what_all_of_it_takes_in(
    targets: list[Target], resource: Resource
) -> None:
    catalogue = a_catalogue(a_bundle(a_target(resources={"names": ["orders"]})))
    near = TargetsByName(targets).near(resource)
    for permission in resource.permissions:
        taken_in = take_in(targets, resource, permission, catalogue)
        assert take_in(near, resource, permission, catalogue) is taken_in


def test_what_names_other_resources_is_not_looked_through() -> None:
    targets = [a_target(resources={"names": [name]}) for name in ("invoices", "orders")]
    assert TargetsByName(targets).near(INVOICES) == targets[:1]
