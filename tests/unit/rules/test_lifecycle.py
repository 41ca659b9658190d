"""The transition table, the due instants, and the chain of events."""

from datetime import timedelta
from itertools import product

import pytest

from accessflows.model.event import GENESIS, EventKind, first_broken
from accessflows.model.limits import ACTIVATION_LIMIT
from accessflows.model.refusal import AlreadySettled
from accessflows.model.request import CLOSED, OPEN, Cause, Status
from accessflows.rules.lifecycle import (
    END_BY_CAUSE,
    TRANSITIONS,
    may_move,
    move,
    overdue,
    refuse_unless,
    standing,
    start_revoking,
)
from tests.factories import NOON, a_flow, an_approval
from tests.worlds import World


def granting():
    return World().submit()


def test_nothing_leaves_a_closed_status() -> None:
    assert not [before for before, _ in TRANSITIONS if before in CLOSED]


def test_every_open_status_leads_on() -> None:
    assert {before for before, _ in TRANSITIONS} == OPEN


def test_after_a_claim_the_only_way_out_is_through_revoking() -> None:
    after_active = {after for before, after in TRANSITIONS if before is Status.ACTIVE}
    assert after_active == {Status.REVOKING}


@pytest.mark.req("R96.person", "R96.expired", "R97.none")
def test_a_revocation_ends_as_its_cause_says() -> None:
    assert END_BY_CAUSE == {
        Cause.TIME: Status.EXPIRED,
        Cause.PERSON: Status.REVOKED,
        Cause.LEFT: Status.REVOKED,
        Cause.LOST_ELIGIBILITY: Status.REVOKED,
        Cause.FAILED: Status.FAILED,
    }


@pytest.mark.parametrize(("before", "after"), list(product(Status, Status)))
def test_only_what_the_table_holds_may_happen(before: Status, after: Status) -> None:
    causes = TRANSITIONS.get((before, after))
    allowed = {cause for cause in [None, *Cause] if may_move(before, after, cause)}
    if causes is None:
        assert allowed == set()
    else:
        assert allowed == (causes or {None})


def test_a_move_outside_the_table_is_refused() -> None:
    with pytest.raises(AlreadySettled, match="Granting and cannot become Expired"):
        move(granting(), EventKind.ENDED, NOON, to=Status.EXPIRED, cause=Cause.TIME)


@pytest.mark.req("R92")
def test_granting_is_due_after_the_activation_limit() -> None:
    assert granting().due_at == NOON + ACTIVATION_LIMIT


@pytest.mark.req("R95.cause")
def test_revoking_is_due_at_once() -> None:
    request = start_revoking(granting(), Cause.FAILED, NOON).request
    assert (request.due_at, request.cause) == (NOON, Cause.FAILED)


@pytest.mark.parametrize(("seconds", "expected"), [(-1, False), (0, True), (1, True)])
def test_an_instant_binds_when_it_passes(seconds: int, expected: bool) -> None:
    request = granting()
    assert request.due_at is not None
    at = request.due_at + timedelta(seconds=seconds)
    assert overdue(request, at) is expected
    shown = (Status.REVOKING, Cause.FAILED) if expected else (Status.GRANTING, None)
    assert standing(request, at) == shown


def test_an_open_request_without_an_instant_is_refused() -> None:
    with pytest.raises(ValueError, match="needs `due_at`"):
        granting().but(due_at=None)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-1, "this request is Granting; wait"),
        (
            0,
            "could not be set up before 2026-03-02 12:10:00 UTC .* away; ask again",
        ),
    ],
)
def test_what_is_refused_says_how_it_stands_now_and_what_to_do(seconds: int, said: str) -> None:
    request = granting()
    now = NOON + ACTIVATION_LIMIT + timedelta(seconds=seconds)
    hints = {Status.GRANTING: "wait", Status.REVOKING: "ask again"}
    with pytest.raises(AlreadySettled, match=said) as refused:
        refuse_unless(request, {Status.ACTIVE}, now, hints=hints)
    assert refused.value.detail == {"request_status": standing(request, now)[0]}
    refuse_unless(request, {standing(request, now)[0]}, now)


@pytest.mark.req("R91")
def test_f25_an_edited_event_is_the_first_that_breaks_the_chain() -> None:
    world = World(flows=[a_flow(approval=an_approval("engineers"))])
    request = world.submit()
    world.approve(request, "rita")
    world.run(timedelta(hours=2))
    events = world.requests.events(request.subject)
    assert len(events) == 7
    assert events[0].previous == GENESIS
    assert first_broken(events) is None
    for index, event in enumerate(events):
        edited = [*events]
        edited[index] = event.but(actor="mallory")
        assert first_broken(edited) == edited[index]
        assert first_broken([*events[:index], *events[index + 1 :]]) in (
            None if index == len(events) - 1 else events[index + 1],
        )
