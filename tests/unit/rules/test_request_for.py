"""For whom a flow lets one ask: its scopes, one by one and together."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accessflows.model.flow import RequestFor, Scope
from accessflows.model.trace import Outcome, Why
from accessflows.rules.grantees import groups_of, lets_ask, lets_receive, through, usable
from accessflows.rules.planning import eligibility, still_allowed
from tests.factories import (
    a_flow,
    a_person,
    a_resource,
    all_of,
    an_entitlement,
    any_of,
    in_group,
    is_,
)

RITA = a_person(groups=("engineers", "contractors"), manager="mona")
CARL = a_person("carl", groups=("contractors",), manager="mona")
REX = a_person("rex", manager="rita")
EVE = a_person("eve", manager="mona")
GONE = a_person("gone", groups=("contractors",), manager="rita", active=False)
ALL = (RITA, CARL, REX, EVE, GONE)
SELF, REPORTS, OTHERS = Scope.SELF, Scope.DIRECT_REPORTS, Scope.OTHERS


def a_flow_for(*scopes: Scope, grantees=None, **changes):
    if OTHERS in scopes:
        grantees = grantees or in_group("contractors")
    return a_flow(request_for=RequestFor(scopes=frozenset(scopes), grantees=grantees), **changes)


@pytest.mark.req("R17", "R18", "R19.grantees", "R19.not_self", "R20")
@pytest.mark.parametrize(
    ("scopes", "may"),
    [
        ((SELF,), {"rita"}),
        ((REPORTS,), {"rex"}),
        ((OTHERS,), {"carl"}),
        ((SELF, REPORTS), {"rita", "rex"}),
        ((SELF, OTHERS), {"rita", "carl"}),
        ((REPORTS, OTHERS), {"rex", "carl"}),
        ((SELF, REPORTS, OTHERS), {"rita", "rex", "carl"}),
    ],
)
def test_each_scope_opens_the_flow_for_its_people_and_nobody_else(scopes, may) -> None:
    flow = a_flow_for(*scopes)
    assert {p.id for p in ALL if eligibility(flow, RITA, p).why_not is None} == may
    assert {p.id for p in ALL if through([flow], RITA, p)} == may


@pytest.mark.req("R17")
def test_a_flow_that_says_nothing_is_for_oneself() -> None:
    assert a_flow().request_for.scopes == {SELF}


@pytest.mark.req("R18")
def test_a_manager_named_by_address_in_an_attribute_is_no_manager() -> None:
    flow = a_flow_for(REPORTS)
    claims = a_person("ella", attributes={"boss": ("rita",)}, manager_emails=("rita@example.com",))
    assert eligibility(flow, RITA, claims).why_not is Why.GRANTEE_NOT_ELIGIBLE
    above = a_person("mona", groups=("engineers",))
    indirect = eligibility(flow, above, REX)
    assert indirect.why_not is Why.GRANTEE_NOT_ELIGIBLE


@pytest.mark.req("R21")
def test_grantee_conditions_are_joined_by_and_unless_by_or() -> None:
    two = (is_("group", "contractors"), is_("manager", "mona"))
    for joined, may in [(all_of(*two), {"carl"}), (any_of(*two), {"carl", "eve"})]:
        flow = a_flow_for(OTHERS, grantees=joined)
        assert {p.id for p in ALL if eligibility(flow, RITA, p).why_not is None} == may


def test_the_trace_tells_what_let_the_grantee_in() -> None:
    flow = a_flow_for(REPORTS, OTHERS)
    findings = eligibility(flow, RITA, CARL).findings
    assert [(f.condition, f.outcome, f.seen) for f in findings] == [
        ("group is 'engineers'", Outcome.MET, ("contractors", "engineers")),
        ("grantee: group is 'contractors'", Outcome.MET, ("contractors",)),
    ]
    (_, reports) = eligibility(flow, RITA, REX).findings
    assert reports.condition == "grantee: reports to the requester"


def test_a_refusal_says_which_condition_failed_but_not_what_the_other_person_holds() -> None:
    secret = a_person("sue", groups=("merger",))
    finding = eligibility(a_flow_for(OTHERS), RITA, secret).finding
    assert finding is not None
    assert (finding.condition, finding.seen) == ("grantee: group is 'contractors'", ())


def test_f11_a_grantee_is_checked_against_today_too() -> None:
    flow, resources = a_flow_for(OTHERS), {("aws-demo", "s3_bucket", "invoices"): a_resource()}
    wanted = [an_entitlement()]
    assert still_allowed(flow, RITA, CARL, wanted, resources) is None
    why = still_allowed(flow, RITA, CARL.but(groups=()), wanted, resources)
    assert why == "grantee not eligible (grantee: group is 'contractors')"
    assert still_allowed(flow, RITA, CARL.but(active=False), wanted, resources)


def test_flows_one_may_not_use_open_nobody() -> None:
    flows = [a_flow_for(OTHERS), a_flow("b", active=False), a_flow("c", requestors=in_group("x"))]
    assert usable(flows, RITA) == (flows[0],)
    assert usable(flows, RITA.but(active=False)) == ()
    assert usable(flows, EVE) == ()


IDS = ("rita", "mona", "carl")
PEOPLE = st.builds(
    lambda person_id, groups, manager, active: a_person(
        person_id, groups=tuple(groups), manager=manager, active=active
    ),
    st.sampled_from(IDS),
    st.frozensets(st.sampled_from(["engineers", "contractors"])),
    st.none() | st.sampled_from(IDS),
    st.booleans(),
)
SCOPES = [frozenset(c) for n in (1, 2, 3) for c in itertools.combinations(Scope, n)]


@pytest.mark.req("R18", "R19.not_self", "R20")
@given(st.sampled_from(SCOPES), PEOPLE, PEOPLE)
def test_who_may_receive_equals_the_plain_reading_of_the_scopes(scopes, requester, grantee) -> None:
    if requester.id == grantee.id:
        grantee = requester
    flow = a_flow_for(*scopes)
    groups = {group.id for group in grantee.groups}
    ways = []
    if requester.id == grantee.id:
        ways.append(SELF in scopes)
    else:
        ways.append(REPORTS in scopes and grantee.manager == requester.id)
        ways.append(OTHERS in scopes and "contractors" in groups)
    asks = "engineers" in {group.id for group in requester.groups}
    expected = requester.active and grantee.active and asks and any(ways)
    assert (eligibility(flow, requester, grantee).why_not is None) == expected
    assert (lets_ask(flow, requester) and lets_receive(flow, requester, grantee)) == expected


@given(st.sampled_from(SCOPES), PEOPLE, PEOPLE)
def test_whoever_may_receive_is_proposed_by_the_groups_that_are_looked_up(
    scopes, requester, grantee
) -> None:
    from accessflows.rules.conditions import holds

    flow = a_flow_for(*scopes)
    if requester.id == grantee.id or eligibility(flow, requester, grantee).why_not:
        return
    assert any(holds(group, grantee) for group in groups_of(flow, requester))
