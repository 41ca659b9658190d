"""Stories of time windows and scheduled starts, in memory on a virtual clock."""

from datetime import timedelta

import pytest

from accessflows.actions import end
from accessflows.model.event import EventKind, first_broken
from accessflows.model.flow import Timeframe
from accessflows.model.refusal import AlreadySettled, BadInput, OutsideWindow
from accessflows.model.request import Cause, Status
from tests.factories import NOON, a_flow, a_person, an_approval
from tests.worlds import World

ANNA = a_person("anna", groups=("leads",))
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
# NOON is a Monday.
OFFICE_HOURS = Timeframe.model_validate(
    {
        "days": ["monday", "tuesday", "wednesday", "thursday", "friday"],
        "from": "09:00",
        "to": "17:00",
        "time_zone": "UTC",
    }
)


def asking(**flow) -> World:
    flow = {"approval": an_approval("leads", timeout=3 * DAY), **flow}
    return World(flows=[a_flow(**flow)], people=[ANNA])


def automatic(**flow) -> World:
    return asking(approval=None, **flow)


def kinds(world: World, request) -> list[EventKind]:
    events = world.requests.events(request.subject)
    assert first_broken(events) is None
    return [event.kind for event in events]


# Time windows.


@pytest.mark.req("R13")
@pytest.mark.parametrize("hours", range(0, 24 * 7, 5))
def test_without_a_window_access_begins_at_any_time(hours: int) -> None:
    world = World(now=NOON + hours * HOUR)
    request = world.submit()
    world.run()
    assert world.status(request) is Status.ACTIVE


@pytest.mark.req("R15.half_open", "R16.submit", "R9.working_hours")
def test_a_submission_outside_the_window_is_refused_whole() -> None:
    world = automatic(timeframe=OFFICE_HOURS)
    world.run(5 * HOUR - SECOND)
    world.submit()
    world.run(SECOND)
    before = world.requests.writes
    with pytest.raises(OutsideWindow, match="one opens at 2026-03-03 09:00 UTC"):
        world.submit()
    assert world.requests.writes == before


@pytest.mark.req("R16.activation", "R94.window_closed")
def test_an_approval_after_the_hours_gives_nothing_and_says_why() -> None:
    world = asking(timeframe=OFFICE_HOURS)
    request = world.submit()
    world.run(5 * HOUR)
    world.approve(request, "anna")
    world.run()
    stands = world.request(request)
    assert (stands.status, stands.cause) == (Status.REJECTED, Cause.WINDOW_CLOSED)
    assert stands.reason is not None
    assert "opens next at 2026-03-03 09:00 UTC" in stands.reason
    assert world.target.calls("grant") == []


def test_an_approval_in_the_hours_of_another_day_still_helps() -> None:
    world = asking(timeframe=OFFICE_HOURS)
    request = world.submit()
    world.run(DAY)
    world.approve(request, "anna")
    world.run()
    assert world.status(request) is Status.ACTIVE


def test_access_that_began_in_the_window_may_outlast_it() -> None:
    world = automatic(timeframe=OFFICE_HOURS)
    world.run(5 * HOUR - SECOND)
    request = world.submit()
    world.run(HOUR - SECOND)
    assert world.status(request) is Status.ACTIVE


def test_f11_a_window_tightened_after_the_approval_binds() -> None:
    world = asking()
    request = world.submit()
    mornings = OFFICE_HOURS.but(to="11:00")
    world.flow_store.change(a_flow(version=2, approval=an_approval("leads"), timeframe=mornings))
    world.approve(request, "anna")
    world.run()
    assert world.request(request).cause is Cause.WINDOW_CLOSED


# Scheduled starts.


@pytest.mark.req("N15.start", "R98.scheduled")
def test_a_request_without_approval_waits_and_starts_by_itself() -> None:
    world = automatic()
    request = world.submit(starts_at=NOON + 2 * DAY)
    assert (request.status, request.due_at) == (Status.SCHEDULED, NOON + 2 * DAY)
    assert request.is_open
    world.run(2 * DAY - SECOND)
    assert world.status(request) is Status.SCHEDULED
    assert world.target.calls("grant") == []
    world.run(SECOND)
    stands = world.request(request)
    assert (stands.status, stands.ends_at) == (Status.ACTIVE, NOON + 2 * DAY + HOUR)
    world.run(HOUR + SECOND)
    assert world.status(request) is Status.EXPIRED
    assert kinds(world, request)[:3] == [
        EventKind.SUBMITTED,
        EventKind.STARTED,
        EventKind.ACTIVATED,
    ]


@pytest.mark.req("N15.start")
def test_an_approval_before_the_start_schedules_and_one_after_it_grants() -> None:
    world = asking()
    early, late = (world.submit(starts_at=NOON + DAY) for _ in range(2))
    assert early.status is Status.PENDING_APPROVAL
    world.run(HOUR)
    assert world.approve(early, "anna").status is Status.SCHEDULED
    world.run(DAY - HOUR)
    assert world.status(early) is Status.ACTIVE
    assert world.status(late) is Status.PENDING_APPROVAL
    assert world.approve(late, "anna").status is Status.GRANTING
    world.run()
    assert world.status(late) is Status.ACTIVE


@pytest.mark.req("N15.checked", "R94.lost_eligibility")
def test_f11_who_lost_eligibility_before_the_start_gets_nothing() -> None:
    world = asking()
    request = world.submit(starts_at=NOON + DAY)
    world.approve(request, "anna")
    world.directory.change(a_person("rita"))
    world.run(DAY)
    stands = world.request(request)
    assert (stands.status, stands.cause) == (Status.REJECTED, Cause.LOST_ELIGIBILITY)
    assert world.target.calls("grant") == []
    assert EventKind.STARTED not in kinds(world, request)


@pytest.mark.req("N15.checked")
@pytest.mark.parametrize("change", ["closed", "inactive", "person gone"])
def test_f11_policy_tightened_before_the_start_binds(change: str) -> None:
    world = automatic()
    request = world.submit(starts_at=NOON + DAY)
    if change == "closed":
        world.flow_store.close("buckets")
    elif change == "inactive":
        world.flow_store.change(a_flow(version=2, active=False))
    else:
        del world.directory.rows["rita"]
    world.run(DAY)
    assert world.request(request).cause is Cause.LOST_ELIGIBILITY


@pytest.mark.req("R16.submit")
def test_a_scheduled_request_needs_the_window_at_its_start_and_not_when_asked() -> None:
    world = automatic(timeframe=OFFICE_HOURS)
    world.run(8 * HOUR)
    tomorrow_at_ten = NOON + 22 * HOUR
    request = world.submit(starts_at=tomorrow_at_ten)
    with pytest.raises(
        OutsideWindow, match="open at 2026-03-03 17:00 UTC; one opens at 2026-03-04"
    ):
        world.submit(starts_at=NOON + DAY + 5 * HOUR)
    world.run(14 * HOUR)
    assert world.status(request) is Status.ACTIVE


@pytest.mark.req("R16.activation", "R94.window_closed")
def test_f11_a_window_that_is_closed_at_the_start_rejects() -> None:
    world = automatic(timeframe=OFFICE_HOURS)
    request = world.submit(starts_at=NOON + DAY)
    mornings = OFFICE_HOURS.but(to="11:00")
    world.flow_store.change(a_flow(version=2, timeframe=mornings))
    world.run(DAY)
    stands = world.request(request)
    assert (stands.status, stands.cause) == (Status.REJECTED, Cause.WINDOW_CLOSED)


@pytest.mark.req("R98.cancel")
@pytest.mark.parametrize("later", [timedelta(0), DAY, DAY + HOUR])
def test_what_is_scheduled_is_cancelled_until_it_has_started(later: timedelta) -> None:
    world = automatic()
    request = world.submit(starts_at=NOON + DAY)
    world.machines_work = False
    world.run(later)
    rita = world.directory.person("rita")
    with pytest.raises(AlreadySettled, match="cancel it instead"):
        end.revoke(world.ports, request.id, rita, None, world.now)
    assert end.cancel(world.ports, request.id, rita, world.now).status is Status.CANCELLED
    world.run(DAY)
    world.sweep()
    assert world.status(request) is Status.CANCELLED
    assert world.target.calls("grant") == []


def test_f08_a_start_whose_timer_was_lost_is_swept() -> None:
    world = automatic()
    request = world.submit(starts_at=NOON + DAY)
    world.machines_work = False
    world.run(DAY + timedelta(seconds=14))
    assert world.sweep().advanced == ()
    world.run(timedelta(seconds=2))
    assert world.sweep().advanced == (request.id,)
    assert world.status(request) is Status.GRANTING


@pytest.mark.parametrize(
    ("starts_at", "words"),
    [
        (NOON, "has passed; leave it out"),
        (NOON - SECOND, "has passed; leave it out"),
        (NOON + 90 * DAY + SECOND, "more than 90 days ahead"),
    ],
)
def test_a_start_is_in_the_future_and_not_too_far_off(starts_at, words: str) -> None:
    world = automatic()
    with pytest.raises(BadInput, match=words):
        world.submit(starts_at=starts_at)
    assert world.requests.writes == 0


def test_a_start_may_be_one_second_or_ninety_days_ahead() -> None:
    for ahead in (SECOND, 90 * DAY):
        assert automatic().submit(starts_at=NOON + ahead).status is Status.SCHEDULED


def test_a_start_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="is no instant with its zone"):
        World().wish(starts_at="2026-03-05T12:00:00")
