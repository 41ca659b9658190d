"""Which flow takes what, and what the trace says of it."""

from datetime import timedelta
from itertools import permutations

import pytest

from accessflows.model.flow import AccessFlow, Day, Timeframe
from accessflows.model.target import Entitlement
from accessflows.model.trace import Outcome, Why
from accessflows.rules.planning import Ask, Plan, in_order, plan, still_allowed, window_closed
from tests.factories import (
    NOON,
    a_flow,
    a_person,
    a_resource,
    a_target,
    an_approval,
    an_entitlement,
    in_group,
)

RITA = a_person(groups=("engineers",))
INVOICES = a_resource()
MORNINGS = Timeframe.model_validate(
    {"days": tuple(Day)[:5], "from": "09:00", "to": "12:00", "time_zone": "Europe/Berlin"}
)
RESOURCES = {("aws-demo", "s3_bucket", "invoices"): INVOICES}


def planned(*flows: AccessFlow, wanted: tuple[Entitlement, ...] = (), **ask) -> Plan:
    entitlements = wanted or (an_entitlement(),)
    given = {"requester": RITA, "grantee": RITA, "entitlements": entitlements, **ask}
    given.setdefault("begins_at", NOON)
    return plan(Ask(**given), flows, RESOURCES)


@pytest.mark.req("R1", "R46")
def test_the_flow_that_covers_it_takes_the_entitlement() -> None:
    flow = a_flow()
    answer = planned(flow)
    assert [(p.flow.id, p.entitlements, p.duration) for p in answer.portions] == [
        ("buckets", (an_entitlement(),), timedelta(hours=1))
    ]
    assert answer.refused == ()


@pytest.mark.req("N3.stored", "N6.trace")
def test_the_trace_names_flow_condition_value_and_outcome() -> None:
    taken, not_mine = a_flow(), a_flow("other", requestors=in_group("sales"))
    (decision,) = planned(taken, not_mine).decisions
    assert decision.flow == taken.reference
    assert [(f.condition, f.outcome, f.seen) for f in decision.findings] == [
        ("group is 'engineers'", Outcome.MET, ("engineers",))
    ]
    (loser,) = decision.passed_over
    assert (loser.flow, loser.why) == (not_mine.reference, Why.REQUESTER_NOT_ELIGIBLE)
    assert loser.finding is not None
    assert (loser.finding.condition, loser.finding.seen) == ("group is 'sales'", ("engineers",))


@pytest.mark.parametrize(
    ("flow", "why"),
    [
        (a_flow(active=False), Why.INACTIVE),
        (a_flow(requestors=in_group("sales")), Why.REQUESTER_NOT_ELIGIBLE),
        (a_flow(targets=(a_target(permissions=("admin",)),)), Why.NOT_A_TARGET),
        (a_flow(grant_duration=timedelta(minutes=5)), Why.TOO_SHORT),
    ],
)
def test_a_flow_is_passed_over_for_one_reason(flow: AccessFlow, why: Why) -> None:
    answer = planned(flow, duration=timedelta(minutes=10))
    assert answer.portions == ()
    assert answer.decisions[0].passed_over[0].why is why


@pytest.mark.req("R14", "R16.submit", "N3.stored")
def test_a_flow_is_used_in_its_hours_only_and_the_refusal_says_when_they_come() -> None:
    flow = a_flow(timeframe=MORNINGS)
    early = NOON.replace(hour=9)
    assert planned(flow, begins_at=early).refused == ()
    answer = planned(flow)
    (refusal,) = answer.refused
    assert refusal.type == "outside-window"
    assert refusal.message.startswith(
        "no access flow for this is open at 2026-03-02 12:00 UTC; one opens at 2026-03-03 08:00 UTC"
    )
    (passed_over,) = answer.decisions[0].passed_over
    assert (passed_over.why, passed_over.opens_at) == (
        Why.OUTSIDE_WINDOW,
        early.replace(day=3, hour=8),
    )


@pytest.mark.req("R13")
def test_where_one_flow_is_closed_another_takes_it_and_one_without_a_window_always() -> None:
    closed, always = a_flow("a", timeframe=MORNINGS), a_flow("b")
    for hour in range(24):
        (portion,) = planned(closed, always, begins_at=NOON.replace(hour=hour)).portions
        assert portion.flow.id == ("a" if 8 <= hour < 11 else "b")


def test_the_first_opening_of_several_flows_is_named_and_of_those_only_that_would_do() -> None:
    late = MORNINGS.but(from_="20:00", to="21:00")
    sooner = MORNINGS.but(from_="13:00", to="14:00")
    flows = (
        a_flow("a", timeframe=MORNINGS),
        a_flow("b", timeframe=late),
        a_flow("c", timeframe=sooner, requestors=in_group("sales")),
    )
    (refusal,) = planned(*flows).refused
    assert "one opens at 2026-03-02 19:00 UTC" in refusal.message


def test_f11_hours_that_were_tightened_count_too() -> None:
    assert window_closed(None, NOON) is None
    assert window_closed(a_flow(), NOON) is None
    why = window_closed(a_flow(timeframe=MORNINGS), NOON)
    assert why == (
        "the time window of flow 'Buckets' is closed at 2026-03-02 12:00 UTC; "
        "it opens next at 2026-03-03 08:00 UTC"
    )


def test_without_a_flow_the_entitlement_is_refused() -> None:
    (refusal,) = planned().refused
    assert (refusal.type, refusal.entitlements) == ("no-access-flow", (an_entitlement(),))


@pytest.mark.req("R40.less")
def test_too_long_a_wish_is_refused_with_the_longest_there_is() -> None:
    flows = (a_flow("a", grant_duration=timedelta(hours=1)), a_flow("b"))
    (refusal,) = planned(*flows, duration=timedelta(hours=3)).refused
    assert refusal.type == "duration-too-long"
    assert "PT1H at most" in refusal.message


@pytest.mark.req("R40.less", "R41", "R45.wish", "R45.maximum")
@pytest.mark.parametrize(
    ("granted", "wish", "expected"),
    [
        (timedelta(hours=1), None, timedelta(hours=1)),
        (timedelta(hours=1), timedelta(seconds=5), timedelta(seconds=5)),
        (timedelta(hours=1), timedelta(hours=1), timedelta(hours=1)),
        ("indefinite", None, "indefinite"),
        ("indefinite", timedelta(hours=2), timedelta(hours=2)),
        ("indefinite", "indefinite", "indefinite"),
        (timedelta(hours=1), "indefinite", None),
        (timedelta(hours=1), timedelta(hours=1, seconds=1), None),
    ],
)
def test_one_may_ask_for_less_and_never_for_more(granted, wish, expected) -> None:
    answer = planned(a_flow(grant_duration=granted), duration=wish)
    assert [p.duration for p in answer.portions] == ([expected] if expected else [])


@pytest.mark.req("N6.too_short")
def test_a_flow_too_short_for_the_wish_gives_way_to_the_next() -> None:
    short, long = a_flow("a"), a_flow("b", grant_duration=timedelta(hours=4))
    answer = planned(short, long, duration=timedelta(hours=2))
    assert [p.flow.id for p in answer.portions] == ["b"]


@pytest.mark.req("N6.order")
def test_flows_are_tried_in_one_order_whatever_order_they_come_in() -> None:
    first = a_flow("z", priority=1)
    approved = a_flow("y", approval=an_approval("leads"))
    by_name, by_id = a_flow("b", name="Same"), a_flow("c", name="Same")
    for flows in permutations([first, approved, by_name, by_id]):
        assert [f.id for f in in_order(flows)] == ["z", "y", "b", "c"]
        (portion,) = planned(*flows).portions
        assert portion.flow.id == "z"


@pytest.mark.req("R84.split")
def test_entitlements_of_different_flows_become_different_requests() -> None:
    reading = a_flow("reading", targets=(a_target(permissions=("read",)),))
    writing = a_flow("writing", targets=(a_target(permissions=("write",)),))
    wanted = (an_entitlement(), an_entitlement(permission="write"))
    answer = planned(reading, writing, wanted=wanted)
    assert {p.flow.id: p.entitlements for p in answer.portions} == {
        "reading": wanted[:1],
        "writing": wanted[1:],
    }


@pytest.mark.parametrize("unknown", [an_entitlement("nowhere"), an_entitlement(permission="fly")])
def test_what_the_inventory_does_not_hold_is_refused_by_name(unknown: Entitlement) -> None:
    (refusal,) = planned(a_flow(), wanted=(unknown,)).refused
    assert (refusal.type, refusal.entitlements) == ("no-such-resource", (unknown,))


@pytest.mark.req("R65.required", "R65.optional")
@pytest.mark.parametrize(
    ("required", "text", "refused"),
    [(True, None, True), (True, "  ", True), (True, "audit", False), (False, None, False)],
)
def test_a_justification_is_asked_for_where_the_flow_says_so(required, text, refused) -> None:
    flow = a_flow(settings={"require_justification": required})
    assert bool(planned(flow, justification=text).refused) is refused


@pytest.mark.req("R45.required")
def test_a_duration_is_asked_for_where_the_flow_says_so() -> None:
    flow = a_flow(settings={"require_duration": True})
    assert planned(flow).refused
    assert not planned(flow, duration=timedelta(minutes=5)).refused


def test_nobody_asks_for_others_through_a_flow_for_oneself() -> None:
    answer = planned(a_flow(), grantee=a_person("ben", groups=("engineers",)))
    assert answer.decisions[0].passed_over[0].why is Why.GRANTEE_NOT_ELIGIBLE


@pytest.mark.parametrize(
    ("flow", "requester", "words"),
    [
        (None, RITA, "closed"),
        (a_flow(active=False), RITA, "inactive"),
        (a_flow(requestors=in_group("sales")), RITA, "group is 'sales'"),
        (a_flow(targets=(a_target(permissions=("admin",)),)), RITA, "no longer covers"),
        (a_flow(), RITA.but(active=False), "not eligible"),
    ],
)
def test_f11_what_was_approved_is_checked_against_today(flow, requester, words) -> None:
    why = still_allowed(flow, requester, requester, [an_entitlement()], RESOURCES)
    assert why is not None
    assert words in why
    assert still_allowed(a_flow(), RITA, RITA, [an_entitlement()], RESOURCES) is None
