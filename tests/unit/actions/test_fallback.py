"""The fallback flow: off by default, decided by admins, over after four hours whatever happens."""

from datetime import timedelta
from typing import Any

import pytest

from accessflows.actions import submit
from accessflows.actions.extend import extend
from accessflows.actions.sweep import Swept, clean_fallback
from accessflows.model.account import AccountSettings
from accessflows.model.event import first_broken
from accessflows.model.flow import FALLBACK_FLOW_ID, FlowVersion
from accessflows.model.integration import Kind
from accessflows.model.notice import NoticeKind
from accessflows.model.person import Role
from accessflows.model.refusal import (
    BadInput,
    DurationTooLong,
    NoAccessFlow,
    NobodyCanApprove,
    NotAnApprover,
    NotExtendable,
    NotFound,
)
from accessflows.model.request import AccessRequest, Cause, Status
from tests.doubles.faults import Faulty, throttle
from tests.doubles.mail import mails_of, notices_of
from tests.factories import NOON, a_flow, a_person, a_resource, a_target
from tests.worlds import World

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
ON = AccountSettings(fallback_flow=True)
ADA = a_person("ada", roles=(Role.ADMIN, Role.GRANTEE))
AL = a_person("al", roles=(Role.ADMIN,))
GONE = a_person("gone", roles=(Role.ADMIN,), active=False)
SALLY = a_person("sally", groups=("sales",))
COVERED = a_target(resources={"names": ("invoices",)})


def a_world(**changes: Any) -> World:
    settings = changes.pop("settings", ON)
    world = World(
        flows=[a_flow(targets=(COVERED,))],
        people=[ADA, AL, GONE, SALLY],
        resources=[a_resource(), a_resource("secrets")],
        **changes,
    )
    world.flow_store.account = settings
    return world


def asked(world: World, *, by: str = "sally", **changes: Any) -> AccessRequest:
    return world.submit("secrets", by=by, **{"justification": "the site is down", **changes})


def granted(world: World) -> AccessRequest:
    request = asked(world)
    world.approve(request, "ada")
    world.run()
    assert world.status(request) is Status.ACTIVE
    return world.request(request)


def cleaned(world: World) -> Swept:
    stop_at = world.now + timedelta(minutes=1)
    return clean_fallback(world.ports, world, clock=world.clock, stop_at=stop_at)


def in_use(world: World) -> bool:
    return world.target.has_access("user/demo-sally", "secrets", "read")


def without_machines(world: World) -> None:
    world.machines_work = False
    world.executions.clear()


def lose(world: World, request: AccessRequest, **changes: Any) -> None:
    """Make the row say something wrong, and no index of due requests know it."""
    world.requests.requests[request.id] = world.request(request).but(**changes)
    world.requests.due = lambda before: []  # type: ignore[method-assign]


@pytest.mark.req("R111", "R78.refused")
def test_it_starts_off_and_what_no_flow_covers_is_refused() -> None:
    world = a_world(settings=AccountSettings())
    with pytest.raises(NoAccessFlow):
        asked(world)
    assert not AccountSettings().fallback_flow


@pytest.mark.req("R108", "R78.fallback")
def test_switched_on_it_takes_what_no_flow_covers() -> None:
    world = a_world()
    request = asked(world)
    assert request.flow == FlowVersion(id=FALLBACK_FLOW_ID, version=1)
    assert (request.status, request.duration) == (Status.PENDING_APPROVAL, 4 * HOUR)
    assert request.approval_timeout_at == NOON + timedelta(hours=24)
    world.approve(request, "ada")
    world.run()
    assert world.status(request) is Status.ACTIVE
    assert in_use(world)


def test_why_it_was_taken_stands_in_the_trace() -> None:
    world = a_world()
    request = asked(world)
    trace = world.requests.trace(request.id)
    (decision,) = trace.decisions
    assert decision.flow == request.flow
    assert [passed.flow.id for passed in decision.passed_over] == ["buckets"]
    (group,) = trace.approvers
    assert (group.condition, group.people) == ("role is 'admin'", ("ada", "al"))


@pytest.mark.req("R84.fallback")
def test_of_one_submission_it_takes_only_what_is_uncovered() -> None:
    world = a_world()
    requests = submit.submit(
        world.ports,
        world.wish("invoices", "secrets", justification="audit", duration=HOUR),
        caller_id="rita",
        idempotency_key=None,
        now=world.now,
        new_id=lambda: next(world.ids),
    )
    assert {r.flow.id: r.status for r in requests} == {
        "buckets": Status.GRANTING,
        FALLBACK_FLOW_ID: Status.PENDING_APPROVAL,
    }
    for request in requests:
        trace = world.requests.trace(request.id)
        assert {decision.flow for decision in trace.decisions} == {request.flow}


def test_what_a_flow_covers_for_less_time_is_no_matter_for_admins() -> None:
    world = a_world()
    with pytest.raises(DurationTooLong, match="PT1H at most"):
        world.submit("invoices", duration=2 * HOUR, justification="audit")


def test_nothing_unknown_and_nothing_in_a_closed_integration_is_taken() -> None:
    world = a_world()
    with pytest.raises(NoAccessFlow, match="no such resource"):
        world.submit("nonesuch", by="sally", justification="audit")
    world.flow_store.closed_integrations.add("aws-demo")
    with pytest.raises(NoAccessFlow, match="no access flow lets you"):
        asked(world)


def test_it_is_for_oneself_only() -> None:
    world = a_world()
    with pytest.raises(NoAccessFlow):
        asked(world, grantee_id="rita")


@pytest.mark.req("R109.justification")
@pytest.mark.parametrize("justification", [None, "", "  "])
def test_a_justification_is_compulsory(justification: str | None) -> None:
    with pytest.raises(BadInput, match="justification"):
        asked(a_world(), justification=justification)


@pytest.mark.parametrize("over", [-1, 0, 1])
def test_four_hours_are_the_most_that_may_be_asked(over: int) -> None:
    world, duration = a_world(), 4 * HOUR + over * SECOND
    if over <= 0:
        assert asked(world, duration=duration).duration == duration
        return
    with pytest.raises(DurationTooLong, match="PT4H at most"):
        asked(world, duration=duration)


@pytest.mark.req("R109.admins", "R68.fallback")
def test_every_active_admin_but_who_asks_is_asked_and_decides() -> None:
    world = a_world()
    request = asked(world, by="al")
    (submitted,) = world.requests.events(request.subject)
    told = [n.recipient_id for n in notices_of(world, submitted) if n.kind in _ASKED]
    assert told == ["ada"]
    (mail,) = mails_of(world, request).to("ada")
    assert "secrets" in mail.subject
    with pytest.raises(NotAnApprover, match="bars requester and grantee"):
        world.approve(request, "al")
    with pytest.raises(NotAnApprover):
        world.approve(request, "sally")
    with pytest.raises(NotAnApprover, match="deactivated"):
        world.approve(request, "gone")
    assert world.approve(request, "ada").status is Status.GRANTING


_ASKED = {NoticeKind.APPROVAL_ASKED}


@pytest.mark.req("R109.admins")
def test_f12_an_only_admin_cannot_ask_themselves() -> None:
    world = a_world()
    world.directory.change(AL.but(active=False))
    with pytest.raises(NobodyCanApprove, match="role is 'admin'"):
        asked(world, by="ada")


def test_an_admin_who_stopped_being_one_does_not_decide() -> None:
    world = a_world()
    request = asked(world)
    world.directory.change(ADA.but(roles=(Role.GRANTEE,)))
    with pytest.raises(NotAnApprover):
        world.approve(request, "ada")


@pytest.mark.req("R109.no_extension")
def test_it_cannot_be_extended() -> None:
    world = a_world()
    request = granted(world)
    with pytest.raises(NotExtendable, match="allows no extensions"):
        extend(world.ports, request.id, SALLY, world.now)


@pytest.mark.req("R111")
def test_switched_off_meanwhile_nothing_more_is_granted() -> None:
    world = a_world()
    request = asked(world)
    world.flow_store.account = AccountSettings()
    world.approve(request, "ada")
    world.run()
    stands = world.request(request)
    assert (stands.status, stands.cause) == (Status.REJECTED, Cause.LOST_ELIGIBILITY)
    assert stands.reason == "the fallback flow was switched off"


def test_somebody_deactivated_meanwhile_gets_nothing() -> None:
    world = a_world()
    request = asked(world)
    world.approve(request, "ada")
    world.directory.change(SALLY.but(active=False))
    world.run()
    assert world.request(request).reason == "Sally was deactivated"


@pytest.mark.req("R110.machine")
def test_its_machine_ends_it_after_four_hours() -> None:
    world = a_world()
    request = granted(world)
    world.run(4 * HOUR - SECOND)
    assert world.status(request) is Status.ACTIVE
    world.run(2 * SECOND)
    assert world.status(request) is Status.EXPIRED
    assert not in_use(world)


@pytest.mark.req("R110.end")
def test_what_is_at_the_target_ends_by_itself() -> None:
    world = a_world()
    granted(world)
    without_machines(world)
    world.run(4 * HOUR - SECOND)
    assert in_use(world)
    world.run(timedelta(minutes=1, seconds=1))
    assert not in_use(world)


@pytest.mark.req("R110.clean_up")
@pytest.mark.parametrize("ends_in", [timedelta(hours=4), timedelta(days=30)])
def test_the_clean_up_ends_it_though_its_end_is_wrong_and_nothing_else_knows(
    ends_in: timedelta,
) -> None:
    world = a_world()
    request = granted(world)
    without_machines(world)
    later = NOON + ends_in
    lose(world, request, ends_at=later, due_at=later)
    world.target.grants = {k: (batch, None) for k, (batch, _) in world.target.grants.items()}
    world.run(4 * HOUR - SECOND)
    assert cleaned(world).advanced == ()
    assert in_use(world)
    world.run(2 * SECOND)
    world.sweep()
    assert in_use(world)
    assert cleaned(world) == Swept((request.id,), {})
    closed = world.request(request)
    assert (closed.status, closed.cause) == (Status.EXPIRED, Cause.TIME)
    assert not in_use(world)
    assert world.target.grants == {}
    assert first_broken(world.requests.events(request.subject)) is None
    assert cleaned(world).advanced == ()


@pytest.mark.req("R110.clean_up")
def test_the_clean_up_leaves_ordinary_access_alone() -> None:
    world = a_world()
    world.flow_store.change(a_flow(version=2, grant_duration=timedelta(days=2)))
    request = world.submit("invoices")
    world.run(10 * HOUR)
    assert cleaned(world).advanced == ()
    assert world.status(request) is Status.ACTIVE


def test_access_granted_late_has_its_whole_time() -> None:
    world = a_world()
    request = asked(world)
    world.run(23 * HOUR)
    world.approve(request, "ada")
    world.run()
    world.run(HOUR)
    cleaned(world)
    assert world.status(request) is Status.ACTIVE


def test_a_clean_up_that_fails_at_the_target_goes_on_later() -> None:
    world = a_world()
    request = granted(world)
    without_machines(world)
    world.run(4 * HOUR + SECOND)
    faulty = Faulty(world.target, revoke=[throttle])
    world.ports = world.ports._replace(connectors={Kind.AWS_IAM: faulty})
    assert list(cleaned(world).failures) == [request.id]
    assert world.status(request) is Status.REVOKING
    world.run(timedelta(minutes=1))
    cleaned(world)
    assert world.status(request) is Status.EXPIRED


@pytest.mark.parametrize("by", ["machine", "clean-up"])
def test_a_request_that_nobody_decides_times_out(by: str) -> None:
    world = a_world()
    request = asked(world)
    if by == "clean-up":
        without_machines(world)
    world.run(24 * HOUR - SECOND)
    if by == "clean-up":
        cleaned(world)
    assert world.status(request) is Status.PENDING_APPROVAL
    world.run(SECOND)
    if by == "clean-up":
        cleaned(world)
    stands = world.request(request)
    assert (stands.status, stands.cause) == (Status.REJECTED, Cause.TIMED_OUT)


def test_it_has_one_version_and_no_other() -> None:
    world = a_world()
    flow = world.flow_store.version(FlowVersion(id=FALLBACK_FLOW_ID, version=1))
    assert flow.settings.requester_cannot_approve_self
    assert FALLBACK_FLOW_ID not in {each.id for each in world.flow_store.current()}
    with pytest.raises(NotFound):
        world.flow_store.version(FlowVersion(id=FALLBACK_FLOW_ID, version=2))
