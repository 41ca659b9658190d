"""Tiers: who may decide since when, and what their approval counts for."""

from datetime import timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accessflows.model.condition import Junction
from accessflows.model.flow import AccessFlow, Escalation, Mode
from accessflows.model.person import Person
from accessflows.model.refusal import AlreadySettled, NotAnApprover
from accessflows.model.request import AccessRequest, Status, Vote
from accessflows.rules.approval import decide, may_decide
from accessflows.rules.escalation import open_tiers, tiers_at
from tests.factories import NOON, a_flow, a_person, all_of, an_approval, any_of, in_group, is_
from tests.worlds import World

EVERY = timedelta(minutes=30)
SECOND = timedelta(seconds=1)
ANNA = a_person("anna", groups=("leads",))
BEN = a_person("ben", groups=("security",))
HEAD = a_person("hedi", groups=("heads",))
BOSS = a_person("boss", groups=("bosses",))


def escalated(*tiers: str, **changes) -> AccessFlow:
    groups = changes.pop("groups", ("leads",))
    mode = changes.pop("mode", Mode.ANY_OF)
    return a_flow(
        approval=an_approval(*groups, mode=mode, timeout=timedelta(hours=3)),
        escalation=Escalation(every=EVERY, tiers=tuple(in_group(tier) for tier in tiers)),
        **changes,
    )


def pending(flow: AccessFlow) -> AccessRequest:
    return World(flows=[flow], people=[ANNA, BEN, HEAD, BOSS]).submit()


def approve(request: AccessRequest, flow: AccessFlow, person: Person, after: timedelta):
    change = decide(request, flow, person, approves=True, reason=None, now=NOON + after)
    assert change is not None
    return change.request


@pytest.mark.req("R58", "R59", "R61.moves")
def test_a_tier_opens_at_its_instant_and_not_before() -> None:
    flow = escalated("heads", "bosses")
    request = pending(flow)
    assert request.tiers_at == (NOON + EVERY, NOON + 2 * EVERY)
    assert request.due_at == NOON + EVERY
    for person, opens in ((HEAD, EVERY), (BOSS, 2 * EVERY)):
        for after, may in ((opens - SECOND, False), (opens, True), (opens + SECOND, True)):
            assert may_decide(request, flow, person, NOON + after) is may
    with pytest.raises(NotAnApprover, match="no approver group and no open tier"):
        decide(request, flow, HEAD, approves=True, reason=None, now=NOON)


@pytest.mark.req("R58")
def test_half_an_hour_separates_tiers_unless_stated() -> None:
    flow = a_flow(approval=an_approval("leads"), escalation={"tiers": (in_group("heads"),)})
    assert tiers_at(flow, NOON) == (NOON + timedelta(minutes=30),)
    with pytest.raises(ValueError, match="at most 5"):
        Escalation(tiers=tuple(in_group("heads") for _ in range(6)))


@pytest.mark.req("R61.keeps")
def test_earlier_approvers_keep_the_right_to_decide() -> None:
    flow = escalated("heads", "bosses")
    late = timedelta(hours=2)
    for person in (ANNA, HEAD, BOSS):
        assert approve(pending(flow), flow, person, late).status is Status.GRANTING


@pytest.mark.req("R61.any_of")
def test_a_tiers_approval_settles_any_of_though_no_timer_noticed_the_tier() -> None:
    flow = escalated("heads")
    settled = approve(pending(flow), flow, HEAD, EVERY)
    assert (settled.status, settled.tiers_open) == (Status.GRANTING, 0)
    assert settled.votes[0].tiers == (1,)


@pytest.mark.req("R61.rejection")
@pytest.mark.parametrize("person", [ANNA, HEAD])
def test_one_rejection_of_whomever_is_final(person: Person) -> None:
    flow = escalated("heads", mode=Mode.ALL_OF, groups=("leads", "security"))
    now = NOON + EVERY
    change = decide(pending(flow), flow, person, approves=False, reason=None, now=now)
    assert change is not None
    assert change.request.status is Status.REJECTED


@pytest.mark.req("R61.timeout")
@pytest.mark.parametrize("person", [ANNA, HEAD])
def test_nobody_of_any_tier_decides_once_the_time_out_passed(person: Person) -> None:
    flow = escalated("heads")
    with pytest.raises(AlreadySettled, match="timed out"):
        approve(pending(flow), flow, person, timedelta(hours=3))


@pytest.mark.req("R61.stands_in")
def test_a_tier_stands_in_for_one_missing_group_of_all_of() -> None:
    flow = escalated("heads", mode=Mode.ALL_OF, groups=("leads", "security"))
    first = approve(pending(flow), flow, HEAD, EVERY)
    assert first.status is Status.PENDING_APPROVAL
    for other in (ANNA, BEN):
        assert approve(first, flow, other, EVERY).status is Status.GRANTING


@pytest.mark.req("R61.stands_in")
def test_who_approved_for_a_group_may_approve_again_for_their_tier() -> None:
    both = a_person("bo", groups=("leads", "heads"))
    flow = escalated("heads", mode=Mode.ALL_OF, groups=("leads", "security"))
    request = approve(pending(flow), flow, both, timedelta(0))
    request = approve(request, flow, ANNA, timedelta(0))
    assert request.status is Status.PENDING_APPROVAL
    assert decide(request, flow, both, approves=True, reason=None, now=NOON) is None
    assert approve(request, flow, both, EVERY).status is Status.GRANTING


@pytest.mark.req("R60")
def test_conditions_of_a_tier_are_joined_by_and_unless_or_is_written() -> None:
    conditions = is_("group", "heads"), is_("group", "security")
    both = a_person("bo", groups=("heads", "security"))
    for tier, may in ((all_of(*conditions), (False, True)), (any_of(*conditions), (True, True))):
        flow = escalated("heads").but(escalation=Escalation(every=EVERY, tiers=(tier,)))
        request, now = pending(flow), NOON + EVERY
        assert tuple(may_decide(request, flow, p, now) for p in (HEAD, both)) == may
        assert (tier.operator is Junction.OR) == may[0]


@pytest.mark.req("R68.tier")
@pytest.mark.parametrize("concerned", ["requester_id", "grantee_id"])
def test_f12_nobody_approves_their_own_request_as_member_of_a_tier(concerned: str) -> None:
    flow = escalated("heads", settings={"requester_cannot_approve_self": True})
    request = pending(flow).but(**{concerned: "hedi"})
    with pytest.raises(NotAnApprover, match="bars requester and grantee"):
        approve(request, flow, HEAD, EVERY)


def test_f13_who_left_the_tier_is_refused() -> None:
    flow = escalated("heads")
    with pytest.raises(NotAnApprover):
        approve(pending(flow), flow, HEAD.but(groups=()), EVERY)


def test_a_decided_request_opens_no_further_tier() -> None:
    flow = escalated("heads", "bosses")
    settled = approve(pending(flow), flow, HEAD, EVERY)
    assert open_tiers(settled, NOON + timedelta(days=1)) == 1


def satisfied(groups: int, people: list[tuple[set[int], set[int]]]) -> bool:
    """By trying every way to give one person to each group: met it, or was in an open tier."""
    return any(
        all(bool(tiers) or group in met for group, (met, tiers) in enumerate(chosen))
        for chosen in permutations(people, groups)
    )


_MEMBERSHIPS = st.tuples(st.sets(st.integers(0, 3)), st.sets(st.integers(1, 3)))


@pytest.mark.req("R61.stands_in", "R55.distinct")
@given(
    st.integers(1, 4),
    st.lists(_MEMBERSHIPS, min_size=1, max_size=5),
    st.integers(0, 4),
)
def test_f06_all_of_with_tiers_equals_exhaustive_search(groups, memberships, halves) -> None:
    """Everybody who may approves, in order; it is granted at the first set that suffices."""
    names = tuple(f"g{n}" for n in range(groups))
    flow = escalated("t1", "t2", "t3", groups=names, mode=Mode.ALL_OF)
    now = NOON + EVERY * halves
    request = AccessRequest.model_validate(
        {**_TEMPLATE.model_dump(by_alias=True), "tiers_at": tiers_at(flow, NOON)}
    )
    voted: list[tuple[set[int], set[int]]] = []
    for n, (met, tiers) in enumerate(memberships):
        met = {group for group in met if group < groups}
        tiers = {tier for tier in tiers if tier <= halves}
        person = a_person(
            f"p{n}", groups=(*(f"g{group}" for group in met), *(f"t{tier}" for tier in tiers))
        )
        if not met and not tiers:
            assert not may_decide(request, flow, person, now)
            continue
        change = decide(request, flow, person, approves=True, reason=None, now=now)
        assert change is not None
        voted.append((met, tiers))
        request = change.request
        assert (request.status is Status.GRANTING) == satisfied(groups, voted)
        if request.status is Status.GRANTING:
            break


_TEMPLATE = pending(escalated("heads"))


@given(st.integers(1, 5), st.integers(0, 4), st.integers(0, 200))
def test_tiers_open_as_a_count_of_passed_instants_would_have_it(tiers, noticed, minutes) -> None:
    request = _TEMPLATE.but(
        tiers_at=tuple(NOON + EVERY * n for n in range(1, tiers + 1)), tiers_open=noticed
    )
    assert open_tiers(request, NOON + timedelta(minutes=minutes)) == min(tiers, minutes // 30)


def test_a_vote_written_before_tiers_existed_still_reads() -> None:
    vote = Vote.model_validate({"person_id": "anna", "approves": True, "at": NOON, "groups": (0,)})
    assert vote.tiers == ()
