"""Apps: an integration with one resource is asked for as a whole."""

from typing import Any

import pytest

from accessflows.actions.answer import answer
from accessflows.actions.apps import list_apps
from accessflows.model.refusal import NotFound
from accessflows.model.target import Entitlement
from tests.factories import a_flow, a_person, a_resource, a_target, an_integration, in_group
from tests.worlds import World

WIKI = an_integration(id="wiki", name="Company wiki")
SHOP = an_integration(id="shop", name="Shop")
FLOWS = [
    a_flow("wiki", targets=(a_target(integration="wiki", permissions=("read",)),)),
    a_flow("wiki-write", targets=(a_target(integration="wiki", permissions=("write",)),)),
    a_flow("admin", requestors=in_group("it"), targets=(a_target(permissions=("admin",)),)),
    a_flow("shop", targets=(a_target(integration="shop"),)),
]


def a_world(**changes: Any) -> World:
    return World(
        **{
            "flows": FLOWS,
            "people": [a_person("eve")],
            "integrations": [an_integration(), WIKI, SHOP],
            "resources": [
                a_resource("pages", integration="wiki"),
                a_resource("orders", integration="shop"),
                a_resource("stock", integration="shop"),
                a_resource(),
            ],
            **changes,
        }
    )


def found(world: World, name: str = "", by: str = "rita") -> list[tuple[str, tuple[str, ...]]]:
    person = world.directory.person(by)
    apps = list_apps(world.ports, person, name, grantee_id=None)
    return [(app.integration.id, app.holding.permissions) for app in apps]


@pytest.mark.req("R88.api")
def test_an_integration_with_one_resource_is_found_by_whoever_may_ask_for_some_of_it() -> None:
    world = a_world()
    assert found(world) == [("wiki", ("read", "write"))]
    assert found(world, "COMPANY") == [("wiki", ("read", "write"))]
    assert found(world, "shop") == []
    assert found(world, by="eve") == []


@pytest.mark.req("R88.api")
def test_an_app_is_asked_for_with_all_of_it_that_one_may_ask_for() -> None:
    world = a_world()
    wish = world.wish().but(resources=(), apps=("wiki",))
    prospects = answer(world.ports, wish, caller_id="rita", now=world.now).prospects
    assert [prospect.portion.entitlements for prospect in prospects] == [
        (
            Entitlement(
                integration="wiki", resource_type="s3_bucket", resource="pages", permission=each
            ),
        )
        for each in ("read", "write")
    ]


@pytest.mark.req("R88.api")
@pytest.mark.parametrize(("by", "name"), [("rita", "shop"), ("rita", "aws-x"), ("eve", "wiki")])
def test_what_is_no_app_for_somebody_is_refused(by: str, name: str) -> None:
    world = a_world()
    with pytest.raises(NotFound, match=f"there is no app '{name}' for you"):
        world.submit(by=by, resources=(), apps=(name,))
