"""Configuration files: approvers by relation, owners, and escalation."""

from pathlib import Path

import pytest

from accessflows.cli.validators import VALIDATORS
from accessflows.configuration import ConfigurationErrors, check
from tests.doubles.organisation import FLOWS, INTEGRATIONS, written

USER = "{attribute: user, values: [anna@example.com]}"
OWNED = INTEGRATIONS + "    owner: {attribute: group, values: [engineers]}\n    owner_tag: team\n"


def refused(folder: Path) -> list[str]:
    with pytest.raises(ConfigurationErrors) as caught:
        check(folder, VALIDATORS)
    return [f"{error.path}: {error.message}" for error in caught.value.errors]


def flows(condition: str = USER, *, more: str = "") -> str:
    return FLOWS.replace(USER, condition) + more


def escalation(tier: str = USER, *, every: str = "PT30M") -> str:
    return f"    escalation: {{every: {every}, tiers: [{{conditions: [{tier}]}}]}}\n"


@pytest.mark.req("R48.integration_owner", "R57")
def test_owners_managers_and_tiers_are_written_and_read(tmp_path: Path) -> None:
    tier = escalation("{attribute: grantee_manager}")
    folder = written(tmp_path, flows=flows("{attribute: owner}", more=tier), integrations=OWNED)
    (flow,) = check(folder, VALIDATORS).flows
    assert flow.approval
    assert flow.escalation
    assert flow.approval.groups[0].conditions[0].attribute == "owner"


@pytest.mark.req("R48.integration_owner")
def test_a_flow_that_asks_the_owner_needs_one_in_each_integration(tmp_path: Path) -> None:
    assert refused(written(tmp_path, flows=flows("{attribute: owner}"))) == [
        "flows[0].approval: asks the owner to approve, and integration 'aws-demo' has no `owner` "
        "for resources whose tag names none: give it one"
    ]


@pytest.mark.req("R61.validate")
def test_a_time_out_that_leaves_no_room_for_the_tiers_is_refused(tmp_path: Path) -> None:
    (error,) = refused(written(tmp_path, flows=flows(more=escalation(every="PT24H"))))
    assert "`approval.timeout` must be longer than tiers x every" in error


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {
                "flows": FLOWS.replace(
                    "{attribute: group, values: [engineers]}", "{attribute: owner}"
                )
            },
            "flows[0].requestors.conditions[0].attribute: owner describes approvers and tiers only",
        ),
        (
            {"flows": flows("{attribute: grantee_manager, operator: contains}")},
            "flows[0].approval.groups[0].conditions[0].operator: grantee_manager takes is or "
            "is_not only",
        ),
        (
            {
                "flows": flows(
                    more=escalation("{attribute: user, operator: is_not, values: [rita]}")
                )
            },
            "flows[0].escalation.tiers[0]: says only who does not approve: it needs a condition "
            "with is, starts_with or contains",
        ),
        (
            {"flows": flows(more=escalation("{attribute: group, values: [enginers]}"))},
            "flows[0].escalation.tiers[0].conditions[0].values[0]: there is no group 'enginers'; "
            "did you mean engineers?",
        ),
        (
            {"integrations": OWNED.replace("[engineers]", "[enginers]")},
            "integrations[0].owner.values[0]: there is no group 'enginers'; did you mean "
            "engineers?",
        ),
        (
            {"integrations": OWNED.replace("attribute: group", "attribute: owner")},
            "integrations[0].owner.attribute: owner names nobody here: write user, group or "
            "on_call",
        ),
    ],
)
def test_a_mistake_about_approvers_is_said_where_it_stands(
    tmp_path: Path, change: dict[str, str], said: str
) -> None:
    assert refused(written(tmp_path, **change)) == [said]
