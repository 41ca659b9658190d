"""Whole stories in memory on a virtual clock: the same actions that the functions call."""

from datetime import timedelta
from typing import Any

import pytest

from accessflows.actions import end
from accessflows.actions.submit import submit
from accessflows.model.account import AccountSettings
from accessflows.model.event import EventKind, first_broken
from accessflows.model.flow import Mode
from accessflows.model.person import Role
from accessflows.model.refusal import (
    AlreadySettled,
    BadInput,
    DurationTooLong,
    IdempotencyConflict,
    NoAccessFlow,
    NobodyCanApprove,
    NoPrincipal,
    NotFound,
    NotYours,
    QuotaExceeded,
)
from accessflows.model.request import BatchState, Cause, Status
from tests.factories import NOON, a_flow, a_person, a_resource, an_approval
from tests.worlds import World

LEADS = (a_person("anna", groups=("leads",)), a_person("ben", groups=("leads", "security")))
HOUR = timedelta(hours=1)


def asked(**changes) -> World:
    approval = changes.pop("approval", an_approval("leads"))
    return World(flows=[a_flow(approval=approval, **changes)], people=LEADS)


@pytest.mark.req("R46", "R43.revoked", "R96.expired", "N1.timer", "R95.observed")
def test_automatic_access_comes_at_once_and_ends_by_itself() -> None:
    world = World()
    request = world.submit()
    world.run()
    assert world.status(request) is Status.ACTIVE
    assert world.target.has_access("user/demo-rita", "invoices", "read")
    world.run(HOUR - timedelta(seconds=1))
    assert world.status(request) is Status.ACTIVE
    world.run(timedelta(seconds=2))
    assert world.status(request) is Status.EXPIRED
    assert not world.target.has_access("user/demo-rita", "invoices", "read")
    assert world.request(request).cause is Cause.TIME


@pytest.mark.req("R47", "R42.late_approval", "R42.end")
def test_approving_late_never_eats_granted_time() -> None:
    world = asked()
    request = world.submit()
    world.run(timedelta(hours=20))
    assert world.status(request) is Status.PENDING_APPROVAL
    assert not world.target.has_access("user/demo-rita", "invoices", "read")
    world.approve(request, "anna")
    world.run()
    stands = world.request(request)
    assert stands.activated_at == NOON + timedelta(hours=20)
    assert stands.ends_at == stands.activated_at + HOUR


@pytest.mark.req("R94.timed_out")
def test_nobody_decides_and_the_request_times_out() -> None:
    world = asked(approval=an_approval("leads", timeout=timedelta(hours=3)))
    request = world.submit()
    world.run(timedelta(hours=3, seconds=1))
    assert (world.status(request), world.request(request).cause) == (
        Status.REJECTED,
        Cause.TIMED_OUT,
    )


@pytest.mark.parametrize("noticed", [False, True])
def test_f06_an_approval_against_the_time_out_has_one_outcome(noticed: bool) -> None:
    world = asked(approval=an_approval("leads", timeout=timedelta(hours=3)))
    request = world.submit()
    world.machines_work = noticed
    world.run(timedelta(hours=3))
    assert world.status(request) is (Status.REJECTED if noticed else Status.PENDING_APPROVAL)
    with pytest.raises(AlreadySettled, match="timed out"):
        world.approve(request, "anna")


def test_f06_two_approvals_at_once_both_count() -> None:
    world = asked(approval=an_approval("leads", "security", mode=Mode.ALL_OF))
    request = world.submit()
    between = [lambda: world.approve(request, "ben")]

    def ben_is_faster() -> None:
        if between:
            between.pop()()

    world.requests.before_write = ben_is_faster
    assert world.approve(request, "anna").status is Status.GRANTING
    assert [vote.person_id for vote in world.request(request).votes] == ["ben", "anna"]


@pytest.mark.req("R105.requester", "R105.grantee", "R96.person", "R95.cause")
def test_the_requester_gives_access_back_early() -> None:
    world = World()
    request = world.submit()
    world.run(timedelta(minutes=5))
    end.revoke(world.ports, request.id, world.directory.person("rita"), "done", world.now)
    assert world.status(request) is Status.REVOKING
    world.run()
    closed = world.request(request)
    assert (closed.status, closed.cause, closed.reason) == (Status.REVOKED, Cause.PERSON, "done")
    assert not world.target.has_access("user/demo-rita", "invoices", "read")


@pytest.mark.req("R106.admin")
def test_only_the_requester_or_an_admin_ends_a_request() -> None:
    world = World(people=[a_person("ada", roles=(Role.ADMIN,)), a_person("eve"), a_person("gus")])
    request = world.submit()
    world.run()
    world.requests.requests[request.id] = world.request(request).but(grantee_id="gus")
    with pytest.raises(NotYours):
        end.revoke(world.ports, request.id, world.directory.person("gus"), None, world.now)
    with pytest.raises(NotFound):
        end.revoke(world.ports, request.id, world.directory.person("eve"), None, world.now)
    end.revoke(world.ports, request.id, world.directory.person("ada"), None, world.now)
    assert world.status(request) is Status.REVOKING


@pytest.mark.req("R98.cancel")
def test_a_request_is_cancelled_only_before_it_is_granted() -> None:
    world = asked()
    rita = world.directory.person("rita")
    request = world.submit()
    with pytest.raises(AlreadySettled, match="cancel it instead"):
        end.revoke(world.ports, request.id, rita, None, world.now)
    assert end.cancel(world.ports, request.id, rita, world.now).status is Status.CANCELLED
    with pytest.raises(AlreadySettled):
        world.approve(request, "anna")
    second = world.submit()
    world.approve(second, "anna")
    with pytest.raises(AlreadySettled, match="revoke it instead"):
        end.cancel(world.ports, second.id, rita, world.now)


@pytest.mark.req("R41", "R44.untimed", "R44.idle", "R44.own")
def test_indefinite_access_holds_no_execution_and_ends_by_hand() -> None:
    world = World(flows=[a_flow(grant_duration="indefinite")])
    request = world.submit()
    world.run(timedelta(days=900))
    assert world.status(request) is Status.ACTIVE
    assert world.executions == []
    assert world.target.has_access("user/demo-rita", "invoices", "read")
    end.revoke(world.ports, request.id, world.directory.person("rita"), None, world.now)
    world.run()
    assert world.status(request) is Status.REVOKED


def test_a_year_holds_no_execution_and_the_sweep_ends_it() -> None:
    world = World(flows=[a_flow(grant_duration=timedelta(days=365))])
    request = world.submit()
    world.run(timedelta(days=1))
    assert world.executions == []
    world.run(timedelta(days=365))
    world.sweep()
    assert world.status(request) is Status.EXPIRED


@pytest.mark.req("N1.sweep")
def test_f08_a_lost_timer_is_made_good_by_the_sweep() -> None:
    world = World()
    # Too short for a warning, which would be made good as well.
    lasts = timedelta(minutes=9)
    request = world.submit(duration=lasts)
    world.run()
    world.executions.clear()
    world.machines_work = False
    world.run(lasts + timedelta(seconds=14))
    assert world.sweep().advanced == ()
    world.run(timedelta(seconds=2))
    assert world.sweep().advanced == (request.id,)
    assert world.status(request) is Status.EXPIRED
    assert not world.target.has_access("user/demo-rita", "invoices", "read")


def test_f08_a_hundred_grants_of_one_second_are_each_revoked_once() -> None:
    resources = [a_resource(f"bucket-{i}") for i in range(100)]
    world = World(resources=resources)
    world.flow_store.account = AccountSettings(submissions_per_hour=len(resources))
    requests = [world.submit(resource.name) for resource in resources]
    world.run(HOUR + timedelta(seconds=61))
    assert {world.status(request) for request in requests} == {Status.EXPIRED}
    assert len(world.target.calls("revoke")) == 100


def test_f07_a_repeated_or_late_event_changes_nothing() -> None:
    world = World()
    request = world.submit()
    world.run(HOUR + timedelta(minutes=1))
    before, started = world.requests.writes, set(world.started)
    world.dispatched = 0
    world.run(HOUR)
    assert (world.requests.writes, world.started) == (before, started)
    assert world.status(request) is Status.EXPIRED


@pytest.mark.req("R94.lost_eligibility")
def test_f11_who_lost_eligibility_after_approval_gets_nothing() -> None:
    world = asked()
    request = world.submit()
    world.approve(request, "anna")
    world.directory.change(a_person("rita"))
    world.run()
    assert (world.status(request), world.request(request).cause) == (
        Status.REJECTED,
        Cause.LOST_ELIGIBILITY,
    )
    assert world.target.calls("grant") == []


def test_f11_revoking_works_without_flow_person_or_eligibility() -> None:
    world = World()
    request = world.submit()
    world.run()
    world.flow_store.close("buckets")
    del world.directory.rows["rita"]
    world.run(HOUR + timedelta(minutes=1))
    assert world.status(request) is Status.EXPIRED


@pytest.mark.req("N3.stored", "R55.refused")
def test_f10_an_approver_group_nobody_is_in_is_refused_at_submit() -> None:
    world = World(flows=[a_flow(approval=an_approval("ghosts"))])
    with pytest.raises(NobodyCanApprove, match="group is 'ghosts'"):
        world.submit()
    assert world.requests.writes == 0


@pytest.mark.req("R68.requester")
def test_the_barred_requester_does_not_count_as_an_approver() -> None:
    flow = a_flow(
        approval=an_approval("engineers"), settings={"requester_cannot_approve_self": True}
    )
    with pytest.raises(NobodyCanApprove):
        World(flows=[flow]).submit()


@pytest.mark.req("R78.refused", "R84.whole")
def test_a_submission_that_no_flow_covers_is_refused_whole_with_the_list() -> None:
    world = World(
        flows=[a_flow(targets=(a_flow().targets[0].but(resources={"names": ["invoices"]}),))],
        resources=[a_resource(), a_resource("orders")],
    )
    with pytest.raises(NoAccessFlow) as refused:
        world.submit("invoices", "orders")
    listed: Any = refused.value.detail["refused"]
    assert [e["resource"] for refusal in listed for e in refusal["entitlements"]] == ["orders"]
    assert world.requests.writes == 0


def test_each_refusal_has_its_own_class() -> None:
    with pytest.raises(DurationTooLong):
        World().submit(duration=timedelta(hours=2))
    with pytest.raises(BadInput, match="justification"):
        World(flows=[a_flow(settings={"require_justification": True})]).submit()
    with pytest.raises(NoPrincipal, match="aws_principal"):
        World(people=[a_person(groups=("engineers",), attributes={})]).submit()


@pytest.mark.req("R33.submit")
def test_live_grants_count_against_the_quota_at_submit() -> None:
    world = World(resources=[a_resource(f"bucket-{i}") for i in range(9)])
    world.target.quota = 5
    for i in range(5):
        world.submit(f"bucket-{i}")
    with pytest.raises(QuotaExceeded):
        world.submit("bucket-6")


def test_f06_a_double_click_is_one_submission() -> None:

    world = World()

    def click(**changes):
        return submit(
            world.ports,
            world.wish(**changes),
            caller_id="rita",
            idempotency_key="k",
            now=world.now,
            new_id=lambda: next(world.ids),
        )

    assert click() == click()
    assert len(world.requests.requests) == 1
    with pytest.raises(IdempotencyConflict):
        click(justification="another body")


def test_events_of_every_story_form_one_chain() -> None:
    world = asked()
    request = world.submit()
    world.approve(request, "anna")
    world.run(HOUR + timedelta(minutes=2))
    events = world.requests.events(request.subject)
    assert [event.kind for event in events] == [
        EventKind.SUBMITTED,
        EventKind.APPROVED,
        EventKind.ACTIVATED,
        EventKind.ENDING_SOON,
        EventKind.REVOCATION_STARTED,
        EventKind.REVOCATION_RETRIED,
        EventKind.ENDED,
    ]
    assert first_broken(events) is None
    assert events[-1].details["batches"][0]["state"] == BatchState.ABSENT
    assert [event.id for event in world.told] == [event.id for event in events]


@pytest.mark.req("R83.limits")
def test_a_submission_has_its_limits_and_says_which() -> None:
    from pydantic import ValidationError

    world = World()
    wanted = world.wish().resources[0]
    with pytest.raises(ValidationError, match="1000"):
        world.wish().but(resources=tuple(wanted.but(resource=f"b{i}") for i in range(1_001)))
    permissions = tuple(f"p{i}" for i in range(4))
    many = tuple(wanted.but(resource=f"b{i}", permissions=permissions) for i in range(1_000))
    with pytest.raises(BadInput, match="4000 entitlements in one submission; at most 3000"):
        submit(
            world.ports,
            world.wish().but(resources=many),
            caller_id="rita",
            idempotency_key=None,
            now=world.now,
            new_id=lambda: "x",
        )
