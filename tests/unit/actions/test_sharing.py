"""Grants that need the same membership: it is there while one of them lasts, and then it goes.

Every interleaving is in test_sharing_interleaved; here are the cases one would name."""

from datetime import timedelta
from typing import Any

import pytest

from accessflows.actions import end
from accessflows.actions.activate import activate
from accessflows.actions.advance import Next, advance
from accessflows.actions.extend import extend
from accessflows.actions.remove import remove
from accessflows.model.integration import Kind
from accessflows.model.limits import LANDING_TIME
from accessflows.model.refusal import TargetRefused
from accessflows.model.request import AccessRequest, BatchState, Cause, Status
from accessflows.ports import BatchReference
from accessflows.rules.leases import LeaseBusy
from tests.doubles.faults import Crash, Faulty, crash_after, crash_before
from tests.doubles.shared_target import SharedTarget
from tests.factories import a_flow, a_person, a_resource
from tests.worlds import LAMBDA_RUNS, World

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
RITA = a_person("rita")
INVOICES = ("user/demo-rita", "invoices", "read")
LEDGER = ("user/demo-rita", "ledger", "read")


@pytest.fixture
def world() -> World:
    return a_world()


def a_world(*, native_expiry: bool = False) -> World:
    world = World(
        flows=[a_flow(settings={"max_extensions": 2})],
        resources=[a_resource("invoices"), a_resource("ledger")],
    )
    world.machines_work = False
    shared = SharedTarget(world.clock, native_expiry=native_expiry)
    world.ports = world.ports._replace(connectors={Kind.AWS_IAM: shared})
    return world


def target(world: World) -> SharedTarget:
    found: Any = world.ports.connectors[Kind.AWS_IAM]
    return found


def granted(world: World, *resources: str) -> AccessRequest:
    request = world.submit(*resources)
    assert run_activate(world, request) == "granted"
    advance(world.ports, request.id, world.now, can=Next.ACTIVATE)
    return world.request(request)


def run_activate(world: World, request: AccessRequest) -> str:
    deadline = world.now + LAMBDA_RUNS
    return activate(world.ports, reference(request), deadline=deadline, clock=world.clock)


def run_remove(world: World, request: AccessRequest) -> str:
    deadline = world.now + LAMBDA_RUNS
    return remove(world.ports, reference(request), deadline=deadline, clock=world.clock)


def ended(world: World, request: AccessRequest) -> str:
    end.revoke(world.ports, request.id, RITA, None, world.now)
    return run_remove(world, request)


def reference(request: AccessRequest) -> BatchReference:
    return BatchReference(request_id=request.id, batch=1, family=Kind.AWS_IAM)


def outcome(world: World, request: AccessRequest) -> list[dict[str, object]]:
    evidence = world.requests.batch(request.id, 1).evidence
    assert evidence is not None
    entitlements: list[dict[str, object]] = evidence["entitlements"]
    return entitlements


def held(world: World) -> set[tuple[str, str, str]]:
    return {place for place in (INVOICES, LEDGER) if target(world).has(place)}


@pytest.mark.req("N2.shared")
def test_f05_the_last_grant_takes_it_away_and_the_first_leaves_it(world: World) -> None:
    first, second = granted(world, "invoices"), granted(world, "invoices")
    assert (ended(world, first), held(world)) == ("absent", {INVOICES})
    assert outcome(world, first) == [
        {"resource": "invoices", "permission": "read", "kept_for": [f"{second.id}-1"]}
    ]
    assert (ended(world, second), held(world)) == ("absent", set())
    assert outcome(world, second) == [
        {"resource": "invoices", "permission": "read", "absent": True}
    ]


@pytest.mark.req("N2.shared")
def test_f05_of_two_that_end_together_one_takes_it_away(world: World) -> None:
    first, second = granted(world, "invoices"), granted(world, "invoices")
    for request in (first, second):
        end.revoke(world.ports, request.id, RITA, None, world.now)

    def the_other_ends_meanwhile() -> None:
        world.requests.before_write = lambda: None
        # Both have read that they are two.
        assert run_remove(world, second) == "absent"

    writes = iter([lambda: None, the_other_ends_meanwhile])
    world.requests.before_write = lambda: next(writes)()
    assert run_remove(world, first) == "absent"
    assert held(world) == set()


@pytest.mark.req("N2.shared")
def test_f05_of_several_things_only_those_go_that_nobody_else_needs(world: World) -> None:
    both, one = granted(world, "invoices", "ledger"), granted(world, "ledger")
    assert ended(world, both) == "absent"
    assert held(world) == {LEDGER}
    assert [set(each) - {"resource", "permission"} for each in outcome(world, both)] == [
        {"absent"},
        {"kept_for"},
    ]
    assert ended(world, one) == "absent"
    assert held(world) == set()


@pytest.mark.req("N2.shared")
def test_what_was_there_before_the_product_stays(world: World) -> None:
    target(world).held[INVOICES] = None
    request = granted(world, "invoices", "ledger")
    evidence = world.requests.batch(request.id, 1).evidence
    assert evidence is not None
    assert evidence["there_before"] == [{"resource": "invoices", "permission": "read"}]
    assert ended(world, request) == "absent"
    assert held(world) == {INVOICES}
    assert outcome(world, request)[0]["kept"] == "it was there before the first grant"
    assert ("revoke", INVOICES) not in target(world).calls


@pytest.mark.req("N2.shared")
def test_what_was_there_before_and_went_is_granted_like_anything_else(world: World) -> None:
    target(world).held[INVOICES] = None
    first = granted(world, "invoices")
    del target(world).held[INVOICES]
    second = granted(world, "invoices")
    assert held(world) == {INVOICES}
    assert [ended(world, first), ended(world, second)] == ["absent", "absent"]
    assert held(world) == set()


@pytest.mark.req("N2.shared")
def test_it_lasts_at_the_target_until_the_last_of_its_grants_ends() -> None:
    world = a_world(native_expiry=True)
    first = granted(world, "invoices")
    world.now += timedelta(minutes=30)
    second = granted(world, "invoices")
    later = world.requests.batch(second.id, 1).until
    assert target(world).held[INVOICES] == later
    extend(world.ports, first.id, RITA, world.now)
    run_activate(world, first)
    extended = world.requests.batch(first.id, 1).until
    assert later is not None
    assert target(world).held[INVOICES] == max(later, extended or later)


@pytest.mark.req("N2.shared")
def test_f05_who_finds_it_being_taken_away_waits_for_its_turn(world: World) -> None:
    first, second = granted(world, "invoices"), world.submit("invoices")
    faulty = Faulty(target(world), revoke=[crash_before])
    world.ports = world.ports._replace(connectors={Kind.AWS_IAM: faulty})
    with pytest.raises(Crash):
        ended(world, first)
    with pytest.raises(LeaseBusy, match=f"invoices for user/demo-rita .* grant {first.id}-1"):
        run_activate(world, second)
    assert world.requests.batch(second.id, 1).state is BatchState.PLANNED
    world.now += LAMBDA_RUNS + LANDING_TIME - SECOND
    with pytest.raises(LeaseBusy):
        run_activate(world, second)
    world.now += SECOND
    assert run_activate(world, second) == "granted"
    assert run_remove(world, first) == "absent"
    assert held(world) == {INVOICES}


@pytest.mark.req("N2.shared")
def test_f01_who_died_while_adding_keeps_others_waiting_no_longer_than_its_call(
    world: World,
) -> None:
    first, second = world.submit("invoices"), world.submit("invoices")
    faulty = Faulty(target(world), grant=[crash_after])
    world.ports = world.ports._replace(connectors={Kind.AWS_IAM: faulty})
    with pytest.raises(Crash):
        run_activate(world, first)
    with pytest.raises(LeaseBusy):
        run_activate(world, second)
    world.now += LAMBDA_RUNS + LANDING_TIME
    assert run_activate(world, second) == "granted"
    assert [ended(world, first), ended(world, second)] == ["absent", "absent"]
    assert held(world) == set()


@pytest.mark.req("N2.shared")
def test_f04_who_may_still_add_it_leaves_no_sooner_than_that(world: World) -> None:
    first, second = world.submit("invoices"), granted(world, "invoices")
    faulty = Faulty(target(world), grant=[crash_before])
    world.ports = world.ports._replace(connectors={Kind.AWS_IAM: faulty})
    with pytest.raises(Crash):
        run_activate(world, first)
    assert ended(world, first) == "in flight"
    assert ended(world, second) == "absent"
    assert held(world) == {INVOICES}
    world.now += LAMBDA_RUNS + LANDING_TIME
    assert run_remove(world, first) == "absent"
    assert held(world) == set()


@pytest.mark.req("N2.shared")
def test_a_grant_that_never_came_to_pass_takes_nothing_away(world: World) -> None:
    target(world).held[INVOICES] = None
    request = world.submit("invoices")
    assert ended(world, request) == "absent"
    assert held(world) == {INVOICES}
    assert outcome(world, request)[0]["added"] is False


@pytest.mark.req("N2.shared")
def test_a_refused_grant_is_cleaned_up_like_any_other(world: World) -> None:
    def refuse(_: object) -> None:
        raise TargetRefused("there is no such group")

    request = world.submit("invoices")
    faulty = Faulty(target(world), grant=[refuse])
    world.ports = world.ports._replace(connectors={Kind.AWS_IAM: faulty})
    assert run_activate(world, request) == "refused"
    assert ended(world, request) == "absent"
    assert not [lease for lease in world.requests.lease_rows.values() if lease.grants]


@pytest.mark.req("N2.shared")
def test_in_the_end_the_sweep_alone_leaves_nothing(world: World) -> None:
    requests = [granted(world, "invoices"), granted(world, "invoices", "ledger")]
    world.run(HOUR + timedelta(minutes=5))
    for _ in range(3):
        world.sweep()
    assert {world.status(request) for request in requests} == {Status.EXPIRED}
    assert {world.request(request).cause for request in requests} == {Cause.TIME}
    assert held(world) == set()


def test_own_artefacts_have_no_leases() -> None:
    world = World()
    request = world.submit()
    world.run(HOUR + timedelta(minutes=2))
    assert world.status(request) is Status.EXPIRED
    assert world.requests.lease_rows == {}
