"""Granting and removing under every kind of bad luck."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from accessflows.actions import end
from accessflows.actions.activate import activate
from accessflows.actions.advance import Next, advance
from accessflows.actions.remove import remove
from accessflows.model.integration import Kind
from accessflows.model.limits import LANDING_TIME
from accessflows.model.refusal import TargetRefused
from accessflows.model.request import BatchState, Cause, Status
from accessflows.ports import BatchReference
from tests.doubles.faults import (
    Crash,
    Faulty,
    NoAnswer,
    crash_after,
    crash_before,
    lands_later,
    throttle,
)
from tests.factories import NOON, a_flow, a_person, a_resource, an_approval
from tests.worlds import LAMBDA_RUNS, World

HOUR = timedelta(hours=1)
CALL_UNTIL = NOON + LAMBDA_RUNS + LANDING_TIME


def reference(world: World, number: int = 1) -> BatchReference:
    (request,) = world.requests.requests.values()
    return BatchReference(request_id=request.id, batch=number, family=Kind.AWS_IAM)


def granting() -> World:
    """A request whose machine has not started: the test makes the calls itself."""
    world = World()
    world.machines_work = False
    world.submit()
    return world


def run_activate(world: World) -> str:
    return activate(
        world.ports, reference(world), deadline=world.now + LAMBDA_RUNS, clock=world.clock
    )


def run_remove(world: World) -> str:
    return remove(
        world.ports, reference(world), deadline=world.now + LAMBDA_RUNS, clock=world.clock
    )


@pytest.mark.req("N1.armed", "R42.artefact")
def test_the_row_is_armed_before_the_target_is_called() -> None:
    world = granting()
    seen = []
    world.target.before_call = lambda: seen.append(world.requests.batch(*key))
    key = (reference(world).request_id, 1)
    run_activate(world)
    assert (seen[0].state, seen[0].call_until, seen[0].until) == (
        BatchState.CLAIMED,
        CALL_UNTIL,
        CALL_UNTIL + HOUR,
    )
    batch = world.requests.batch(*key)
    assert (batch.state, batch.call_until, batch.until) == (
        BatchState.GRANTED,
        None,
        CALL_UNTIL + HOUR,
    )


@pytest.mark.req("R42.artefact")
def test_the_artefact_ends_at_most_a_minute_after_the_row() -> None:
    world = World()
    request = world.submit()
    world.run()
    stands, (batch,) = world.request(request), world.requests.batches(request)
    assert stands.ends_at is not None
    assert batch.until is not None
    assert timedelta(0) <= batch.until - stands.ends_at <= timedelta(seconds=60)


@pytest.mark.parametrize("landed", [True, False])
def test_f01_a_crash_around_the_grant_call_leaves_nothing_after_the_end(landed: bool) -> None:
    world = World()
    faults = Faulty(world.target, grant=[crash_after if landed else crash_before] * 99)
    world.ports = world.ports._replace(connectors={Kind.AWS_IAM: faults})
    request = world.submit()
    world.run(timedelta(seconds=59))
    assert world.status(request) is Status.GRANTING
    assert world.target.has_access("user/demo-rita", "invoices", "read") is landed
    world.run(timedelta(seconds=2))
    assert (world.status(request), world.request(request).cause) == (Status.FAILED, Cause.FAILED)
    assert not world.target.has_access("user/demo-rita", "invoices", "read")


def test_f01_a_crash_between_grant_and_record_is_made_good_by_the_sweep() -> None:
    world = granting()
    (request,) = world.requests.requests.values()
    faults = Faulty(world.target, grant=[crash_after])
    world.ports = world.ports._replace(connectors={Kind.AWS_IAM: faults})
    with pytest.raises(Crash):
        run_activate(world)
    assert world.target.has_access("user/demo-rita", "invoices", "read")
    world.run(timedelta(minutes=11))
    world.sweep()
    assert world.status(request) is Status.FAILED
    assert not world.target.has_access("user/demo-rita", "invoices", "read")


@pytest.mark.req("R97.none")
def test_f02_a_grant_that_is_never_observed_is_failed_and_cleaned_up() -> None:
    world = World()
    world.target.hide = True
    request = world.submit()
    world.run(timedelta(minutes=5))
    assert world.status(request) is Status.FAILED
    assert world.target.calls("revoke")


def test_f02_a_refusal_by_the_target_shows_its_words() -> None:
    world = World()
    world.target.refuse = TargetRefused("the user is gone")
    request = world.submit()
    world.run(timedelta(minutes=1))
    closed = world.request(request)
    assert (closed.status, closed.reason) == (Status.FAILED, "the user is gone")


@pytest.mark.req("R33.activation", "R94.quota")
def test_a_request_the_target_has_no_room_for_any_more_is_rejected() -> None:
    world = World(
        flows=[a_flow(approval=an_approval("leads"))], people=[a_person("anna", groups=("leads",))]
    )
    request = world.submit()
    world.target.quota = 0
    world.approve(request, "anna")
    world.run(timedelta(minutes=1))
    closed = world.request(request)
    assert (closed.status, closed.cause) == (Status.REJECTED, Cause.QUOTA)
    assert "0 fit" in (closed.reason or "")
    assert world.target.log == []


@pytest.mark.req("R95.observed")
@pytest.mark.parametrize("times", [1, 2, 3, 5, 8])
def test_f03_a_revoke_that_is_throttled_k_times_still_happens(times: int) -> None:
    world = World()
    request = world.submit()
    world.run()
    faults = Faulty(world.target, revoke=[throttle] * times)
    world.ports = world.ports._replace(connectors={Kind.AWS_IAM: faults})
    world.run(HOUR + timedelta(seconds=1))
    assert world.status(request) is Status.REVOKING
    for _ in range(200):
        world.run(timedelta(minutes=1))
        world.sweep()
    assert world.status(request) is Status.EXPIRED
    assert world.request(request).tries == times + 1
    assert not world.target.has_access("user/demo-rita", "invoices", "read")


@pytest.mark.req("N1.evidence")
def test_f04_evidence_counts_only_after_the_last_call_could_have_landed() -> None:
    world = granting()
    (request,) = world.requests.requests.values()
    pending: list[Callable[[], Any]] = []
    faults = Faulty(world.target, grant=[lands_later(pending)])
    world.ports = world.ports._replace(connectors={Kind.AWS_IAM: faults})
    with pytest.raises(NoAnswer):
        run_activate(world)
    end.revoke(world.ports, request.id, a_person("rita"), None, world.now)
    assert run_remove(world) == "in flight"
    assert world.requests.batch(request.id, 1).state is BatchState.CLAIMED
    pending.pop()()
    assert world.target.has_access("user/demo-rita", "invoices", "read")
    world.now = CALL_UNTIL
    assert run_remove(world) == "absent"
    assert not world.target.has_access("user/demo-rita", "invoices", "read")
    assert world.requests.batch(request.id, 1).observed_at == CALL_UNTIL


def test_f04_a_grant_that_lands_while_revoking_is_not_recorded_as_held() -> None:
    world = granting()
    (request,) = world.requests.requests.values()

    def revoke_meanwhile() -> None:
        world.target.before_call = lambda: None
        end.revoke(world.ports, request.id, a_person("rita"), None, world.now)
        run_remove(world)

    world.target.before_call = revoke_meanwhile
    assert run_activate(world) == "lost"
    assert world.target.has_access("user/demo-rita", "invoices", "read")
    world.machines_work = True
    world.run(timedelta(minutes=2))
    world.sweep()
    assert world.status(request) is Status.REVOKED
    assert not world.target.has_access("user/demo-rita", "invoices", "read")


def test_no_claim_succeeds_once_revocation_has_begun() -> None:
    world = granting()
    (request,) = world.requests.requests.values()
    end.revoke(world.ports, request.id, a_person("rita"), None, world.now)
    assert run_activate(world) == "settled"
    assert world.target.calls("grant") == []


def test_activating_twice_grants_once() -> None:
    world = granting()
    assert [run_activate(world), run_activate(world)] == ["granted", "settled"]
    assert len(world.target.calls("grant")) == 1


def test_a_task_whose_matter_is_settled_does_not_raise() -> None:
    world = World()
    request = world.submit()
    world.run(HOUR + timedelta(minutes=1))
    assert run_remove(world) == "settled"
    assert run_activate(world) == "settled"
    assert advance(world.ports, request.id, world.now).next is Next.DONE


@pytest.mark.req("R97.some", "R97.each")
def test_f24_active_if_one_holds_and_everything_tried_is_revoked() -> None:
    names = [f"bucket-{i:03d}" for i in range(150)]
    world = World(resources=[a_resource(name) for name in names])
    world.target.refuse_batch = 2
    request = world.submit(*names)
    world.run(timedelta(minutes=2))
    assert world.status(request) is Status.ACTIVE
    states = [batch.state for batch in world.requests.batches(request)]
    assert states == [BatchState.GRANTED, BatchState.FAILED]
    assert world.requests.batches(request)[1].message
    world.run(HOUR + timedelta(minutes=2))
    assert world.status(request) is Status.EXPIRED
    assert {call.number for call in world.target.calls("revoke")} == {1, 2}


def test_f27_while_the_target_is_away_expiries_wait_and_then_catch_up() -> None:
    world = World(resources=[a_resource("a"), a_resource("b")])
    requests = [world.submit("a"), world.submit("b")]
    world.run(timedelta(seconds=1))
    faults = Faulty(world.target, revoke=[throttle] * 10_000)
    world.ports = world.ports._replace(connectors={Kind.AWS_IAM: faults})
    world.run(HOUR * 3)
    assert {world.status(r) for r in requests} == {Status.REVOKING}
    world.ports = world.ports._replace(connectors={Kind.AWS_IAM: world.target})
    for _ in range(70):
        world.run(timedelta(minutes=1))
        world.sweep()
    assert {world.status(r) for r in requests} == {Status.EXPIRED}


def test_f04_the_machine_that_granted_leaves_the_revocation_to_its_own() -> None:
    world = granting()
    (request,) = world.requests.requests.values()
    end.revoke(world.ports, request.id, a_person("rita"), None, world.now)
    for can in (None, Next.ACTIVATE):
        assert advance(world.ports, request.id, world.now, can=can).next is Next.DONE
    assert world.request(request).tries == 0
    assert advance(world.ports, request.id, world.now, can=Next.REVOKE).next is Next.REVOKE
    assert world.request(request).tries == 1
