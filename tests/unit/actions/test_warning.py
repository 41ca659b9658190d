"""Shortly before access ends its people are told, once for each end, and the end is never late."""

from datetime import timedelta
from typing import Any

import pytest

from accessflows.actions.end import revoke
from accessflows.actions.extend import extend
from accessflows.actions.send_notice import Delivery
from accessflows.model.event import Event, EventKind, first_broken
from accessflows.model.notice import NoticeKind
from accessflows.model.request import AccessRequest, Status
from accessflows.rules.warning import warning_before
from tests.doubles.mail import MemoryMailer, deliver, notices_of
from tests.factories import NOON, a_flow, a_person
from tests.worlds import World

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
BEHALF = {
    "scopes": ("self", "others"),
    "grantees": {"conditions": ({"attribute": "user", "values": ("gus",)},)},
}


def active(world: World, **wish: Any) -> AccessRequest:
    request = world.submit(**wish)
    world.run()
    assert world.status(request) is Status.ACTIVE
    return request


def warnings(world: World, request: AccessRequest) -> list[Event]:
    events = world.requests.events(request.subject)
    assert first_broken(events) is None
    return [event for event in events if event.kind is EventKind.ENDING_SOON]


@pytest.mark.parametrize(
    ("lasts", "before"),
    [
        (timedelta(minutes=10) - SECOND, None),
        (timedelta(minutes=10), MINUTE),
        (HOUR, 6 * MINUTE),
        (150 * MINUTE, 15 * MINUTE),
        (timedelta(days=7), 15 * MINUTE),
    ],
)
def test_the_warning_comes_with_a_tenth_left_or_a_quarter_of_an_hour(
    lasts: timedelta, before: timedelta | None
) -> None:
    ends_at = NOON + lasts
    assert warning_before(ends_at, NOON) == (ends_at - before if before else None)
    assert warning_before(None, NOON) is None


@pytest.mark.req("R124.ending_soon")
def test_requester_and_grantee_are_told_once_when_it_ends() -> None:
    world = World(flows=[a_flow(request_for=BEHALF)], people=[a_person("gus")])
    request = active(world, grantee_id="gus")
    world.run(54 * MINUTE - SECOND)
    assert warnings(world, request) == []
    world.run(SECOND)
    (warning,) = warnings(world, request)
    mailer = MemoryMailer()
    for notice in notices_of(world, warning):
        assert notice.kind is NoticeKind.ENDING_SOON
        assert deliver(world, notice, mailer) is Delivery.SENT
    (to_gus,) = mailer.to("gus")
    assert to_gus.subject == "Access ends soon: invoices"
    assert "Your access ends by itself on Monday 2 March 2026, 13:00 UTC" in to_gus.text
    assert "extend" not in to_gus.text
    assert len(mailer.to("rita")) == 1
    world.run(HOUR)
    assert len(warnings(world, request)) == 1


def test_the_end_comes_at_its_instant_after_the_warning() -> None:
    world = World()
    request = active(world)
    world.run(HOUR - SECOND)
    assert world.status(request) is Status.ACTIVE
    world.run(SECOND)
    ended = world.request(request)
    assert (ended.status, ended.revoking_at) == (Status.EXPIRED, NOON + HOUR)


def test_without_machines_the_sweep_warns_and_ends_it() -> None:
    world = World()
    request = active(world)
    world.executions.clear()
    world.machines_work = False
    world.run(55 * MINUTE)
    world.sweep()
    assert len(warnings(world, request)) == 1
    assert world.status(request) is Status.ACTIVE
    world.sweep()
    assert len(warnings(world, request)) == 1
    world.run(5 * MINUTE + 16 * SECOND)
    world.sweep()
    assert world.status(request) is Status.EXPIRED


def test_a_warning_that_nobody_noticed_before_the_end_is_not_made_up_for() -> None:
    world = World()
    request = active(world)
    world.executions.clear()
    world.run(HOUR + MINUTE)
    world.sweep()
    assert world.status(request) is Status.EXPIRED
    assert warnings(world, request) == []


@pytest.mark.req("R124.ending_soon")
def test_after_an_extension_its_people_are_told_again_of_the_new_end() -> None:
    world = World(flows=[a_flow(settings={"max_extensions": 2})])
    request = active(world)
    world.run(55 * MINUTE)
    (first,) = warnings(world, request)
    mailer = MemoryMailer()
    assert [deliver(world, n, mailer) for n in notices_of(world, first)] == [Delivery.SENT]
    assert "can extend it by 30 minutes until then" in mailer.sent[0].text
    extend(world.ports, request.id, world.directory.person("rita"), world.now)
    late = MemoryMailer()
    late_notice = notices_of(world, first)[0].model_copy(update={"event_id": "another"})
    assert deliver(world, late_notice, late) is Delivery.SETTLED
    world.run(30 * MINUTE)
    assert world.status(request) is Status.ACTIVE
    world.run(4 * MINUTE)
    assert len(warnings(world, request)) == 2
    world.run(MINUTE)
    assert world.status(request) is Status.EXPIRED


def test_of_what_was_revoked_meanwhile_nobody_is_warned() -> None:
    world = World()
    request = active(world)
    world.run(54 * MINUTE)
    (warning,) = warnings(world, request)
    revoke(world.ports, request.id, world.directory.person("rita"), None, world.now)
    (notice,) = notices_of(world, warning)
    assert deliver(world, notice, MemoryMailer()) is Delivery.SETTLED


def test_access_without_an_end_and_short_access_end_without_a_warning() -> None:
    for duration in ("indefinite", timedelta(minutes=9)):
        world = World(flows=[a_flow(grant_duration=duration)])
        request = active(world)
        assert world.request(request).warn_at is None
        world.run(timedelta(days=2))
        assert warnings(world, request) == []
