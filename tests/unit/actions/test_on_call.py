"""On-call conditions, wherever they are written: read when the decision is made."""

from datetime import timedelta

import pytest

from accessflows.actions.answer import answer
from accessflows.actions.inbox import inbox
from accessflows.actions.off_board import OffBoarded, sweep_leavers
from accessflows.model.flow import AccessFlow
from accessflows.model.on_call import OnCallSchedule
from accessflows.model.refusal import NoAccessFlow, NobodyCanApprove, NotAnApprover
from accessflows.model.request import Cause, Status
from accessflows.model.roll import Roll, Shift
from accessflows.model.trace import Outcome
from accessflows.rules.on_call import people_on_call
from tests.factories import NOON, a_flow, a_person, a_roll, all_of, is_
from tests.worlds import World

ON_CALL = all_of(is_("on_call", "platform"))
# Anna until noon of the third of March, then Ben, then Anna ...
DAILY = OnCallSchedule.model_validate(
    {
        "id": "platform",
        "name": "Platform",
        "time_zone": "UTC",
        "rotations": [{"people": ["anna", "ben"], "starts": "2026-03-02T12:00", "every": "P1D"}],
    }
)


def world(flow: AccessFlow) -> World:
    world = World(flows=[flow], people=[a_person("anna"), a_person("ben")])
    world.directory.roll = lambda: Roll(
        lambda: [Shift(DAILY.id, DAILY.name, people_on_call(DAILY, world.now))]
    )
    return world


def swept(world: World) -> OffBoarded:
    stop_at = world.now + timedelta(minutes=1)
    return sweep_leavers(world.ports, clock=world.clock, stop_at=stop_at)


def approved_by_whoever_is_on_call() -> AccessFlow:
    return a_flow(approval={"groups": [ON_CALL], "timeout": "PT48H"})


def test_who_was_on_call_when_it_was_asked_may_no_longer_decide_after_the_hand_over() -> None:
    w = world(approved_by_whoever_is_on_call())
    request = w.submit()
    assert w.requests.trace(request.id).approvers[0].people == ("anna",)
    with pytest.raises(NotAnApprover):
        w.approve(request, "ben")
    w.run(timedelta(hours=24))
    with pytest.raises(NotAnApprover):
        w.approve(request, "anna")
    assert w.approve(request, "ben").status is Status.GRANTING


def test_an_inbox_holds_what_waits_for_whoever_is_on_call_now() -> None:
    w = world(approved_by_whoever_is_on_call())
    request = w.submit()

    def sees(person: str) -> bool:
        found = inbox(w.ports, w.directory.person(person), w.now).awaiting
        return [each.request.id for each in found] == [request.id]

    assert (sees("anna"), sees("ben")) == (True, False)
    w.run(timedelta(hours=24))
    assert (sees("anna"), sees("ben")) == (False, True)


def test_nobody_on_call_is_a_refusal_that_says_so() -> None:
    w = world(approved_by_whoever_is_on_call())
    w.now = NOON - timedelta(seconds=1)
    with pytest.raises(NobodyCanApprove, match="nobody suitable is on call now"):
        w.submit()


def test_a_service_that_does_not_answer_grants_nothing_and_the_trace_says_so() -> None:
    w = world(a_flow(requestors=ON_CALL))
    w.directory.roll = lambda: a_roll(("platform", None))
    found = answer(w.ports, w.wish(), caller_id="rita", now=w.now)
    (decision,) = found.decisions
    finding = decision.passed_over[0].finding
    assert finding is not None
    assert finding.outcome is Outcome.CANNOT_EVALUATE
    with pytest.raises(NoAccessFlow):
        w.submit()


def test_a_flow_that_asks_somebody_else_goes_on_while_a_service_is_silent() -> None:
    w = world(a_flow(approval={"groups": [ON_CALL, all_of(is_("user", "ben"))]}))
    w.directory.roll = lambda: a_roll(("platform", None))
    assert w.approve(w.submit(), "ben").status is Status.GRANTING


def test_whoever_is_on_call_may_ask_and_who_no_longer_is_gets_nothing_at_the_start() -> None:
    w = world(a_flow(requestors=ON_CALL))
    with pytest.raises(NoAccessFlow):
        w.submit(by="ben")
    now, later = w.submit(by="anna"), w.submit(by="anna", starts_at=w.now + timedelta(hours=25))
    w.run(timedelta(minutes=1))
    assert w.status(now) is Status.ACTIVE
    w.run(timedelta(hours=26))
    rejected = w.request(later)
    assert (rejected.status, rejected.cause) == (Status.REJECTED, Cause.LOST_ELIGIBILITY)


@pytest.mark.req("N10.loss")
def test_who_is_no_longer_on_call_loses_it_where_the_flow_says_so_but_not_in_doubt() -> None:
    w = world(a_flow(requestors=ON_CALL, settings={"revoke_on_loss": True}, grant_duration="P2D"))
    request = w.submit(by="anna")
    w.run(timedelta(minutes=1))
    known, w.directory.roll = w.directory.roll, lambda: a_roll(("platform", None))
    assert swept(w).ended == ()
    w.directory.roll = known
    assert swept(w).ended == ()
    w.run(timedelta(hours=24))
    assert swept(w).ended == (request.id,)
