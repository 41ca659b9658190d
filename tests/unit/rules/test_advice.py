"""Warnings about what is allowed and hardly meant."""

import pytest

from accessflows.model.flow import RequestFor, Scope
from accessflows.rules.advice import Concern, advice
from tests.factories import a_flow, a_target, an_approval, in_group, is_
from tests.unit.rules.policies import RESOURCES, a_configuration, policies

LIVE = a_target(resources={"tags": {"env": ["live"]}})
TEST = a_target(resources={"tags": {"env": ["test"]}})


def told(*flows, inventory=None, **changes):
    (policy,) = policies(a_configuration(*flows, **changes), inventory=inventory)
    return [(each.concern, each.flows, each.message) for each in advice(policy)]


@pytest.mark.req("N5.warnings")
def test_a_configuration_in_order_is_no_reason_to_warn() -> None:
    assert told(a_flow(approval=an_approval("leads"))) == []


@pytest.mark.req("N5.warnings")
def test_a_group_that_nobody_active_is_in_is_named() -> None:
    (found,) = told(members={"guests": ()})
    assert found == (Concern.EMPTY_GROUP, (), "nobody active is in group 'guests'")


@pytest.mark.req("N5.warnings")
def test_a_flow_that_nobody_can_use_says_why() -> None:
    nobody = a_flow(requestors=in_group("nowhere"))
    assert told(nobody) == [
        (
            Concern.UNUSABLE_FLOW,
            ("buckets",),
            "nobody can use flow 'buckets': nobody active has group is 'nowhere'",
        )
    ]
    reports = a_flow(request_for=RequestFor(scopes=frozenset({Scope.DIRECT_REPORTS})))
    ((_, _, message),) = told(reports)
    assert message == "nobody can use flow 'buckets': there is nobody they may ask it for"
    assert told(nobody.but(active=False)) == []


@pytest.mark.req("N5.warnings")
def test_an_approver_group_that_nobody_meets_is_named() -> None:
    asking = an_approval("leads").but(groups=(in_group("leads"), in_group("nowhere")))
    assert [concern for concern, _, _ in told(a_flow(approval=asking))] == [Concern.NO_APPROVER]
    owner = an_approval("leads").but(groups=({"conditions": (is_("owner"),)},))
    assert told(a_flow(approval=owner)) == []


@pytest.mark.req("N5.warnings")
@pytest.mark.parametrize(
    ("one", "other", "is_told"),
    [
        pytest.param({}, {}, True, id="the same"),
        pytest.param({}, {"priority": 1}, False, id="another priority"),
        pytest.param({}, {"requestors": in_group("leads")}, False, id="other people"),
        pytest.param({"targets": (LIVE,)}, {"targets": (TEST,)}, False, id="other tags"),
        pytest.param({"targets": (LIVE,)}, {}, True, id="some of any"),
        pytest.param({}, {"active": False}, False, id="switched off"),
    ],
)
def test_flows_of_one_priority_that_decide_about_the_same_are_named(one, other, is_told) -> None:
    found = told(a_flow("one", **one), a_flow("two", **other))
    assert [flows for _, flows, _ in found] == ([("one", "two")] if is_told else [])
    if is_told:
        ((_, _, message),) = found
        assert message.startswith(
            "flows 'one' and 'two' have equal priority, and both decide about read on s3_bucket"
        )
        assert "for 1 person" in message


@pytest.mark.req("N5.warnings")
def test_with_an_inventory_only_what_is_there_overlaps() -> None:
    absent = a_target(resources={"names": ["absent"]})
    flows = (a_flow("one"), a_flow("two", targets=(absent,)))
    assert told(*flows)
    assert told(*flows, inventory=RESOURCES) == []


@pytest.mark.req("N5.warnings", "R63.warning")
def test_a_sensitive_flow_without_mfa_is_named() -> None:
    sensitive = a_flow(settings={"labels": ("Sensitive",)})
    assert told(sensitive) == [
        (
            Concern.SENSITIVE_WITHOUT_MFA,
            ("buckets",),
            "flow 'buckets' is labelled sensitive and asks for no MFA: write "
            "settings.require_mfa: true",
        )
    ]
    asking = sensitive.but(settings=sensitive.settings.but(require_mfa=True))
    for quiet in (asking, sensitive.but(active=False), a_flow(settings={"labels": ("other",)})):
        assert told(quiet) == []
