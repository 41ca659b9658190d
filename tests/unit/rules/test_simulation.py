"""What differs between two configurations, and for whom."""

from datetime import timedelta

import pytest
from hypothesis import given, settings

from accessflows.model.configuration import Configuration
from accessflows.model.flow import RequestFor, Scope
from accessflows.model.target import Resource
from accessflows.rules.policy import Part
from accessflows.rules.simulation import (
    AccessChange,
    ApproverChange,
    Difference,
    TermChange,
    compare,
    gains,
)
from tests.factories import a_flow, a_resource, a_target, all_of, an_approval, in_group, is_
from tests.unit.rules.policies import RESOURCES, a_configuration, configurations, policies

READ = a_target(permissions=("read",))
READ_ANY = "read on s3_bucket in aws-demo, any of them"


def compared(
    before: Configuration, after: Configuration, inventory: tuple[Resource, ...] | None = None
) -> Difference:
    return compare(*policies(before, after, inventory=inventory))


def a_change(*people: str, what: tuple[str, ...] = (READ_ANY,), **changes) -> AccessChange:
    given = {"flow": "buckets", "part": Part.FOR_ONESELF, "what": what, "people": people}
    return AccessChange.model_validate({**given, "otherwise": False, **changes})


BUCKETS = a_flow(targets=(READ,))
PLAIN = a_configuration(BUCKETS)


@pytest.mark.req("N5.access")
@pytest.mark.parametrize(
    ("after", "gained", "lost"),
    [
        pytest.param(PLAIN, (), (), id="the same"),
        pytest.param(
            a_configuration(BUCKETS, members={"engineers": ("ada", "cem")}),
            (a_change("cem"),),
            (),
            id="somebody joins the group",
        ),
        pytest.param(
            a_configuration(BUCKETS.but(requestors=in_group("leads"))),
            (a_change("ben"),),
            (a_change("ada"),),
            id="another group may ask",
        ),
        pytest.param(
            a_configuration(BUCKETS.but(active=False)), (), (a_change("ada"),), id="switched off"
        ),
        pytest.param(
            a_configuration(BUCKETS.but(targets=(a_target(permissions=("read", "write")),))),
            (a_change("ada", what=("write on s3_bucket in aws-demo, any of them",)),),
            (),
            id="one more permission",
        ),
        pytest.param(
            a_configuration(
                BUCKETS.but(targets=(a_target(permissions=("read",), resources={"names": ["x"]}),))
            ),
            (),
            (a_change("ada"),),
            id="fewer resources are no gain",
        ),
        pytest.param(
            a_configuration(a_flow("other", targets=(READ,))),
            (a_change("ada", flow="other", otherwise=True),),
            (a_change("ada", otherwise=True),),
            id="the same by a flow of another id",
        ),
        pytest.param(
            a_configuration(
                BUCKETS.but(
                    request_for=RequestFor(
                        scopes=frozenset({Scope.SELF, Scope.OTHERS}), grantees=in_group("leads")
                    )
                )
            ),
            (
                a_change("ada", part=Part.FOR_OTHERS),
                a_change("ben", part=Part.BY_OTHERS),
            ),
            (),
            id="for others, too",
        ),
    ],
)
def test_who_gains_and_who_loses(after: Configuration, gained, lost) -> None:
    difference = compared(PLAIN, after)
    assert (difference.gains, difference.losses) == (gained, lost)


@pytest.mark.req("N5.access")
def test_request_settings_of_a_resource_count_by_the_flows_made_from_them() -> None:
    setting = {
        "id": "invoices",
        "integration": "aws-demo",
        "resource_type": "s3_bucket",
        "resource": "invoices",
        "permissions": ("read",),
        "default": {"duration": "PT1H", "approval": "automatic"},
    }
    without = {**setting, "groups": ({"group": "leads", "access": "not_required"},)}
    before = a_configuration(flows=(), resource_access=(setting,))
    after = a_configuration(flows=(), resource_access=(without,))
    difference = compared(before, after)
    what = ("read on s3_bucket invoices in aws-demo",)
    assert [(c.part, c.people, c.what) for c in difference.gains] == [
        (Part.STANDING, ("ben",), what)
    ]
    assert [(c.part, c.people, c.what) for c in difference.losses] == [
        (Part.FOR_ONESELF, ("ben",), what)
    ]


@pytest.mark.req("N5.access")
def test_with_an_inventory_resources_are_told_by_name() -> None:
    tagged = a_target(permissions=("read",), resources={"tags": {"env": ["live"]}})
    after = a_configuration(BUCKETS.but(targets=(tagged,)))
    difference = compared(PLAIN, after, RESOURCES)
    gone = ("read on s3_bucket one in aws-demo", "read on s3_bucket three in aws-demo")
    assert (difference.gains, difference.losses) == ((), (a_change("ada", what=gone),))


@pytest.mark.req("N5.approvers")
def test_who_would_be_asked_is_told_group_by_group() -> None:
    before = a_configuration(BUCKETS.but(approval=an_approval("leads")))
    after = a_configuration(
        BUCKETS.but(approval=an_approval("leads", "engineers", timeout=timedelta(hours=1))),
        members={"leads": ("ben", "cem")},
    )
    difference = compared(before, after)
    assert difference.approvers == (
        ApproverChange(
            flow="buckets",
            place="group 1",
            before="group is 'leads'",
            after="group is 'leads'",
            joined=("cem",),
        ),
        ApproverChange(
            flow="buckets",
            place="group 2",
            before=None,
            after="group is 'engineers'",
            joined=("ada",),
        ),
    )
    assert difference.terms == (
        TermChange(flow="buckets", term="approval.timeout", before="P1D", after="PT1H"),
    )


@pytest.mark.req("N5.approvers")
def test_a_flow_that_no_longer_asks_anybody_is_told() -> None:
    before = a_configuration(BUCKETS.but(approval=an_approval("leads")))
    places = {c.place: (c.before, c.after, c.left) for c in compared(before, PLAIN).approvers}
    assert places == {
        "group 1": ("group is 'leads'", None, ("ben",)),
        "approval": (None, "granted at once", ()),
    }


@pytest.mark.req("N5.approvers")
def test_a_flow_that_nobody_can_use_any_more_asks_nobody() -> None:
    asking = BUCKETS.but(approval=an_approval("leads"))
    difference = compared(a_configuration(asking), a_configuration(asking.but(active=False)))
    assert (difference.approvers, len(difference.losses)) == ((), 1)


@pytest.mark.req("N5.access")
def test_who_may_be_on_call_gains_what_those_on_call_may_ask() -> None:
    turns = {"people": ("ben", "cem"), "starts": "2026-03-02T12:00"}
    schedule = {"id": "ops", "name": "Ops", "time_zone": "UTC", "rotations": (turns,)}
    flow = BUCKETS.but(requestors=all_of(is_("on_call", "Ops"), is_("group", "leads")))
    after = a_configuration(flow, on_call_schedules=(schedule,))
    assert compared(a_configuration(flow.but(active=False)), after).gains == (a_change("ben"),)


@pytest.mark.req("N5.access")
def test_other_terms_are_told_as_written() -> None:
    changed = BUCKETS.but(
        grant_duration=timedelta(hours=4),
        priority=1,
        description="In other words",
        settings={"require_justification": True},
    )
    assert [
        (term.term, term.before, term.after)
        for term in compared(PLAIN, a_configuration(changed)).terms
    ] == [
        ("grant_duration", "PT1H", "PT4H"),
        ("priority", "100", "1"),
        ("settings.require_justification", "false", "true"),
    ]


@pytest.mark.req("N5.access", "N5.approvers")
@settings(max_examples=30)
@given(configurations())
def test_a_configuration_does_not_differ_from_itself(configuration: Configuration) -> None:
    for inventory in (None, RESOURCES):
        difference = compared(configuration, configuration, inventory)
        assert difference.but(warnings=()) == Difference()


@pytest.mark.req("N5.access")
@settings(max_examples=30)
@given(configurations(), configurations())
def test_what_one_way_gains_the_other_way_loses(one: Configuration, other: Configuration) -> None:
    there, back = compared(one, other), compared(other, one)
    assert (there.gains, there.losses) == (back.losses, back.gains)


@pytest.mark.req("N5.access")
@settings(max_examples=30)
@given(configurations(), configurations())
def test_gains_are_what_a_look_at_everybody_and_everything_finds(
    one: Configuration, other: Configuration
) -> None:
    before, after = policies(one, other, inventory=RESOURCES)

    def held(policy):
        return {
            (flow_id, part, person, words)
            for flow_id, reach in policy.reach.items()
            for part, people in reach.items()
            for person in policy.population.ids(people)
            for words in policy.opened(flow_id)
        }

    found = {
        (change.flow, change.part, person, words): change.otherwise
        for change in gains(before, after)
        for person in change.people
        for words in change.what
    }
    assert found.keys() == held(after) - held(before)
    had = {(part, person, words) for _, part, person, words in held(before)}
    assert found == {key: key[1:] in had for key in found}


def test_an_integration_that_is_gone_takes_what_scopes_found_there() -> None:
    from accessflows.model.target import AccessScope, ScopeTarget
    from tests.factories import an_integration

    scope = AccessScope(id="found", name="Found", query='permission = "read"')
    flow = a_flow(targets=(ScopeTarget(access_scope="found"),))
    both = (an_integration(), an_integration(id="aws-two", name="Two"))
    inventory = (a_resource("x"), a_resource("y", integration="aws-two"))
    before = a_configuration(flow, integrations=both, access_scopes=(scope,))
    after = a_configuration(flow, access_scopes=(scope,))
    difference = compared(before, after, inventory)
    assert difference.losses == (a_change("ada", what=("read on s3_bucket y in aws-two",)),)
