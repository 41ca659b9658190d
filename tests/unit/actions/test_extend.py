"""Extending: the row first, then the end at the target, and nothing else."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from accessflows.actions import end
from accessflows.actions.extend import extend
from accessflows.model.event import EventKind, first_broken
from accessflows.model.integration import Kind
from accessflows.model.person import Role
from accessflows.model.refusal import AlreadySettled, NotExtendable, NotFound
from accessflows.model.request import AccessRequest, Status
from tests.doubles.faults import Fault, Faulty, throttle
from tests.factories import NOON, a_flow, a_person, a_resource, an_approval
from tests.worlds import Execution, World

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)


def a_world(extensions: int = 2, *, faults: Sequence[Fault] = (), **changes) -> World:
    settings = {
        "max_extensions": extensions,
        "requester_cannot_approve_self": True,
        **changes.pop("settings", {}),
    }
    people = [
        a_person("anna", groups=("leads",)),
        a_person("gus"),
        a_person("ada", roles=(Role.ADMIN,)),
    ]
    world = World(flows=[a_flow(settings=settings, **changes)], people=people)
    world.ports.connectors[Kind.AWS_IAM] = Faulty(world.target, grant=faults)  # type: ignore[index]
    return world


def activated(world: World, *resources: str) -> AccessRequest:
    request = world.submit(*resources)
    world.run()
    assert world.status(request) is Status.ACTIVE
    return world.request(request)


def extended(world: World, request: AccessRequest, by: str = "rita") -> AccessRequest:
    return extend(world.ports, request.id, world.directory.person(by), world.now)


def in_use(world: World) -> bool:
    return world.target.has_access("user/demo-rita", "invoices", "read")


@pytest.mark.req("R70", "R73.same_grant")
def test_extended_access_works_past_its_old_end_and_ends_at_the_new_one() -> None:
    world = a_world()
    request = activated(world)
    (granted,) = world.requests.batches(request)
    world.run(HOUR - SECOND)
    extended(world, request)
    world.run(timedelta(minutes=10))
    assert world.status(request) is Status.ACTIVE
    assert in_use(world)
    (batch,) = world.requests.batches(request)
    assert batch.until == NOON + 1.5 * HOUR
    assert (batch.grant_id, batch.principal) == (granted.grant_id, granted.principal)
    assert {call.grant_id for call in world.target.log} == {granted.grant_id}
    world.run(timedelta(minutes=20, seconds=1))
    assert world.status(request) is Status.EXPIRED
    assert not in_use(world)
    events = world.requests.events(request.subject)
    assert EventKind.EXTENDED in [event.kind for event in events]
    assert first_broken(events) is None


def test_f03_a_target_that_fails_to_move_an_end_is_asked_again_after_a_while() -> None:
    world = a_world(faults=[lambda call: call(), *[throttle] * 3])
    request = activated(world)
    extended(world, request)
    world.run(timedelta(minutes=5))
    (batch,) = world.requests.batches(request)
    assert batch.until == NOON + 1.5 * HOUR
    assert len(world.target.calls("grant")) == 2


def test_f03_a_target_that_never_moves_the_end_keeps_no_machine_busy() -> None:
    world = a_world(faults=[lambda call: call(), *[throttle] * 500])
    request = activated(world)
    extended(world, request)
    world.run(timedelta(minutes=89))
    assert world.status(request) is Status.ACTIVE
    assert not in_use(world)
    world.run(timedelta(minutes=2))
    assert world.status(request) is Status.EXPIRED


@pytest.mark.req("R73.same_grant")
def test_one_extension_is_one_more_call_a_batch_that_moves_the_end() -> None:
    world = a_world()
    request = activated(world)
    before = len(world.target.calls("grant"))
    extended(world, request)
    world.run(timedelta(minutes=30))
    assert len(world.target.calls("grant")) == before + 1
    assert world.target.calls("revoke") == []


def test_what_waited_for_the_old_end_just_waits_again() -> None:
    world = a_world()
    request = activated(world)
    old: list[Execution] = [*world.executions]
    extended(world, request)
    world.run(HOUR)
    assert world.status(request) is Status.ACTIVE
    assert len(world.executions) == 2
    assert old[0] in world.executions
    warned_at = NOON + 1.5 * HOUR - timedelta(minutes=9)
    assert {e.wake_at for e in world.executions} == {warned_at}


def test_f26_an_extension_whose_machine_never_came_is_carried_out_at_the_old_end() -> None:
    world = a_world()
    request = activated(world)
    extended(world, request)
    world.started |= {f"{request.id}-{n}" for n in range(9)}
    world.run(HOUR + timedelta(minutes=1))
    assert world.status(request) is Status.ACTIVE
    assert in_use(world)


def test_f26_without_any_machine_the_sweep_ends_extended_access() -> None:
    world = a_world()
    request = activated(world)
    extended(world, request)
    world.executions.clear()
    world.machines_work = False
    world.run(1.5 * HOUR - SECOND)
    world.sweep()
    assert world.status(request) is Status.ACTIVE
    world.run(timedelta(seconds=30))
    world.sweep()
    assert world.status(request) is Status.EXPIRED


@pytest.mark.parametrize("seconds", [-1, 0, 1])
def test_f26_one_second_before_at_and_after_the_end(seconds: int) -> None:
    world = a_world()
    request = activated(world)
    world.machines_work = False
    world.executions.clear()
    world.run(HOUR + timedelta(seconds=seconds))
    if seconds < 0:
        assert extended(world, request).ends_at == NOON + 1.5 * HOUR
        return
    with pytest.raises(AlreadySettled, match="cannot be extended any more"):
        extended(world, request)
    world.run(timedelta(minutes=1))
    world.sweep()
    assert world.status(request) is Status.EXPIRED


def test_f26_while_it_is_revoked_and_after_it_closed() -> None:
    world = a_world()
    request = activated(world)
    end.revoke(world.ports, request.id, world.directory.person("rita"), None, world.now)
    with pytest.raises(AlreadySettled, match="being taken away"):
        extended(world, request)
    world.run()
    with pytest.raises(AlreadySettled, match="Revoked already"):
        extended(world, request)


def test_f26_a_revocation_that_comes_first_wins() -> None:
    world = a_world()
    request = activated(world)
    rita = world.directory.person("rita")
    between = [lambda: end.revoke(world.ports, request.id, rita, None, world.now)]

    def revoked_meanwhile() -> None:
        if between:
            between.pop()()

    world.requests.before_write = revoked_meanwhile
    with pytest.raises(AlreadySettled, match="being taken away"):
        extended(world, request)
    world.run()
    assert world.status(request) is Status.REVOKED
    assert not in_use(world)


@pytest.mark.req("R71")
def test_f26_past_the_cap() -> None:
    world = a_world(2)
    request = activated(world)
    for _ in range(2):
        extended(world, request)
    with pytest.raises(NotExtendable, match="allows 2 extensions"):
        extended(world, request)
    world.run(2 * HOUR)
    assert world.status(request) is Status.EXPIRED


@pytest.mark.req("R71")
def test_f26_an_eleventh_time_at_the_target() -> None:
    world = a_world(10, grant_duration=timedelta(minutes=20))
    request = activated(world)
    for _ in range(10):
        world.run(timedelta(minutes=19))
        extended(world, request)
    world.run(timedelta(minutes=29))
    with pytest.raises(NotExtendable):
        extended(world, request)
    assert in_use(world)
    world.run(timedelta(minutes=1))
    assert world.status(request) is Status.EXPIRED
    assert not in_use(world)


@pytest.mark.req("R70")
def test_requester_and_grantee_extend_and_nobody_else() -> None:
    world = a_world()
    request = activated(world)
    world.requests.requests[request.id] = world.request(request).but(grantee_id="gus")
    extended(world, request, by="rita")
    extended(world, request, by="gus")
    for stranger in ("anna", "ada"):
        with pytest.raises(NotFound):
            extended(world, request, by=stranger)


@pytest.mark.req("R73.no_checks")
def test_an_extension_asks_no_approver() -> None:
    world = a_world(approval=an_approval("leads"), settings={"require_justification": True})
    request = world.submit(justification="audit")
    world.approve(request, "anna")
    world.run()
    votes = world.request(request).votes
    assert extended(world, request).votes == votes
    assert world.status(request) is Status.ACTIVE


def test_f12_extending_is_no_way_round_an_approver() -> None:
    world = a_world(approval=an_approval("leads", "engineers"))
    request = world.submit()
    with pytest.raises(AlreadySettled, match="only access that is there"):
        extended(world, request)
    assert world.status(request) is Status.PENDING_APPROVAL
    world.approve(request, "anna")
    world.run()
    before = world.request(request)
    after = extended(world, request)
    moved = {"ends_at", "warn_at", "due_at", "extensions_used", "version", "event_hash"}
    assert {k for k, v in dict(after).items() if v != dict(before)[k]} == moved


def test_a_grantee_who_was_deactivated_keeps_nothing_longer() -> None:
    world = a_world()
    request = activated(world)
    world.directory.change(world.directory.person("rita").but(active=False))
    with pytest.raises(NotExtendable, match="deactivated"):
        extended(world, request)


def test_the_version_that_decided_says_how_long() -> None:
    world = a_world()
    request = activated(world)
    longer = {"max_extensions": 9, "extension_duration": HOUR}
    world.flow_store.change(a_flow(version=2, settings=longer))
    assert extended(world, request).ends_at == NOON + 1.5 * HOUR


def test_every_batch_gets_the_new_end() -> None:
    world = a_world()
    names = [f"bucket-{n}" for n in range(120)]
    for name in names:
        row = a_resource(name)
        world.ports.inventory.rows[("aws-demo", "s3_bucket", name)] = row  # type: ignore[attr-defined]
    request = activated(world, *names)
    extended(world, request)
    world.run(timedelta(minutes=1))
    batches = world.requests.batches(request)
    assert len(batches) == 2
    assert {batch.until for batch in batches} == {NOON + 1.5 * HOUR}
