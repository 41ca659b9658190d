"""The store of people: by id, by what they hold, and by who signs them in."""

from collections.abc import Callable, Collection
from datetime import datetime
from functools import cache, partial
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moto import mock_aws

from accessflows.actions.put_person import put_group, put_person
from accessflows.model.condition import Group, Operator
from accessflows.model.event import EventKind, first_broken
from accessflows.model.person import Person, Role
from accessflows.model.refusal import NotFound
from accessflows.model.roll import Shift
from accessflows.ports import Lost
from accessflows.rules.conditions import holds
from accessflows.stores.directory import DynamoDirectory
from accessflows.stores.directory_rows import DirectoryRow
from accessflows.stores.requests import DynamoRequests
from tests.doubles.kept_rows import build_once
from tests.doubles.read_units import counted
from tests.doubles.tables import TEST_SETTINGS, create_tables, put_people
from tests.factories import NOON, a_person, all_of, any_of, is_

ISSUER = "https://issuer.example.com/pool"

PEOPLE = (
    a_person("anna", groups=("platform",), attributes={"city": ("Lisbon",)}),
    a_person("ben", groups=("security", "platform"), attributes={"city": ("Oslo",)}),
    a_person("carl", groups=("platform",), active=False),
    a_person("ada", roles=(Role.ADMIN, Role.GRANTEE)),
    a_person("eve", roles=(Role.ADMIN,), active=False),
    a_person("rita", manager="anna", manager_emails=("anna@example.com",)),
)


@pytest.fixture
def directory(tables: None) -> DynamoDirectory:
    store = DynamoDirectory(TEST_SETTINGS)
    build_once(__name__, lambda: put_people(store, *PEOPLE))
    return store


def ids(people: tuple[Person, ...]) -> list[str]:
    return [person.id for person in people]


MATCHES: list[tuple[Group, list[str]]] = [
    (all_of(is_("group", "platform")), ["anna", "ben"]),
    (all_of(is_("group", "PLATFORM")), ["anna", "ben"]),
    (all_of(is_("group", "plat")), []),
    (all_of(is_("group", "platform", "security")), ["anna", "ben"]),
    (all_of(is_("group", "platform"), is_("group", "security")), ["ben"]),
    (any_of(is_("group", "security"), is_("city", "lisbon")), ["anna", "ben"]),
    (all_of(is_("city", "os", operator=Operator.STARTS_WITH)), ["ben"]),
    (all_of(is_("city", "isbo", operator=Operator.CONTAINS)), ["anna"]),
    (
        all_of(is_("group", "security", operator=Operator.IS_NOT), is_("group", "platform")),
        ["anna"],
    ),
    (
        all_of(is_("group", "secur", operator=Operator.DOES_NOT_CONTAIN), is_("group", "platform")),
        ["anna"],
    ),
    (all_of(is_("user", "anna@example.com")), ["anna"]),
    (all_of(is_("user", "anna")), ["anna"]),
    (all_of(is_("manager", "anna@example.com")), ["rita"]),
    (all_of(is_("manager", "ann", operator=Operator.STARTS_WITH)), ["rita"]),
    (all_of(is_("group", "Secur", operator=Operator.STARTS_WITH)), ["ben"]),
    (all_of(is_("city", "Paris")), []),
    # Asked by the built-in fallback flow only: a configuration that asks it is refused.
    (all_of(is_(":role", "admin")), ["ada"]),
    (all_of(is_(":source", "configuration")), []),
]


@pytest.mark.req("R48.user", "R48.group", "R50", "R51", "R52")
@pytest.mark.parametrize(("group", "expected"), MATCHES, ids=lambda it: str(it)[:60])
def test_approvers_are_the_active_people_who_meet_the_group(
    directory: DynamoDirectory, group: Group, expected: list[str]
) -> None:
    assert ids(directory.matching(group)) == expected


@pytest.mark.parametrize(("group", "expected"), MATCHES)
def test_of_those_who_match_some_are_told_and_whether_there_are_more(
    directory: DynamoDirectory, group: Group, expected: list[str]
) -> None:
    some = directory.some_matching(group, 1)
    assert (ids(some.people), some.more) == (expected[:1], len(expected) > 1)
    assert ids(directory.some_matching(group, 10).people) == expected


def test_whom_no_index_can_propose_is_looked_for_among_everybody(
    directory: DynamoDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = all_of(is_("group", "security", operator=Operator.IS_NOT))
    some = directory.some_matching(others, 10)
    assert (ids(some.people), some.more) == (["ada", "anna", "rita"], False)
    monkeypatch.setattr("accessflows.stores.directory.MOST_PEOPLE_EXAMINED", 2)
    some = directory.some_matching(others, 10)
    assert (len(some.people) <= 2, some.more) == (True, True)


@pytest.mark.usefixtures("tables")
@pytest.mark.parametrize(
    "group",
    [
        all_of(is_("group", "platform", operator=Operator.IS_NOT)),
        any_of(is_("city", "Oslo"), is_("group", "x", operator=Operator.DOES_NOT_CONTAIN)),
    ],
)
def test_a_group_that_only_says_who_is_not_meant_cannot_be_looked_up(group: Group) -> None:
    with pytest.raises(ValueError, match="nobody can be looked up"):
        DynamoDirectory(TEST_SETTINGS).matching(group)


class FixedOnCall:
    """What is on call, and how often that was asked."""

    def __init__(self, *shifts: Shift) -> None:
        self._shifts = shifts
        self.asked: list[datetime] = []

    def shifts(self, at: datetime) -> tuple[Shift, ...]:
        self.asked.append(at)
        return self._shifts


@pytest.mark.req("R5.on_call", "R9.on_call")
@pytest.mark.usefixtures("directory")
@pytest.mark.parametrize(
    ("group", "expected"),
    [
        (all_of(is_("on_call", "platform")), ["anna", "ben"]),
        (all_of(is_("on_call", "plat", operator=Operator.STARTS_WITH)), ["anna", "ben"]),
        (all_of(is_("on_call", "platform"), is_("group", "security")), ["ben"]),
        (
            all_of(is_("group", "platform"), is_("on_call", "web", operator=Operator.IS_NOT)),
            ["ben"],
        ),
        (any_of(is_("on_call", "web"), is_("user", "rita")), ["anna", "rita"]),
        (all_of(is_("on_call", "network")), []),
        (any_of(is_("on_call", "network"), is_("user", "rita")), ["rita"]),
    ],
    ids=lambda it: str(it)[:60],
)
def test_whoever_is_on_call_is_found_by_id_or_address_and_asked_for_once(
    group: Group, expected: list[str]
) -> None:
    on_call = FixedOnCall(
        Shift("platform", "Platform", frozenset({"anna", "ben@example.com", "carl", "gone"})),
        Shift("web", "Web", frozenset({"anna"})),
        Shift("network", "Network", None),
    )
    directory = DynamoDirectory(TEST_SETTINGS, on_call, lambda: NOON)
    assert (ids(directory.matching(group)), on_call.asked) == (expected, [NOON])


def test_people_are_read_without_asking_who_is_on_call(directory: DynamoDirectory) -> None:
    on_call = FixedOnCall(Shift("platform", "Platform", frozenset({"anna"})))
    asking = DynamoDirectory(TEST_SETTINGS, on_call, lambda: NOON)
    anna = asking.person("anna")
    assert (anna, asking.people(["anna"])) == (directory.person("anna"), {"anna": anna})
    assert asking.matching(all_of(is_("group", "security")))
    assert on_call.asked == []
    assert holds(all_of(is_("on_call", "platform")), anna)


def test_who_is_on_call_is_never_stored(directory: DynamoDirectory) -> None:
    on_call = FixedOnCall(Shift("platform", "Platform", frozenset({"anna"})))
    anna = DynamoDirectory(TEST_SETTINGS, on_call, lambda: NOON).person("anna")
    assert holds(all_of(is_("on_call", "platform")), anna)
    put_people(directory, anna.but(name="Anna B"))
    assert not [name for name, _ in directory.known("anna").values if name == "on_call"]
    assert not holds(all_of(is_("on_call", "platform")), directory.person("anna"))


values = st.sampled_from(["a", "ab", "abc", "b", "Ab", "ss", "ß"])
conditions = st.builds(
    is_,
    st.sampled_from(["x", "y"]),
    values,
    operator=st.sampled_from([Operator.IS, Operator.STARTS_WITH, Operator.CONTAINS]),
)
groups = st.builds(
    lambda join, listed: join(*listed),
    st.sampled_from([all_of, any_of]),
    st.lists(conditions, min_size=1, max_size=3),
)
holdings = st.fixed_dictionaries(
    {}, optional={name: st.lists(values, min_size=1, max_size=2) for name in "xy"}
)


@settings(max_examples=25)
@given(held=st.lists(holdings, min_size=1, max_size=4), asked=st.lists(groups, max_size=5))
def test_the_index_finds_whom_reading_everybody_would_find(
    held: list[dict[str, Any]], asked: list[Group]
) -> None:
    people = [a_person(f"p{n}", attributes=attributes) for n, attributes in enumerate(held)]
    with mock_aws():
        create_tables()
        directory = DynamoDirectory(TEST_SETTINGS)
        put_people(directory, *people)
        for group in asked:
            wanted = [person.id for person in people if holds(group, person)]
            assert ids(directory.matching(group)) == wanted


def test_admins_are_the_active_ones(directory: DynamoDirectory) -> None:
    assert ids(directory.admins()) == ["ada"]


def test_people_are_read_by_id(directory: DynamoDirectory) -> None:
    assert directory.person("anna").attributes == {"city": ("Lisbon",)}
    assert sorted(directory.people(["anna", "nobody", "ben"])) == ["anna", "ben"]
    assert directory.people([]) == {}
    with pytest.raises(NotFound, match="no person nobody"):
        directory.person("nobody")


@pytest.mark.req("R9.groups")
def test_who_changes_group_is_found_in_the_new_one_only(directory: DynamoDirectory) -> None:
    put_people(directory, a_person("anna", groups=("security",), attributes={"city": ("Lisbon",)}))
    assert ids(directory.matching(all_of(is_("group", "platform")))) == ["ben"]
    assert ids(directory.matching(all_of(is_("group", "security")))) == ["anna", "ben"]
    held = {row.held for row in DirectoryRow.by_value.query("group")}
    assert "platform\x1fanna" not in held


def test_a_change_that_another_overtook_is_lost(directory: DynamoDirectory) -> None:
    known = directory.known("anna")
    put_people(directory, a_person("anna", name="Anna the Second"))
    assert known.record
    with pytest.raises(Lost):
        put_person(directory, known, known.record.but(roles=()), NOON)
    assert directory.person("anna").name == "Anna the Second"


@pytest.mark.parametrize("email", ["rita@example.com", "RITA@Example.COM"])
def test_an_address_finds_its_person(directory: DynamoDirectory, email: str) -> None:
    found = directory.person_with_email(email)
    assert found
    assert found.id == "rita"


@pytest.mark.parametrize("email", ["rita", "ita@example.com", "carl@example.com", ""])
def test_what_is_nobodys_address_finds_nobody(directory: DynamoDirectory, email: str) -> None:
    assert directory.person_with_email(email) is None


def test_a_subject_is_bound_once_and_a_person_once_at_an_issuer(
    directory: DynamoDirectory,
) -> None:
    directory.bind(ISSUER, "subject-1", "rita", NOON)
    assert directory.bound_person(ISSUER, "subject-1") == "rita"
    with pytest.raises(Lost):
        directory.bind(ISSUER, "subject-1", "anna", NOON)
    with pytest.raises(Lost):
        directory.bind(ISSUER, "subject-2", "rita", NOON)
    assert directory.bound_person(ISSUER, "subject-2") is None
    directory.bind("https://other.example.com", "subject-2", "rita", NOON)
    assert directory.bound_person("https://other.example.com", "subject-2") == "rita"
    assert directory.bound_person(ISSUER, "subject-2") is None


def test_a_binding_is_an_event_of_the_person(directory: DynamoDirectory) -> None:
    directory.bind(ISSUER, "subject-1", "rita", NOON)
    put_people(directory, a_person("rita", name="Rita the Second"))
    events = DynamoRequests(TEST_SETTINGS).events("person:rita")
    assert [event.kind for event in events] == [
        EventKind.PERSON_CHANGED,
        EventKind.SIGN_IN_BOUND,
        EventKind.PERSON_CHANGED,
    ]
    assert first_broken(events) is None


def test_everybody_of_a_source_is_known_active_or_not(directory: DynamoDirectory) -> None:
    put_people(directory, a_person("sam", source="scim"))
    found = directory.of_source("configuration")
    assert sorted(found) == ["ada", "anna", "ben", "carl", "eve", "rita"]


@pytest.mark.req("R5.source")
def test_a_condition_that_names_a_source_sees_what_that_one_holds(
    directory: DynamoDirectory,
) -> None:
    put_people(directory, a_person("anna", source="okta", attributes={"city": ("Porto",)}))

    def found(city: str, source: str | None) -> list[str]:
        return ids(directory.matching(all_of(is_("city", city).but(source=source))))

    assert found("Lisbon", None) == found("Porto", None) == ["anna"]
    assert found("Porto", "okta") == found("Lisbon", "configuration") == ["anna"]
    assert found("Lisbon", "okta") == found("Porto", "configuration") == []


def test_a_group_that_is_gone_is_a_place_in_none(directory: DynamoDirectory) -> None:
    assert put_group(directory, "platform", None, NOON)
    assert directory.matching(all_of(is_("group", "platform"))) == ()
    assert [group.id for group in directory.person("ben").groups] == ["security"]
    assert not put_group(directory, "platform", None, NOON)
    events = DynamoRequests(TEST_SETTINGS).events("group:platform")
    assert [event.details for event in events] == [
        {"name": "Platform", "source": "configuration"},
        {"removed": True},
    ]
    assert first_broken(events) is None


def test_who_changes_their_address_is_found_by_it_as_a_manager(directory: DynamoDirectory) -> None:
    put_people(directory, a_person("anna", emails=("anna@new.example.com",)))
    by_address = all_of(is_("manager", "anna@new.example.com"))
    assert ids(directory.matching(by_address)) == ["rita"]
    assert directory.matching(all_of(is_("manager", "anna@example.com"))) == ()
    assert directory.person("rita").manager_emails == ("anna@new.example.com",)


QUESTIONS: list[tuple[Group, int]] = [
    (all_of(is_("city", "Faro")), 1),
    (all_of(is_("city", "far", operator=Operator.STARTS_WITH)), 1),
    (all_of(is_("group", "Few")), 2),
    (all_of(is_("group", "fe", operator=Operator.STARTS_WITH)), 2),
    (all_of(is_("manager", "boss@example.com")), 2),
    (all_of(is_("manager", "bos", operator=Operator.STARTS_WITH)), 2),
    (all_of(is_("user", "p1@example.com")), 1),
    (all_of(is_("group", "few"), is_("user", "p1", operator=Operator.IS_NOT)), 1),
    (any_of(is_("city", "Faro"), is_("group", "few")), 2),
    # Everybody meets the first of these.
    (all_of(is_("country", "Portugal"), is_("group", "few")), 2),
]
TEAM = all_of(is_("group", "team"))
FEW, MANY = 5, 40


@pytest.mark.parametrize(("group", "answers"), QUESTIONS, ids=str)
def test_a_question_reads_what_its_answer_needs_however_many_people_and_groups_there_are(
    group: Group, answers: int
) -> None:
    assert costs(FEW)[group] == costs(MANY)[group]
    assert costs(FEW)[group].answers == answers


def test_a_person_and_their_groups_are_read_as_such_however_many_there_are() -> None:
    # The person, their group and their manager.
    assert costs(FEW)["p1"] == costs(MANY)["p1"] == Cost(answers=1, units=3)


def test_each_further_person_of_an_answer_costs_one_unit() -> None:
    few, many = costs(FEW)[TEAM], costs(MANY)[TEAM]
    # Each brings a group of their own besides.
    assert many.units - few.units == 2 * (many.answers - few.answers)
    assert (few.answers, many.answers) == (FEW, MANY)


class Cost(NamedTuple):
    """How many an answer names, and the read units it took."""

    answers: int
    units: float


@cache
def costs(size: int) -> dict[Group | str, Cost]:
    """What questions cost in a directory of the same few people among so many others."""
    groups = [group for group, _ in QUESTIONS] + [TEAM]
    with mock_aws(), pytest.MonkeyPatch.context() as patched, counted() as reading:
        patched.setattr("accessflows.stores.directory._AT_ONCE", 3)
        create_tables()
        directory = DynamoDirectory(TEST_SETTINGS)
        put_people(directory, *a_company(size))

        def cost(question: Callable[[], Collection[object]]) -> Cost:
            reading.forget()
            return Cost(len(question()), reading.units)

        asked: dict[Group | str, Cost] = {g: cost(partial(directory.matching, g)) for g in groups}
        return {**asked, "p1": cost(lambda: directory.person("p1").groups)}


def a_company(size: int) -> list[Person]:
    """The same few people among more and more others, in more and more groups."""
    portugal = {"country": ("Portugal",)}
    few = [
        a_person("boss"),
        a_person("p1", groups=("few",), manager="boss", attributes={"city": ("Faro",), **portugal}),
        a_person("p2", groups=("few",), manager="boss", attributes=portugal),
    ]
    others = [
        a_person(f"x{n}", groups=("team", f"only{n}"), manager="p1", attributes=portugal)
        for n in range(size)
    ]
    return few + others
