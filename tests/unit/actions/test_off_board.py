"""Leaving: what a person asked for and holds goes when they do, or no longer qualify."""

import itertools
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from accessflows.actions.off_board import OffBoarded, off_board, sweep_leavers
from accessflows.model.event import SYSTEM, EventKind, first_broken
from accessflows.model.person import Person
from accessflows.model.request import AccessRequest, BatchState, Cause, Status
from accessflows.model.roll import Roll, Shift
from tests.doubles.crashes import Crash, Crashing
from tests.doubles.mail import mails_of
from tests.factories import NOON, a_flow, a_person, a_resource, a_target, all_of, an_approval, is_
from tests.worlds import World

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
LEADS = an_approval("leads")
GUS = a_person("gus", groups=("contractors",))


def for_contractors() -> dict[str, Any]:
    condition = {"attribute": "group", "values": ("contractors",)}
    return {"scopes": ("self", "others"), "grantees": {"conditions": (condition,)}}


def a_world(**flow: Any) -> World:
    anna = a_person("anna", groups=("leads",))
    return World(flows=[a_flow(request_for=for_contractors(), **flow)], people=[anna, GUS])


def change(world: World, person_id: str, **changes: Any) -> None:
    world.directory.change(world.directory.person(person_id).but(**changes))


def leave(world: World, person_id: str = "rita") -> OffBoarded:
    change(world, person_id, active=False)
    return off_board(world.ports, person_id, world.now)


def swept(world: World, *, seconds: int = 60) -> OffBoarded:
    stop_at = world.now + timedelta(seconds=seconds)
    return sweep_leavers(world.ports, clock=world.clock, stop_at=stop_at)


def after_event(world: World) -> OffBoarded:
    return off_board(world.ports, "rita", world.now)


def in_use(world: World, by: str = "rita") -> bool:
    return world.target.has_access(f"user/demo-{by}", "invoices", "read")


def how_it_ended(world: World, request: AccessRequest) -> tuple[Status, Cause | None]:
    now = world.request(request)
    return now.status, now.cause


EITHER = pytest.mark.parametrize("look", [after_event, swept], ids=["event", "sweep"])
Look = Callable[[World], OffBoarded]


@EITHER
@pytest.mark.req("N10.left", "R96.left")
def test_f10_active_access_of_somebody_who_left_is_taken_away(look: Look) -> None:
    world = a_world()
    request = world.submit()
    world.run()
    assert in_use(world)
    change(world, "rita", active=False)
    assert look(world).ended == (request.id,)
    world.run()
    assert how_it_ended(world, request) == (Status.REVOKED, Cause.LEFT)
    assert not in_use(world)
    assert world.request(request).reason == "Rita was deactivated"
    events = world.requests.events(request.subject)
    started = next(e for e in events if e.kind is EventKind.REVOCATION_STARTED)
    assert started.actor == SYSTEM
    assert first_broken(events) is None


@EITHER
@pytest.mark.req("R44.left")
def test_access_without_an_end_ends_when_its_holder_leaves(look: Look) -> None:
    world = a_world(grant_duration="indefinite")
    request = world.submit()
    world.run()
    assert world.request(request).due_at is None
    change(world, "rita", active=False)
    look(world)
    world.run()
    assert how_it_ended(world, request) == (Status.REVOKED, Cause.LEFT)
    assert not in_use(world)


@EITHER
@pytest.mark.req("N10.left")
def test_what_still_waits_is_cancelled_scheduled_or_not(look: Look) -> None:
    world = a_world(approval=LEADS)
    pending = world.submit()
    scheduled = world.submit(starts_at=NOON + HOUR)
    world.approve(scheduled, "anna")
    assert world.status(scheduled) is Status.SCHEDULED
    change(world, "rita", active=False)
    assert set(look(world).ended) == {pending.id, scheduled.id}
    for request in (pending, scheduled):
        assert how_it_ended(world, request) == (Status.CANCELLED, Cause.LEFT)
    world.run(2 * HOUR)
    assert world.target.calls("grant") == []


def test_f04_who_leaves_while_access_is_being_given_ends_without_it() -> None:
    world = a_world()
    request = world.submit()
    assert world.status(request) is Status.GRANTING
    leave(world)
    world.run()
    assert how_it_ended(world, request) == (Status.REVOKED, Cause.LEFT)
    (batch,) = world.requests.batches(request)
    assert batch.state is BatchState.ABSENT
    assert not in_use(world)


@EITHER
def test_what_was_asked_for_somebody_who_left_goes_as_well(look: Look) -> None:
    world = a_world()
    request = world.submit(grantee_id="gus", by="rita")
    world.run()
    assert in_use(world, "gus")
    change(world, "gus", active=False)
    off_board(world.ports, "gus", world.now) if look is after_event else look(world)
    world.run()
    assert how_it_ended(world, request) == (Status.REVOKED, Cause.LEFT)
    assert not in_use(world, "gus")


@EITHER
def test_of_what_a_leaver_asked_for_others_only_what_still_waits_goes(look: Look) -> None:
    world = a_world(approval=LEADS)
    active = world.submit(grantee_id="gus")
    world.approve(active, "anna")
    world.run()
    pending = world.submit(grantee_id="gus")
    change(world, "rita", active=False)
    assert look(world).ended == (pending.id,)
    world.run()
    assert how_it_ended(world, pending) == (Status.CANCELLED, Cause.LEFT)
    assert world.status(active) is Status.ACTIVE
    assert in_use(world, "gus")


@EITHER
@pytest.mark.parametrize(
    "changes",
    [{}, {"name": "Rita Renamed"}, {"groups": ()}],
    ids=["none", "name", "group"],
)
def test_whoever_stays_keeps_what_they_have_whatever_else_changes(
    look: Look, changes: dict[str, Any]
) -> None:
    world = a_world()
    request = world.submit()
    world.run()
    change(world, "rita", **changes)
    assert look(world) == OffBoarded((), {})
    assert world.status(request) is Status.ACTIVE


@EITHER
@pytest.mark.req("N10.loss")
def test_f11_with_revoke_on_loss_access_goes_with_the_condition_for_it(look: Look) -> None:
    world = a_world(settings={"revoke_on_loss": True})
    request = world.submit()
    world.run()
    assert look(world).ended == ()
    change(world, "rita", groups=())
    assert look(world).ended == (request.id,)
    world.run()
    assert how_it_ended(world, request) == (Status.REVOKED, Cause.LOST_ELIGIBILITY)
    assert not in_use(world)
    assert "group" in (world.request(request).reason or "")


@pytest.mark.req("N10.loss")
def test_with_revoke_on_loss_what_waits_is_rejected_at_once() -> None:
    world = a_world(settings={"revoke_on_loss": True}, approval=LEADS)
    request = world.submit()
    change(world, "rita", groups=())
    after_event(world)
    assert how_it_ended(world, request) == (Status.REJECTED, Cause.LOST_ELIGIBILITY)


@pytest.mark.parametrize("what", ["closed", "inactive", "uncovered"])
@pytest.mark.req("N10.loss")
def test_f11_a_flow_that_got_stricter_takes_away_only_with_revoke_on_loss(what: str) -> None:
    for revoke_on_loss in (False, True):
        flow = a_flow(settings={"revoke_on_loss": revoke_on_loss})
        world = World(flows=[flow])
        request = world.submit()
        world.run()
        changed = flow.but(version=2)
        match what:
            case "closed":
                world.flow_store.close(flow.id)
            case "inactive":
                world.flow_store.change(changed.but(active=False))
            case _:
                elsewhere = (a_target(resources={"names": ("reports",)}),)
                world.flow_store.change(changed.but(targets=elsewhere))
        assert swept(world).ended == ((request.id,) if revoke_on_loss else ())


@pytest.mark.parametrize("today", [True, False])
def test_todays_version_says_whether_access_goes_with_its_condition(today: bool) -> None:
    world = World(flows=[a_flow(settings={"revoke_on_loss": not today})])
    request = world.submit()
    world.run()
    change(world, "rita", groups=())
    world.flow_store.change(a_flow(version=2, settings={"revoke_on_loss": today}))
    assert swept(world).ended == ((request.id,) if today else ())


def test_f22_a_resource_that_the_inventory_lacks_for_a_while_takes_nothing_away() -> None:
    world = World(flows=[a_flow(settings={"revoke_on_loss": True})])
    request = world.submit()
    world.run()
    world.ports.inventory.replace("aws-demo", [], world.now)
    assert swept(world).ended == ()
    tagged = a_resource(tags={"env": "production"})
    world.ports.inventory.replace("aws-demo", [tagged], world.now)
    assert swept(world).ended == ()
    assert world.status(request) is Status.ACTIVE


@pytest.mark.parametrize(("on_call", "stays"), [(None, True), (frozenset(), False)])
def test_f27_a_silent_on_call_service_takes_nothing_away_and_a_changed_shift_does(
    on_call: frozenset[str] | None, stays: bool
) -> None:
    flow = a_flow(requestors=all_of(is_("on_call", "primary")), settings={"revoke_on_loss": True})
    world = World(flows=[flow])
    shifts = [Shift("primary", "Primary", frozenset({"rita"}))]
    world.directory.roll = lambda: Roll(lambda: shifts)
    request = world.submit()
    world.run()
    shifts[:] = [Shift("primary", "Primary", on_call)]
    assert swept(world).ended == (() if stays else (request.id,))


@EITHER
def test_what_ended_by_itself_is_left_to_what_ends_it(look: Look) -> None:
    world = a_world()
    request = world.submit()
    world.run()
    world.executions.clear()
    world.run(HOUR)
    change(world, "rita", active=False)
    assert look(world).ended == ()
    world.run(timedelta(minutes=1))
    world.sweep()
    assert how_it_ended(world, request) == (Status.EXPIRED, Cause.TIME)


def several(world: World) -> list[AccessRequest]:
    requests = [world.submit() for _ in range(2)]
    for request in requests:
        world.approve(request, "anna")
    world.run()
    return [*requests, world.submit(), world.submit(starts_at=NOON + HOUR)]


@pytest.mark.parametrize("writes", range(5))
def test_f01_a_run_that_died_anywhere_is_completed_by_the_next(writes: int) -> None:
    world = a_world(approval=LEADS)
    requests = several(world)
    change(world, "rita", active=False)
    dying = Crashing(world.requests, [writes], ("commit",))
    died = off_board(world.ports._replace(requests=dying), "rita", world.now)
    assert len(died.ended) == min(writes, 4)
    assert {type(e) for e in died.failures.values()} <= {Crash}
    assert len(swept(world).ended) == 4 - len(died.ended)
    world.run()
    closed = [how_it_ended(world, request) for request in requests]
    assert closed == [(Status.REVOKED, Cause.LEFT)] * 2 + [(Status.CANCELLED, Cause.LEFT)] * 2
    assert not in_use(world)


@EITHER
def test_looking_twice_changes_nothing_more(look: Look) -> None:
    world = a_world(approval=LEADS)
    several(world)
    change(world, "rita", active=False)
    assert len(look(world).ended) == 4
    writes = world.requests.writes
    assert look(world) == OffBoarded((), {})
    assert world.requests.writes == writes


def test_a_sweep_out_of_time_goes_on_where_it_stopped() -> None:
    world = a_world(approval=LEADS)
    several(world)
    change(world, "rita", active=False)
    runs: list[OffBoarded] = []
    while not runs or not runs[-1].finished:
        # Each look at the clock takes a second: a run gets as far as one page.
        clock = (NOON + timedelta(seconds=n) for n in itertools.count()).__next__
        runs.append(sweep_leavers(world.ports, clock=clock, stop_at=NOON + 2 * SECOND))
    assert len(runs) > 1
    ended = [request_id for run in runs for request_id in run.ended]
    assert len(ended) == len(set(ended)) == 4


def test_a_person_who_returned_meanwhile_keeps_what_is_left(monkeypatch: Any) -> None:
    world = a_world()
    request = world.submit()
    world.run()
    change(world, "rita", active=False)
    people = world.directory.people

    def once_stale(ids: Any) -> dict[str, Person]:
        found = dict(people(ids))
        change(world, "rita", active=True)
        return found

    monkeypatch.setattr(world.directory, "people", once_stale)
    assert swept(world).ended == ()
    assert world.status(request) is Status.ACTIVE


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"active": False}, "The account was deactivated"),
        ({"groups": ()}, "The conditions of the access flow no longer held"),
    ],
)
@pytest.mark.req("R124.ended")
def test_whoever_is_still_there_is_told_why_it_ended(changes: dict[str, Any], said: str) -> None:
    world = a_world(settings={"revoke_on_loss": True})
    request = world.submit(grantee_id="gus")
    world.run()
    change(world, "gus", **changes)
    off_board(world.ports, "gus", world.now)
    world.run()
    (mail,) = mails_of(world, request).to("rita")
    assert said in mail.text


@pytest.mark.parametrize("starts_at", [None, NOON + HOUR])
def test_a_cancelled_request_names_who_left(starts_at: datetime | None) -> None:
    world = a_world(approval=LEADS)
    request = world.submit(grantee_id="gus", starts_at=starts_at)
    change(world, "gus", active=False)
    off_board(world.ports, "gus", world.now)
    (mail,) = mails_of(world, request).to("rita")
    assert "The account was deactivated, so the request was closed" in mail.text
    assert "Gus was deactivated" in mail.text
