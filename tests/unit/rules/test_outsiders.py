"""What outsiders are to the rules: visitors of one flow by its link, and nobody else."""

import pytest

from accessflows.model.condition import Operator
from accessflows.model.person import Role
from accessflows.model.trace import Why
from accessflows.rules.conditions import holds
from accessflows.rules.fallback import with_fallback
from accessflows.rules.grantees import usable
from accessflows.rules.planning import Ask, Plan, eligibility, plan, still_allowed
from accessflows.rules.population import NOBODY, Population
from tests.factories import (
    NOON,
    a_flow,
    a_link_flow,
    a_person,
    a_resource,
    all_of,
    an_entitlement,
    an_outsider,
    any_of,
    is_,
)

OLGA, RITA = an_outsider(), a_person(groups=("engineers",))
RESOURCES = {("aws-demo", "s3_bucket", "invoices"): a_resource()}
# An ordinary flow whose conditions an address of one's choice would meet.
LOOSE = a_flow(requestors=all_of(is_("user", "partner.example", operator=Operator.CONTAINS)))


def planned(flow, *, by_link: bool, person=OLGA) -> Plan:
    ask = Ask(
        requester=person,
        grantee=person,
        entitlements=(an_entitlement(),),
        begins_at=NOON,
        by_link=by_link,
    )
    return with_fallback(plan(ask, [flow], RESOURCES), ask, ["aws-demo"])


@pytest.mark.req("R4.access_link", "R120")
def test_a_flow_with_an_access_link_takes_whoever_came_by_it_and_says_so() -> None:
    found = planned(a_link_flow(), by_link=True)
    (portion,) = found.portions
    assert portion.flow.id == "partners"
    (finding,) = found.decisions[0].findings
    assert finding.condition.startswith("came by access link")
    assert finding.seen == ("olga@partner.example",)


@pytest.mark.req("R120")
def test_nobody_who_signs_in_gets_into_a_flow_with_an_access_link() -> None:
    for person in (RITA, a_person("ada", roles=(Role.ADMIN,))):
        found = eligibility(a_link_flow(), person, person)
        assert found.why_not is Why.REQUESTER_NOT_ELIGIBLE
        assert usable([a_link_flow()], person) == ()


@pytest.mark.req("R112.external")
@pytest.mark.parametrize("by_link", [True, False])
def test_outsiders_get_into_no_other_flow_and_not_into_the_fallback(by_link: bool) -> None:
    found = planned(LOOSE, by_link=by_link)
    assert found.portions == ()
    assert [refused.type for refused in found.refused] == ["no-access-flow"]


@pytest.mark.req("R120")
def test_an_outsider_asks_for_nobody_else() -> None:
    found = eligibility(a_link_flow(), OLGA, RITA, by_link=True)
    assert found.why_not is Why.GRANTEE_NOT_ELIGIBLE


@pytest.mark.req("R120")
def test_what_came_by_link_is_looked_at_again_as_such() -> None:
    wanted = [an_entitlement()]
    assert still_allowed(a_link_flow(), OLGA, OLGA, wanted, RESOURCES, by_link=True) is None
    gone = OLGA.but(active=False)
    assert still_allowed(a_link_flow(), gone, gone, wanted, RESOURCES, by_link=True)
    assert still_allowed(a_flow("partners"), OLGA, OLGA, wanted, RESOURCES, by_link=True)


@pytest.mark.req("R112.external")
@pytest.mark.parametrize(
    "group",
    [
        all_of(is_("user", "partner.example", operator=Operator.CONTAINS)),
        all_of(is_("user", "olga@partner.example")),
        any_of(is_("group", "contractors", operator=Operator.IS_NOT), is_("user", "anna")),
        all_of(is_(":role", "external")),
    ],
)
def test_no_group_means_an_outsider_one_by_one_or_all_at_once(group) -> None:
    assert not holds(group, OLGA)
    everybody = Population([OLGA, RITA], [OLGA.id, RITA.id])
    assert everybody.meeting(group) & everybody.only(OLGA.id) == NOBODY
