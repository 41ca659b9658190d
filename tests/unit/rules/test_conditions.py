"""Conditions against one person, by case table and against a brute-force oracle."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accessflows.model.condition import Condition, Group, Junction, Operator
from accessflows.model.roll import Roll, Shift
from accessflows.model.trace import Outcome
from accessflows.rules.conditions import examine, holds, judge
from tests.factories import a_person, a_roll, all_of, any_of, is_

RITA = a_person(
    groups=("engineers", "on-site"),
    manager="mona",
    manager_emails=("mona@example.com",),
    emails=("rita@example.com", "Rita.Roe@example.com"),
    attributes={"department": ("Research", "Sales"), "city": ()},
)


@pytest.mark.req("R5.user", "R5.group", "R5.manager", "R5.attribute", "R7", "R50", "R51")
@pytest.mark.req("R6.positive", "R6.negative", "R6.casefold")
@pytest.mark.parametrize(
    ("condition", "outcome"),
    [
        (is_("user", "RITA"), Outcome.MET),
        (is_("user", "rita.roe@EXAMPLE.com"), Outcome.MET),
        (is_("user", "ben", "rita"), Outcome.MET),
        (is_("user", "ben"), Outcome.NOT_MET),
        (is_("user", "rit", operator=Operator.STARTS_WITH), Outcome.MET),
        (is_("user", "ita", operator=Operator.STARTS_WITH), Outcome.NOT_MET),
        (is_("group", "Engineers"), Outcome.MET),
        (is_("group", "engineer"), Outcome.NOT_MET),
        (is_("group", "engineer", operator=Operator.CONTAINS), Outcome.MET),
        (is_("group", "admins", operator=Operator.IS_NOT), Outcome.MET),
        (is_("group", "engineers", operator=Operator.IS_NOT), Outcome.NOT_MET),
        (is_("group", "site", operator=Operator.DOES_NOT_CONTAIN), Outcome.NOT_MET),
        (is_("manager", "mona"), Outcome.MET),
        (is_("manager", "MONA@example.com"), Outcome.MET),
        (is_("department", "sales"), Outcome.MET),
        (is_("department", "sales", operator=Operator.IS_NOT), Outcome.NOT_MET),
        (is_("city", "Rome", operator=Operator.IS_NOT), Outcome.MET),
        (is_("title", "Lead"), Outcome.CANNOT_EVALUATE),
        (is_("title", "Lead", operator=Operator.IS_NOT), Outcome.CANNOT_EVALUATE),
        (is_("title", "Lead", operator=Operator.DOES_NOT_CONTAIN), Outcome.CANNOT_EVALUATE),
    ],
)
def test_each_operator_on_each_attribute(condition: Condition, outcome: Outcome) -> None:
    assert examine(condition, RITA).outcome is outcome


@pytest.mark.req("R6.empty")
def test_in_no_group_and_without_a_manager_are_known_empty_sets() -> None:
    loner = a_person("lee")
    assert holds(all_of(is_("group", "x", operator=Operator.IS_NOT)), loner)
    assert holds(all_of(is_("manager", "x", operator=Operator.DOES_NOT_CONTAIN)), loner)
    assert not holds(all_of(is_("group", "x")), loner)


@pytest.mark.req("R6.unknown")
def test_an_unknown_attribute_helps_nobody_under_and_or_or() -> None:
    unknown = is_("title", "Lead", operator=Operator.IS_NOT)
    assert not holds(all_of(is_("user", "rita"), unknown), RITA)
    assert not holds(any_of(is_("user", "ben"), unknown), RITA)
    assert holds(any_of(is_("user", "rita"), unknown), RITA)
    assert judge(any_of(unknown), RITA).first_failure == examine(unknown, RITA)


ROLL = a_roll(("platform", ["rita"]), ("database", ["RITA@example.com".casefold()]), ("web", ["x"]))
SILENT = a_roll(("platform", ["rita"]), ("web", []), ("network", None))


@pytest.mark.req("R5.on_call", "R6.empty", "R6.unknown")
@pytest.mark.parametrize(
    ("roll", "condition", "outcome"),
    [
        (ROLL, is_("on_call", "PLATFORM"), Outcome.MET),
        (ROLL, is_("on_call", "database"), Outcome.MET),
        (ROLL, is_("on_call", "web"), Outcome.NOT_MET),
        (ROLL, is_("on_call", "web", operator=Operator.IS_NOT), Outcome.MET),
        (ROLL, is_("on_call", "plat", operator=Operator.STARTS_WITH), Outcome.MET),
        (a_roll(), is_("on_call", "platform", operator=Operator.IS_NOT), Outcome.MET),
        (SILENT, is_("on_call", "network"), Outcome.CANNOT_EVALUATE),
        (SILENT, is_("on_call", "network", operator=Operator.IS_NOT), Outcome.CANNOT_EVALUATE),
        (SILENT, is_("on_call", "platform", "network"), Outcome.MET),
        (SILENT, is_("on_call", "web"), Outcome.NOT_MET),
        (SILENT, is_("on_call", "platform", operator=Operator.IS_NOT), Outcome.NOT_MET),
        (Roll(), is_("on_call", "platform"), Outcome.CANNOT_EVALUATE),
    ],
)
def test_who_is_not_on_call_is_known_and_what_nobody_answered_is_not(
    roll: Roll, condition: Condition, outcome: Outcome
) -> None:
    assert examine(condition, RITA.but(on_call=roll)).outcome is outcome


def test_nobody_is_asked_who_is_on_call_unless_a_condition_wants_to_know() -> None:
    asked: list[str] = []

    def ask() -> list[Shift]:
        asked.append("service")
        return []

    rita = RITA.but(on_call=Roll(ask))
    holds(all_of(is_("group", "engineers"), is_("title", "Lead")), rita)
    assert (rita.to_data(), asked) == (RITA.to_data(), [])
    holds(all_of(is_("on_call", "web"), is_("on_call", "platform")), rita)
    assert asked == ["service"]


VALUES = st.sampled_from(["a", "ab", "b", "ba", "A", "Ab", "c"])
ATTRIBUTES = st.sampled_from(["group", "manager", "department", "title"])
CONDITIONS = st.builds(
    Condition,
    attribute=ATTRIBUTES,
    operator=st.sampled_from(list(Operator)),
    values=st.lists(VALUES, min_size=1, max_size=3).map(tuple),
)
PEOPLE = st.builds(
    lambda groups, manager, department: a_person(
        "p",
        groups=tuple(groups),
        manager=manager,
        attributes={} if department is None else {"department": tuple(department)},
    ),
    st.lists(st.sampled_from(["a", "ab", "b"]), max_size=3, unique=True),
    st.none() | st.sampled_from(["a", "ba"]),
    st.none() | st.lists(VALUES, max_size=2),
)


def _oracle(condition: Condition, held: list[str] | None) -> bool | None:
    """None for cannot evaluate. Written out the long way, value by value."""
    if held is None:
        return None
    some = False
    for value in held:
        for wanted in condition.values:
            one, other = value.lower(), wanted.lower()
            if condition.operator in (Operator.IS, Operator.IS_NOT):
                some = some or one == other
            elif condition.operator is Operator.STARTS_WITH:
                some = some or one[: len(other)] == other
            else:
                some = some or one.find(other) >= 0
    negative = condition.operator in (Operator.IS_NOT, Operator.DOES_NOT_CONTAIN)
    return not some if negative else some


@pytest.mark.req("R8.and", "R8.or")
@given(PEOPLE, st.lists(CONDITIONS, min_size=1, max_size=4), st.sampled_from(list(Junction)))
def test_a_group_of_conditions_equals_the_oracle(person, conditions, junction) -> None:
    held = {
        "group": [word for group in person.groups for word in (group.id, group.name)],
        "manager": [person.manager] if person.manager else [],
        "department": (
            list(person.attributes["department"]) if "department" in person.attributes else None
        ),
        "title": None,
    }
    answers = [_oracle(condition, held[condition.attribute]) is True for condition in conditions]
    expected = all(answers) if junction is Junction.AND else any(answers)
    group = Group(operator=junction, conditions=tuple(conditions))
    assert holds(group, person) == judge(group, person).holds == expected


@pytest.mark.req("R8.and")
@given(PEOPLE, st.lists(CONDITIONS, min_size=1, max_size=3), CONDITIONS)
def test_one_more_condition_under_and_lets_nobody_new_in(person, conditions, another) -> None:
    before = holds(Group(conditions=tuple(conditions)), person)
    after = holds(Group(conditions=(*conditions, another)), person)
    assert before or not after


@given(PEOPLE, st.lists(CONDITIONS, min_size=1, max_size=3), st.sampled_from(list(Junction)))
def test_the_order_of_conditions_changes_nothing(person, conditions, junction) -> None:
    answers = {
        holds(Group(operator=junction, conditions=order), person)
        for order in permutations(conditions)
    }
    assert len(answers) == 1
