"""Votes, and who may cast them."""

from datetime import timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accessflows.model.event import EventKind
from accessflows.model.flow import AccessFlow, Mode
from accessflows.model.person import Person
from accessflows.model.refusal import AlreadySettled, BadInput, NotAnApprover
from accessflows.model.request import AccessRequest, Cause, Status
from accessflows.rules.approval import decide, missing_groups, unfillable_group
from tests.factories import NOON, a_flow, a_person, an_approval, in_group
from tests.worlds import World

ANNA = a_person("anna", groups=("leads",))
BEN = a_person("ben", groups=("security",))
BOTH = a_person("bo", groups=("leads", "security"))


def pending(flow: AccessFlow) -> AccessRequest:
    return World(flows=[flow], people=[ANNA, BEN, BOTH]).submit()


def vote(request: AccessRequest, flow: AccessFlow, person: Person, *, approves: bool = True):
    return decide(request, flow, person, approves=approves, reason=None, now=NOON)


@pytest.mark.req("R47", "R54")
def test_one_approver_of_any_group_is_enough_for_any_of() -> None:
    flow = a_flow(approval=an_approval("leads", "security"))
    change = vote(pending(flow), flow, BEN)
    assert change is not None
    assert (change.request.status, change.event.kind) == (Status.GRANTING, EventKind.APPROVED)


@pytest.mark.req("R55.distinct")
def test_all_of_waits_for_one_distinct_person_of_every_group() -> None:
    flow = a_flow(approval=an_approval("leads", "security", mode=Mode.ALL_OF))
    first = vote(pending(flow), flow, BOTH)
    assert first is not None
    assert first.request.status is Status.PENDING_APPROVAL
    second = vote(first.request, flow, BEN)
    assert second is not None
    assert second.request.status is Status.GRANTING


@pytest.mark.req("R55.distinct")
def test_voting_twice_changes_nothing() -> None:
    flow = a_flow(approval=an_approval("leads", "security", mode=Mode.ALL_OF))
    first = vote(pending(flow), flow, BOTH)
    assert first is not None
    assert vote(first.request, flow, BOTH) is None


def test_a_rejection_is_final() -> None:
    flow = a_flow(approval=an_approval("leads"))
    change = vote(pending(flow), flow, ANNA, approves=False)
    assert change is not None
    assert (change.request.status, change.request.cause) == (Status.REJECTED, Cause.PERSON)
    with pytest.raises(AlreadySettled):
        vote(change.request, flow, ANNA)


@pytest.mark.parametrize(
    "person",
    [
        a_person("eve", groups=("engineers",)),
        ANNA.but(active=False),
    ],
)
def test_f13_who_is_not_or_no_longer_an_approver_is_refused(person: Person) -> None:
    flow = a_flow(approval=an_approval("leads"))
    with pytest.raises(NotAnApprover):
        vote(pending(flow), flow, person)


@pytest.mark.req("R68.requester", "R68.grantee")
@pytest.mark.parametrize("concerned", ["requester_id", "grantee_id"])
def test_f12_requester_and_grantee_cannot_approve_where_barred(concerned: str) -> None:
    flow = a_flow(approval=an_approval("leads"), settings={"requester_cannot_approve_self": True})
    request = pending(flow).but(**{concerned: "anna"})
    with pytest.raises(NotAnApprover, match="bars requester and grantee"):
        vote(request, flow, ANNA)


@pytest.mark.req("R68.default")
def test_self_approval_is_allowed_where_the_setting_is_off() -> None:
    flow = a_flow(approval=an_approval("leads"))
    change = vote(pending(flow).but(requester_id="anna"), flow, ANNA)
    assert change is not None


@pytest.mark.parametrize(
    ("offset", "settled"),
    [(timedelta(seconds=-1), False), (timedelta(0), True), (timedelta(seconds=1), True)],
)
def test_the_approval_time_out_binds_when_it_passes(offset: timedelta, settled: bool) -> None:
    flow = a_flow(approval=an_approval("leads", timeout=timedelta(hours=2)))
    request, at = pending(flow), NOON + timedelta(hours=2) + offset
    if settled:
        with pytest.raises(AlreadySettled, match="timed out"):
            decide(request, flow, ANNA, approves=True, reason=None, now=at)
    else:
        assert decide(request, flow, ANNA, approves=True, reason=None, now=at)


@pytest.mark.req("R66.required", "R66.length", "R67")
@pytest.mark.parametrize(
    ("required", "reason", "refused"),
    [
        (False, None, False),
        (False, "x" * 124, False),
        (False, "x" * 125, True),
        (True, None, True),
        (True, "", True),
        (True, "fine", False),
    ],
)
def test_a_reason_is_required_or_optional_and_never_cut(
    required: bool, reason: str | None, refused: bool
) -> None:
    flow = a_flow(approval=an_approval("leads"), settings={"require_approver_reason": required})
    for approves in (True, False):
        if refused:
            with pytest.raises(BadInput, match="reason"):
                decide(pending(flow), flow, ANNA, approves=approves, reason=reason, now=NOON)
        else:
            change = decide(pending(flow), flow, ANNA, approves=approves, reason=reason, now=NOON)
            assert change is not None
            assert change.request.votes[0].reason == reason


def exhaustive(groups: int, votes: list[set[int]]) -> bool:
    """Whether some way of giving each vote to one of its groups, or none, fills every group."""
    choices = [[*sorted(vote), None] for vote in votes]
    return any(set(range(groups)) <= set(choice) for choice in product(*choices))


@pytest.mark.req("R55.distinct")
@given(st.integers(1, 4), st.lists(st.sets(st.integers(0, 3)), max_size=5))
def test_all_of_equals_exhaustive_search_over_overlapping_groups(groups, votes) -> None:
    votes = [{group for group in vote if group < groups} for vote in votes]
    approval = an_approval(*(f"g{i}" for i in range(groups)), mode=Mode.ALL_OF)
    assert (missing_groups(approval, votes) == 0) == exhaustive(groups, votes)


@pytest.mark.req("R55.refused")
@given(st.lists(st.sets(st.sampled_from("abcd")), min_size=1, max_size=4))
def test_a_group_nobody_distinct_can_fill_is_named_exactly_when_there_is_one(people) -> None:
    approval = an_approval(*(f"g{i}" for i in range(len(people))), mode=Mode.ALL_OF)
    votes = [{i for i, group in enumerate(people) if person in group} for person in "abcd"]
    assert (unfillable_group(approval, people) is None) == exhaustive(len(people), votes)


@pytest.mark.req("R52", "R53")
def test_several_conditions_of_a_group_ask_one_person_not_two() -> None:
    approval = an_approval("leads").but(
        groups=(
            in_group("leads").but(
                conditions=(*in_group("leads").conditions, *in_group("security").conditions)
            ),
        )
    )
    flow = a_flow(approval=approval)
    with pytest.raises(NotAnApprover):
        vote(pending(flow), flow, ANNA)
    assert vote(pending(flow), flow, BOTH)
