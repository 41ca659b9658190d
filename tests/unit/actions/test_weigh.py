"""What approvers are told besides what is asked: who asked for the same before, who has it now."""

from datetime import timedelta

import pytest

from accessflows.actions.weigh import weigh
from accessflows.model.impact import Holder, Impact
from accessflows.model.limits import MOST_TOLD
from accessflows.model.request import AccessRequest
from accessflows.notices.weighing import history_in_words, holders_in_words
from tests.factories import a_person, a_resource
from tests.worlds import World

HOUR = timedelta(hours=1)


@pytest.fixture
def world() -> World:
    people = [a_person(f"eva{number:02d}", groups=("engineers",)) for number in range(12)]
    return World(people=people, resources=[a_resource(), a_resource("ledger")])


def impact(world: World, request: AccessRequest) -> Impact:
    return weigh(world.ports, request, world.requests.batches(request), world.now)


def asked(world: World, resource: str = "invoices", *, by: str = "rita") -> AccessRequest:
    request = world.submit(resource, by=by, duration=HOUR)
    world.run()
    return request


@pytest.mark.req("N11.page")
def test_earlier_requests_for_the_same_are_told_and_no_others(world: World) -> None:
    first = asked(world)
    assert history_in_words(impact(world, first)) == "Never before."
    world.run(2 * HOUR)
    asked(world, "ledger")
    asked(world, by="eva00")
    last = asked(world)
    found = impact(world, last)
    assert [one.id for one in found.earlier] == [first.id]
    assert found.all_earlier
    said = "Once before; the last time on Monday 2 March 2026, 12:00 UTC, for 1 hour."
    assert history_in_words(found) == said
    # What came after a request is no history of it.
    assert impact(world, first).earlier == ()


@pytest.mark.req("N11.page")
def test_who_has_the_same_now_is_told_until_their_access_ends(world: World) -> None:
    asked(world, by="eva00")
    asked(world, "ledger", by="eva01")
    request = asked(world)
    ends_at = world.now + HOUR
    assert impact(world, request).holders == (Holder("Eva00", ends_at),)
    world.machines_work = False
    world.executions.clear()
    world.now = ends_at
    assert impact(world, request).holders == ()
    assert holders_in_words(impact(world, request)) == "Nobody."


def test_somebody_who_has_it_twice_is_told_once_with_the_later_end(world: World) -> None:
    asked(world, by="eva00")
    world.run(HOUR / 2)
    asked(world, by="eva00")
    ends_at = world.now + HOUR
    assert impact(world, asked(world)).holders == (Holder("Eva00", ends_at),)


def test_no_more_are_told_than_ten_and_it_is_said_that_there_are_more(world: World) -> None:
    for number in range(12):
        asked(world, by=f"eva{number:02d}")
    for _ in range(MOST_TOLD + 1):
        asked(world)
    found = impact(world, asked(world))
    assert (len(found.earlier), found.all_earlier) == (MOST_TOLD, False)
    assert (len(found.holders), found.all_holders) == (MOST_TOLD, False)
    assert history_in_words(found).startswith("10 times or more before;")
    assert holders_in_words(found).endswith("Eva09, and perhaps others.")


def test_it_is_said_where_not_everything_was_looked_through() -> None:
    nothing = Impact(all_earlier=False, all_holders=False)
    assert history_in_words(nothing) == "Not in the requests that were looked through."
    assert holders_in_words(nothing) == "Nobody in the access that was looked through."
