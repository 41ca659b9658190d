"""Which resources a target takes in."""

from typing import Any

import pytest

from accessflows.rules.targets import covers
from tests.factories import a_flow, a_resource, a_target, an_entitlement

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
