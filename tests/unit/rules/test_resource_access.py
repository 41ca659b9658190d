"""Request settings of resources: who is under which flow, and what that flow says."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accessflows.model.condition import Operator
from accessflows.model.flow import AccessFlow, GroupOverride, ResourceAccess, ReviewSetting
from accessflows.model.person import Person, Role
from accessflows.model.trace import Why
from accessflows.model.value import GrantDuration
from accessflows.rules.conditions import holds
from accessflows.rules.description import describe
from accessflows.rules.planning import Ask, Plan, eligibility, plan
from accessflows.rules.resource_access import compiled
from tests.factories import (
    NOON,
    a_flow,
    a_person,
    a_resource,
    all_of,
    an_approval,
    an_entitlement,
    in_group,
    is_,
)

RESOURCES = {("aws-demo", "s3_bucket", "invoices"): a_resource()}
HOUR = timedelta(hours=1)
DEFAULT = ReviewSetting(presets=(HOUR, 12 * HOUR), approval="manual", reviewers=("security",))
GROUPS = ("a", "b", "c", "d")


def an_override(group: str, access: Any) -> GroupOverride:
    return GroupOverride(group=group, access=access)


def settings(*groups: GroupOverride, **changes: Any) -> ResourceAccess:
    return ResourceAccess.model_validate(
        {
            "id": "invoices",
            "integration": "aws-demo",
            "resource_type": "s3_bucket",
            "resource": "invoices",
            "permissions": ("read",),
            "default": DEFAULT,
            "groups": groups,
            **changes,
        }
    )


def versioned(access: ResourceAccess) -> tuple[AccessFlow, ...]:
    return tuple(flow.but(version=1) for flow in compiled(access))


def planned(person: Person, flows: Sequence[AccessFlow], duration: GrantDuration | None) -> Plan:
    ask = Ask(
        requester=person,
        grantee=person,
        entitlements=(an_entitlement(),),
        begins_at=NOON,
        duration=duration,
        justification="closing the month",
    )
    return plan(ask, flows, RESOURCES)


def own(hours: int) -> ReviewSetting:
    return ReviewSetting(duration=hours * HOUR, approval="automatic")


def written_for(names: Sequence[str]) -> st.SearchStrategy[tuple[GroupOverride, ...]]:
    accesses = st.sampled_from(("inherit", "not_required", own(1), own(2), own(3)))
    return st.tuples(*(st.builds(an_override, st.just(name), accesses) for name in names))


overrides = st.lists(st.sampled_from(GROUPS), unique=True).flatmap(written_for)
memberships = st.sets(st.sampled_from(GROUPS)).map(lambda names: tuple(sorted(names)))


def said(groups: Sequence[GroupOverride], mine: Sequence[str]) -> ReviewSetting | None:
    """What should hold for whoever is in these groups; none if no request is needed."""
    theirs = [each.access for each in groups if each.group in mine]
    if "not_required" in theirs:
        return None
    first = theirs[0] if theirs else "inherit"
    return first if isinstance(first, ReviewSetting) else DEFAULT


@pytest.mark.req("R125.inherit", "R125.own", "R125.not_required")
@given(overrides, memberships)
def test_the_first_group_decides_unless_one_needs_no_request(
    groups: tuple[GroupOverride, ...], mine: tuple[str, ...]
) -> None:
    person = a_person(groups=mine)
    flows = versioned(settings(*groups))
    expected = said(groups, mine)
    open_to = [flow for flow in flows if eligibility(flow, person, person).why_not is None]
    if expected is None:
        assert open_to == []
        return
    (flow,) = open_to
    assert (flow.approval is not None) == (expected.approval == "manual")
    assert flow.duration_presets == expected.presets
    assert flow.grant_duration == (expected.duration or 12 * HOUR)


@pytest.mark.req("R125.not_required")
@given(overrides, memberships, st.integers(0, 200).filter(lambda n: n != 50), st.booleans())
def test_a_group_with_standing_access_never_gets_a_request_whatever_other_flows_say(
    groups: tuple[GroupOverride, ...], mine: tuple[str, ...], priority: int, automatic: bool
) -> None:
    approval = None if automatic else an_approval("leads")
    everybody = all_of(is_("user", "nobody", operator=Operator.IS_NOT))
    broad = a_flow("broad", requestors=everybody, priority=priority, approval=approval)
    answer = planned(a_person(groups=mine), [*versioned(settings(*groups)), broad], HOUR)
    if said(groups, mine) is None:
        assert answer.portions == ()
        (refused,) = answer.refused
        assert refused.type == "standing-access"
        assert refused.message == "your group has standing access to this; no request is needed"
        assert answer.decisions[0].passed_over[0].why is Why.STANDING_ACCESS
    else:
        (portion,) = answer.portions
        assert (portion.flow.id == "broad") == (priority < 50)


@given(overrides)
def test_the_same_settings_become_the_same_flows_with_ids_and_names_of_their_own(
    groups: tuple[GroupOverride, ...],
) -> None:
    flows = list(compiled(settings(*groups)))
    assert flows == list(compiled(settings(*groups)))
    assert len({flow.id for flow in flows}) == len({flow.name for flow in flows}) == len(flows)


def test_long_names_are_cut_and_stay_apart() -> None:
    group = "g" * 63
    access = settings(
        an_override(f"{group}1", "inherit"), an_override(f"{group}2", "inherit"), id="r" * 64
    )
    flows = list(compiled(access))
    assert len({flow.id for flow in flows}) == len({flow.name for flow in flows}) == 3


def test_what_reads_alike_is_told_apart() -> None:
    one = settings(an_override("b", "inherit"), id="a")
    other = settings(id="a-b")
    ids = [flow.id for access in (one, other) for flow in compiled(access)]
    assert len(set(ids)) == 3


@pytest.mark.req("R128.manual")
def test_admins_access_reviewers_and_the_resources_own_groups_may_approve() -> None:
    (flow,) = compiled(settings())
    approval = flow.approval
    assert approval
    assert flow.settings.requester_cannot_approve_self

    def may(**changes: Any) -> bool:
        person = a_person("eve", **changes)
        return any(holds(group, person) for group in approval.groups)

    assert may(roles=(Role.ADMIN,))
    assert may(roles=(Role.ACCESS_REVIEWER,))
    assert may(groups=("security",))
    assert not may(groups=("sales",))


@pytest.mark.req("R128.automatic")
def test_automatic_wants_a_reason() -> None:
    (flow,) = versioned(settings(default=own(1)))
    assert flow.approval is None
    person = a_person()
    ask = Ask(requester=person, grantee=person, entitlements=(an_entitlement(),), begins_at=NOON)
    (refused,) = plan(ask, [flow], RESOURCES).refused
    assert "asks for a justification" in refused.message
    assert plan(ask.but(justification="the month"), [flow], RESOURCES).refused == ()


@pytest.mark.req("R127.presets", "R127.custom")
@pytest.mark.parametrize(
    ("setting", "wish", "refusal"),
    [
        ({"presets": (HOUR, 12 * HOUR)}, HOUR, None),
        ({"presets": (HOUR, 12 * HOUR)}, 12 * HOUR, None),
        ({"presets": (HOUR, 12 * HOUR)}, 2 * HOUR, "ask for PT1H or PT12H; no access flow grants"),
        ({"presets": (HOUR, 12 * HOUR)}, 13 * HOUR, "ask for PT1H or PT12H; no access flow grants"),
        ({"presets": (HOUR, 12 * HOUR)}, "indefinite", "ask for PT1H or PT12H; no access flow"),
        ({"presets": (HOUR, 12 * HOUR)}, None, "asks how long you need the access"),
        ({"presets": (12 * HOUR,)}, None, None),
        ({"duration": "custom"}, 7 * 24 * HOUR, None),
        ({"duration": "custom"}, timedelta(seconds=1), None),
        ({"duration": "custom"}, 7 * 24 * HOUR + timedelta(seconds=1), "ask for P7D at most"),
        ({"duration": "custom"}, None, "asks how long you need the access"),
        ({"duration": "custom", "presets": (HOUR,)}, 2 * HOUR, None),
        ({"duration": 4 * HOUR}, 3 * HOUR, None),
        ({"duration": 4 * HOUR}, None, None),
        ({"duration": 4 * HOUR}, 5 * HOUR, "ask for PT4H at most"),
    ],
)
def test_presets_are_all_there_is_and_custom_is_free_up_to_seven_days(
    setting: dict[str, Any], wish: GrantDuration | None, refusal: str | None
) -> None:
    review = ReviewSetting(approval="manual", **setting)
    answer = planned(a_person(), versioned(settings(default=review)), wish)
    if refusal is None:
        assert answer.refused == ()
        longest = setting.get("duration") or max(setting["presets"])
        assert [portion.duration for portion in answer.portions] == [wish or longest]
    else:
        (refused,) = answer.refused
        assert refusal in refused.message


@pytest.mark.req("R127.presets", "N6.too_short")
def test_a_flow_with_presets_gives_way_to_one_that_honours_the_wish() -> None:
    flows = versioned(settings())
    longer = a_flow("longer", requestors=in_group("a"), grant_duration=3 * HOUR)
    mine = a_person(groups=("a",))
    assert [p.flow.id for p in planned(mine, [*flows, longer], 2 * HOUR).portions] == ["longer"]
    (refused,) = planned(mine, [*flows, longer], 5 * HOUR).refused
    assert refused.type == "duration-not-offered"
    assert refused.message.startswith("ask for PT1H or PT12H, or for PT3H at most; no access flow")


@pytest.mark.req("R125.not_required")
def test_standing_access_of_somebody_else_is_told_to_whoever_may_ask_for_them() -> None:
    flows = versioned(settings(an_override("a", "not_required")))
    colleague = a_person("dora", groups=("a",))
    for_others = {"scopes": ("others",), "grantees": in_group("a")}
    ask = Ask(
        requester=a_person(groups=("engineers",)),
        grantee=colleague,
        entitlements=(an_entitlement(),),
        begins_at=NOON,
    )
    (hidden,) = plan(ask, flows, RESOURCES).refused
    assert hidden.type == "no-access-flow"
    (told,) = plan(ask, [*flows, a_flow(request_for=for_others)], RESOURCES).refused
    assert told.message == "Dora has standing access to this; no request is needed"


def test_their_descriptions_say_where_they_come_from_and_what_holds() -> None:
    flows = list(compiled(settings(an_override("a", "not_required"), an_override("b", own(1)))))
    assert [flow.description for flow in flows] == [
        "From the request settings invoices: groups that need no request.",
        "From the request settings invoices: for the group b.",
        "From the request settings invoices: the default.",
    ]
    standing, _, default = (describe(flow, {}) for flow in flows)
    assert standing == (
        "Standing access to invoices: people whose group is a may use read on S3 bucket in "
        "aws-demo, namely invoices, and need no request."
    )
    assert "people whose role is admin, grantee or access_reviewer and group is not a or b" in (
        default
    )
    assert "Access lasts 1 hour or 12 hours, as asked." in default
