"""What a number of requests come to."""

from datetime import timedelta

import pytest

from accessflows.model.request import AccessRequest, Status
from accessflows.rules.figures import approval_times, by_day, by_status
from tests.factories import NOON, a_flow, a_person, an_approval
from tests.worlds import World

DAY = timedelta(days=1)


@pytest.fixture
def world() -> World:
    flow = a_flow(approval=an_approval("leads"))
    return World(flows=[flow], people=[a_person("anna", groups=("leads",))])


def every(world: World) -> tuple[AccessRequest, ...]:
    return world.requests.newest().requests


@pytest.mark.req("R114.dashboard")
def test_each_day_up_to_today_is_counted_with_nothing_where_nothing_was(world: World) -> None:
    world.submit()
    world.now += 2 * DAY
    world.submit()
    world.submit()
    figures = by_day(every(world), world.now, 4)
    assert figures == (("1 Mar", 0), ("2 Mar", 1), ("3 Mar", 0), ("4 Mar", 2))
    assert by_day((), NOON, 2) == (("1 Mar", 0), ("2 Mar", 0))


@pytest.mark.req("R114.dashboard")
def test_the_time_to_approve_is_that_of_what_people_approved(world: World) -> None:
    assert approval_times(every(world)).typical is None
    waits = [timedelta(minutes=5), timedelta(minutes=5, seconds=1), timedelta(hours=3)]
    for wait in waits:
        request = world.submit()
        world.now += wait
        world.approve(request, "anna")
    world.submit()
    times = approval_times(every(world))
    assert times.typical == waits[1]
    assert [(one.label, one.number) for one in times.steps if one.number] == [
        ("5 min", 1),
        ("15 min", 1),
        ("4 h", 1),
    ]
    assert by_status(every(world)) == {Status.GRANTING: 3, Status.PENDING_APPROVAL: 1}
