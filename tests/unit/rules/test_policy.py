"""What a configuration means for everybody is what it means for each."""

from hypothesis import given, settings

from accessflows.model.configuration import Configuration
from accessflows.model.person import Person
from accessflows.model.target import Entitlement
from accessflows.rules.conditions import holds
from accessflows.rules.planning import eligibility
from accessflows.rules.policy import Part, Policy
from accessflows.rules.targets import covers
from tests.factories import a_flow
from tests.unit.rules.policies import RESOURCES, a_configuration, configurations, policies


def by_pairs(policy: Policy, flow_id: str) -> dict[Part, set[str]]:
    """Each pair of people put to the rule that decides a submission."""
    people = tuple(policy.population.by_id.values())
    pairs = {
        (one.id, other.id)
        for one in people
        for other in people
        if eligibility(policy.flows[flow_id], one, other).why_not is None
    }
    return {
        Part.FOR_ONESELF: {one for one, other in pairs if one == other},
        Part.FOR_OTHERS: {one for one, other in pairs if one != other},
        Part.BY_OTHERS: {other for one, other in pairs if one != other},
        Part.STANDING: set(),
    }


@settings(max_examples=30)
@given(configurations())
def test_who_reaches_a_flow_is_who_would_be_let_in_one_by_one(configuration: Configuration) -> None:
    (policy,) = policies(configuration)
    for flow_id, reach in policy.reach.items():
        found = {part: set(policy.population.ids(people)) for part, people in reach.items()}
        assert found == by_pairs(policy, flow_id)


@settings(max_examples=30)
@given(configurations())
def test_a_group_is_met_by_exactly_those_who_meet_it_one_by_one(
    configuration: Configuration,
) -> None:
    (policy,) = policies(configuration)
    people: tuple[Person, ...] = tuple(policy.population.by_id.values())
    for flow in policy.flows.values():
        assert flow.requestors
        met = set(policy.population.ids(policy.population.meeting(flow.requestors)))
        assert met == {person.id for person in people if holds(flow.requestors, person)}


@settings(max_examples=30)
@given(configurations())
def test_what_a_flow_opens_is_what_the_rule_of_targets_covers(configuration: Configuration) -> None:
    (policy,) = policies(configuration, inventory=RESOURCES)
    for flow_id, flow in policy.flows.items():
        every = [
            (resource, Entitlement.model_validate({**place(resource), "permission": permission}))
            for resource in RESOURCES
            for permission in resource.permissions
        ]
        covered = {
            str(entitlement)
            for resource, entitlement in every
            if covers(flow, entitlement, resource, policy.catalogue)
        }
        assert set(policy.opened(flow_id)) == covered


def place(resource) -> dict[str, str]:
    return {
        "integration": resource.integration,
        "resource_type": resource.resource_type,
        "resource": resource.name,
    }


def test_who_has_standing_access_asks_for_nothing() -> None:
    (policy,) = policies(a_configuration(a_flow(standing=True)))
    assert set(policy.population.ids(policy.reach["buckets"][Part.STANDING])) == {"ada"}
    assert not policy.is_usable("buckets")


def test_a_fallback_flow_is_everybodys_for_what_no_flow_covers() -> None:
    (policy,) = policies(a_configuration(settings={"fallback_flow": True}))
    assert set(policy.population.ids(policy.may_ask("fallback"))) == {"ada", "ben", "cem", "dan"}
    assert set(policy.opened("fallback")) == {"whatever no access flow covers in aws-demo"}
