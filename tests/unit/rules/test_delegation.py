"""Who decides in whose place: naming a delegate, and what their vote counts for."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accessflows.model.delegation import Delegation, Period
from accessflows.model.flow import AccessFlow, Mode
from accessflows.model.person import Person
from accessflows.model.refusal import AlreadyExists, BadInput, NotAnApprover
from accessflows.model.request import AccessRequest, Status, Vote
from accessflows.rules.approval import awaited_vote, decide, may_decide, missing_groups
from accessflows.rules.delegation import named
from tests.factories import NOON, a_delegation, a_flow, a_person, an_approval
from tests.worlds import World

ANNA = a_person("anna", groups=("leads",))
BEN = a_person("ben", groups=("security",))
DORA = a_person("dora")
BOTH = a_person("bo", groups=("leads", "security"))
RITA = a_person("rita", groups=("engineers",))
DAY = timedelta(days=1)


def pending(flow: AccessFlow, **submitted: str) -> AccessRequest:
    return World(flows=[flow], people=[ANNA, BEN, BOTH]).submit(**submitted)


def vote(
    request: AccessRequest, flow: AccessFlow, person: Person, *delegators: Person
) -> AccessRequest:
    """The request after this approval; as it was where that adds nothing."""
    change = decide(
        request, flow, person, approves=True, reason=None, now=NOON, delegators=delegators
    )
    return change.request if change else request


def cast(request: AccessRequest) -> list[tuple[str, str | None]]:
    return [(one.person_id, one.on_behalf_of) for one in request.votes]


@pytest.mark.req("N12.delegate")
def test_a_delegate_decides_whatever_the_delegator_could_and_the_vote_says_for_whom() -> None:
    flow = a_flow(approval=an_approval("leads"))
    request = pending(flow)
    change = decide(request, flow, DORA, approves=True, reason=None, now=NOON, delegators=(ANNA,))
    assert change is not None
    assert change.request.status is Status.GRANTING
    assert change.request.votes == (
        Vote(person_id="dora", on_behalf_of="anna", approves=True, at=NOON, groups=(0,)),
    )
    assert (change.event.actor, change.event.details["on_behalf_of"]) == ("dora", "anna")


@pytest.mark.req("N12.delegate")
def test_who_decides_in_nobodys_place_who_may_decide_is_refused() -> None:
    flow = a_flow(approval=an_approval("leads"))
    for delegators in ((), (BEN,), (ANNA.but(active=False),)):
        with pytest.raises(NotAnApprover):
            vote(pending(flow), flow, DORA, *delegators)


def test_a_deactivated_delegate_decides_nothing() -> None:
    flow = a_flow(approval=an_approval("leads"))
    assert not may_decide(pending(flow), flow, DORA.but(active=False), NOON, (ANNA,))


def test_ones_own_right_comes_before_anybodys_place() -> None:
    flow = a_flow(approval=an_approval("leads", "security"))
    assert cast(vote(pending(flow), flow, BEN, ANNA)) == [("ben", None)]


@pytest.mark.req("N12.delegate", "R55.distinct")
def test_a_delegate_and_the_delegator_stand_for_one_group_between_them() -> None:
    flow = a_flow(approval=an_approval("leads", "security", mode=Mode.ALL_OF))
    by_delegate = vote(pending(flow), flow, DORA, BOTH)
    assert by_delegate.status is Status.PENDING_APPROVAL
    for person, delegators in ((BOTH, ()), (DORA, (BOTH,)), (DORA, (BEN,)), (BOTH, (BEN,))):
        again = vote(by_delegate, flow, person, *delegators)
        assert again.status is Status.PENDING_APPROVAL
    assert vote(by_delegate, flow, BEN).status is Status.GRANTING


@pytest.mark.req("R55.distinct")
def test_who_stands_in_for_two_who_are_away_fills_one_group() -> None:
    flow = a_flow(approval=an_approval("leads", "security", mode=Mode.ALL_OF))
    first = vote(pending(flow), flow, DORA, ANNA, BEN)
    assert cast(first) == [("dora", "anna")]
    assert awaited_vote(first, flow, DORA, NOON, (ANNA, BEN)) is None
    assert vote(first, flow, DORA, ANNA, BEN) == first
    assert vote(first, flow, BEN).status is Status.GRANTING


def test_of_several_places_the_one_that_brings_the_request_further_is_taken() -> None:
    flow = a_flow(approval=an_approval("leads", "security", mode=Mode.ALL_OF))
    first = vote(pending(flow), flow, ANNA)
    done = vote(first, flow, DORA, BOTH.but(groups=ANNA.groups), BEN)
    assert cast(done) == [("anna", None), ("dora", "ben")]
    assert done.status is Status.GRANTING


def test_a_delegator_who_is_back_adds_nothing_to_the_delegates_vote_but_may_reject() -> None:
    flow = a_flow(approval=an_approval("leads", "security", mode=Mode.ALL_OF))
    voted = vote(pending(flow), flow, DORA, ANNA)
    assert awaited_vote(voted, flow, ANNA, NOON) is None
    assert vote(voted, flow, ANNA) == voted
    rejected = decide(voted, flow, ANNA, approves=False, reason=None, now=NOON)
    assert rejected is not None
    assert rejected.request.status is Status.REJECTED


@pytest.mark.req("R68.delegate", "N12.self_approval")
@pytest.mark.parametrize(
    ("voter", "away"),
    [
        (RITA, ANNA),  # the requester as an approver's delegate
        (DORA, RITA),  # a delegate of the requester
        (a_person("gus"), ANNA),  # the grantee as an approver's delegate
        (DORA, a_person("gus", groups=("leads",))),  # a delegate of the grantee
    ],
)
def test_f12_nobody_approves_their_own_access_through_a_delegate_or_as_one(
    voter: Person, away: Person
) -> None:
    approval = an_approval("leads", "engineers")
    for bars in (True, False):
        flow = a_flow(approval=approval, settings={"requester_cannot_approve_self": bars})
        request = pending(flow).but(grantee_id="gus")
        away = away.but(groups=(*away.groups, *ANNA.groups))
        plain = voter.but(groups=())
        assert may_decide(request, flow, plain, NOON, (away,)) is not bars


@pytest.mark.req("N12.self_approval")
def test_f12_naming_an_approver_ones_delegate_does_not_keep_them_from_deciding() -> None:
    flow = a_flow(approval=an_approval("leads"), settings={"requester_cannot_approve_self": True})
    lead = RITA.but(groups=ANNA.groups)
    assert cast(vote(pending(flow), flow, ANNA, lead)) == [("anna", None)]


PEOPLE = [
    a_person("p1", groups=("g0",)),
    a_person("p2", groups=("g1",)),
    a_person("p3", groups=("g0", "g1")),
    a_person("p4", groups=("g1", "g2")),
    a_person("p5"),
]
GROUPS = a_flow(approval=an_approval("g0", "g1", "g2", mode=Mode.ALL_OF))
ASKED = World(flows=[GROUPS], people=PEOPLE).submit()
SOMEBODY = st.sampled_from(PEOPLE)


@pytest.mark.req("R55.distinct", "N12.delegate")
@given(st.lists(st.tuples(SOMEBODY, st.lists(SOMEBODY, max_size=2)), max_size=6))
def test_however_people_vote_nobody_has_a_say_twice_and_no_approval_takes_one_away(
    said: list[tuple[Person, list[Person]]],
) -> None:
    request, lacking = ASKED, 3
    for person, away in said:
        others = [one for one in away if one.id != person.id]
        settled = request.status is not Status.PENDING_APPROVAL
        if settled or not may_decide(request, GROUPS, person, NOON, others):
            continue
        request = vote(request, GROUPS, person, *others)
        assert GROUPS.approval
        before, lacking = (
            lacking,
            missing_groups(GROUPS.approval, [v.groups for v in request.votes]),
        )
        assert lacking <= before
    heard = [person_id for one in request.votes for person_id in one.people]
    assert len(heard) == len(set(heard))


def naming(period: dict[str, Any], *others: Delegation, person: Person | None = DORA) -> Delegation:
    """Anna names Dora, until tomorrow unless the period says otherwise."""
    wanted = Period.model_validate({"delegate_id": "dora", "to": NOON + DAY, **period})
    return named(wanted, ANNA, person, others, delegation_id="new", now=NOON)


def test_a_delegation_begins_at_once_unless_it_names_a_later_start() -> None:
    assert naming({}) == a_delegation("anna", "dora", id="new")
    assert naming({"from": NOON - DAY}).starts_at == NOON
    later = naming({"from": NOON + DAY, "to": NOON + 2 * DAY})
    runs = [later.runs(NOON + DAY + timedelta(seconds=s)) for s in (-1, 0, 86_399, 86_400)]
    assert runs == [False, True, True, False]


@pytest.mark.req("N12.period")
@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"to": NOON}, "not after the start"),
        ({"from": NOON + DAY, "to": NOON + DAY}, "not after the start"),
        ({"to": NOON + 90 * DAY + timedelta(seconds=1)}, "90 days at most"),
        ({"from": NOON + 91 * DAY, "to": NOON + 92 * DAY}, "begins within 90 days"),
    ],
)
def test_what_is_no_period_is_refused(said: dict[str, Any], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        naming(said)


@pytest.mark.parametrize(
    ("person", "words"),
    [
        (None, "no active person 'dora'"),
        (DORA.but(active=False), "no active person 'dora'"),
        (ANNA, "you decide for yourself"),
    ],
)
def test_who_is_nobody_to_name_is_refused(person: Person | None, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        naming({}, person=person)


@pytest.mark.req("N12.period")
def test_ninety_days_are_allowed() -> None:
    assert naming({"to": NOON + 90 * DAY}).ends_at == NOON + 90 * DAY


def test_the_same_words_make_no_second_delegation_and_other_words_no_overlapping_one() -> None:
    there = a_delegation("anna", "dora")
    assert naming({}, there) == there
    assert naming({}, there.but(starts_at=NOON - DAY)) == there.but(starts_at=NOON - DAY)
    with pytest.raises(AlreadyExists, match="end that one first"):
        naming({"to": NOON + 2 * DAY}, there)
    after = {"from": NOON + DAY, "to": NOON + 2 * DAY}
    assert naming(after, there).starts_at == there.ends_at
    assert naming({}, there.but(delegate_id="ben")).delegate_id == "dora"


def test_ten_delegations_are_the_most() -> None:
    others = tuple(a_delegation("anna", f"p{n}") for n in range(10))
    assert naming({}, *others[1:]).delegate_id == "dora"
    with pytest.raises(BadInput, match="10 is the most"):
        naming({}, *others)
