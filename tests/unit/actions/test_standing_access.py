"""Standing access: what a bundle brings along of it is left out, and asked for alone is refused."""

from typing import Any

import pytest

from accessflows.model.flow import ResourceAccess
from accessflows.model.refusal import StandingAccess
from accessflows.model.target import BundleTarget
from accessflows.rules.resource_access import compiled
from tests.factories import (
    a_bundle,
    a_catalogue,
    a_flow,
    a_person,
    a_resource,
    a_target,
    in_group,
)
from tests.worlds import World

SETTINGS = ResourceAccess.model_validate(
    {
        "id": "invoices",
        "integration": "aws-demo",
        "resource_type": "s3_bucket",
        "resource": "invoices",
        "permissions": ("read",),
        "default": {"duration": "PT1H", "approval": "manual"},
        "groups": ({"group": "platform", "access": "not_required"},),
    }
)


def a_world(**target: Any) -> World:
    """Pat has the invoices anyway, and may ask for a bundle of what the target says."""
    bundle = a_bundle(a_target(permissions=("read",), **target))
    flow = a_flow(requestors=in_group("platform"), targets=(BundleTarget(bundle="starter"),))
    return World(
        flows=[*(made.but(version=1) for made in compiled(SETTINGS)), flow],
        people=[a_person("pat", groups=("platform",))],
        resources=[a_resource(), a_resource("other")],
        catalogue=a_catalogue(bundle),
    )


@pytest.mark.req("R125.not_required", "R89.api")
def test_what_a_bundle_brings_along_of_it_is_left_out() -> None:
    world = a_world()
    request = world.submit(by="pat", resources=(), bundles=("starter",))
    (batch,) = world.requests.batches(request)
    assert [entitlement.resource for entitlement in batch.entitlements] == ["other"]


@pytest.mark.req("R125.not_required")
def test_a_bundle_that_holds_nothing_else_is_refused() -> None:
    world = a_world(resources={"names": ("invoices",)})
    with pytest.raises(StandingAccess, match="your group has standing access to this"):
        world.submit(by="pat", resources=(), bundles=("starter",))


@pytest.mark.req("R125.not_required")
def test_what_is_named_is_refused_even_beside_a_bundle() -> None:
    world = a_world()
    with pytest.raises(StandingAccess):
        world.submit("invoices", by="pat", bundles=("starter",))
    assert world.requests.event_rows == {}
