"""One resource as somebody sees it: locked, pending, active, or standing open to their group."""

from datetime import timedelta
from typing import Any

import pytest

from accessflows.actions.show_resource import Sight, State, show_resource
from accessflows.model.flow import ResourceAccess
from accessflows.model.person import Role
from accessflows.model.refusal import NotFound
from accessflows.model.request import Status
from accessflows.rules.resource_access import compiled
from tests.factories import a_flow, a_person, a_resource, in_group
from tests.worlds import World

HOUR = timedelta(hours=1)
PLACE = ("aws-demo", "s3_bucket", "invoices")
SETTINGS = ResourceAccess.model_validate(
    {
        "id": "invoices",
        "integration": "aws-demo",
        "resource_type": "s3_bucket",
        "resource": "invoices",
        "permissions": ("read",),
        "default": {"presets": ("PT1H", "PT12H"), "approval": "manual"},
        "groups": (
            {"group": "leads", "access": {"duration": "custom", "approval": "automatic"}},
            {"group": "platform", "access": "not_required"},
        ),
    }
)


def a_world(**changes: Any) -> World:
    return World(
        **{
            "flows": [flow.but(version=1) for flow in compiled(SETTINGS)],
            "people": [
                a_person("vera", roles=(Role.ACCESS_REVIEWER,)),
                a_person("lea", groups=("leads",)),
                a_person("pat", groups=("platform",)),
                a_person("ada", roles=(Role.ADMIN,), attributes={}),
                a_person("eve"),
            ],
            "resources": [a_resource(permissions=("read",)), a_resource("other")],
            **changes,
        }
    )


def seen(world: World, by: str = "rita", place: tuple[str, str, str] = PLACE) -> Sight:
    return show_resource(world.ports, world.directory.person(by), place, world.now)


@pytest.mark.req("R126.locked", "R127.presets", "R128.manual")
def test_it_is_locked_and_says_what_may_be_asked_and_who_reviews() -> None:
    sight = seen(a_world())
    assert (sight.state, sight.requests, sight.access_details) == (State.LOCKED, (), ())
    (prospect,) = sight.asking.prospects
    assert prospect.portion.flow.duration_presets == (HOUR, 12 * HOUR)
    assert [[p.id for p in group] for group in prospect.approvers] == [["ada", "vera"]]
    assert sight.refused == ()


@pytest.mark.req("R126.locked", "R126.details", "R128.manual")
def test_from_pending_to_active_with_its_details_and_locked_again_at_the_end() -> None:
    world = a_world()
    request = world.submit(duration=HOUR)
    assert seen(world).state is State.PENDING
    assert [each.id for each in seen(world).requests] == [request.id]
    assert seen(world, "eve").state is State.LOCKED
    world.approve(request, "vera")
    world.run()
    sight = seen(world)
    assert (sight.state, len(sight.access_details)) == (State.ACTIVE, 1)
    world.now += HOUR
    assert (seen(world).state, seen(world).access_details) == (State.LOCKED, ())
    world.run(timedelta(minutes=2))
    assert world.status(request) is Status.EXPIRED
    assert (seen(world).state, seen(world).requests) == (State.LOCKED, ())


@pytest.mark.req("R126.locked")
def test_another_resource_of_the_same_request_keeps_its_own_state() -> None:
    world = a_world(flows=[a_flow()], resources=[a_resource(), a_resource("other")])
    world.submit("other")
    world.run()
    assert seen(world).state is State.LOCKED
    assert seen(world, place=("aws-demo", "s3_bucket", "other")).state is State.ACTIVE


@pytest.mark.req("R125.not_required")
def test_whose_group_has_it_anyway_sees_that_it_stands_open() -> None:
    sight = seen(a_world(), "pat")
    assert (sight.state, sight.asking.prospects) == (State.STANDING, ())
    assert [refused.type for refused in sight.refused] == ["standing-access"]


def test_an_automatic_way_is_shown_though_its_reason_is_left_to_be_written() -> None:
    sight = seen(a_world(), "lea")
    (prospect,) = sight.asking.prospects
    assert prospect.portion.flow.settings.require_justification
    assert sight.refused == ()


def test_whoever_may_not_ask_learns_nothing_of_it_and_admins_see_every_one() -> None:
    world = a_world(flows=[a_flow(requestors=in_group("sales"))])
    for by, place in (("rita", PLACE), ("ada", ("aws-demo", "s3_bucket", "nowhere"))):
        with pytest.raises(NotFound, match="there is no s3_bucket"):
            seen(world, by, place)
    assert seen(world, "ada").state is State.LOCKED
