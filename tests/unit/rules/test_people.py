"""One person out of what several sources say of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accessflows.model.condition import Condition, Operator
from accessflows.model.person import NamedGroup, Person, PersonRecord, Profile, Role
from accessflows.model.roll import Roll
from accessflows.model.trace import Outcome
from accessflows.rules.conditions import examine
from accessflows.rules.people import merged, without
from tests.factories import is_

FILES = Profile(name="Rita", emails=("rita@example.com",), attributes={"city": ("Lisbon",)})
OKTA = Profile(
    name="Quest, Rita",
    emails=("rita@corp.example.com", "rita@example.com"),
    groups=("g1", "gone"),
    manager="mona",
    attributes={"city": ("Porto",), "title": ("Engineer",)},
)
GROUPS = {"g1": NamedGroup(id="g1", name="Engineers", source="okta")}
ADDRESSES = {"mona": ("mona@example.com",)}


def a_record(**profiles: Profile) -> PersonRecord:
    return PersonRecord(id="rita", profiles=profiles)


def person(**profiles: Profile) -> Person:
    return merged(a_record(**profiles), GROUPS, ADDRESSES, Roll())


@pytest.mark.req("R5.source")
def test_sources_add_to_each_other_and_the_files_come_first() -> None:
    rita = person(okta=OKTA, configuration=FILES)
    assert (rita.name, rita.email, rita.source) == ("Rita", "rita@example.com", "configuration")
    assert rita.emails == ("rita@example.com", "rita@corp.example.com")
    assert (rita.manager, rita.manager_emails) == ("mona", ("mona@example.com",))
    assert [group.name for group in rita.groups] == ["Engineers"]
    assert rita.attributes == {"city": ("Lisbon", "Porto"), "title": ("Engineer",)}
    assert rita.roles == (Role.GRANTEE,)


def test_each_reports_to_whom_any_source_names() -> None:
    rita = person(a=OKTA, b=OKTA.but(manager="ben"))
    assert rita.manager == "mona"
    assert rita.facts["manager"] == {"mona", "mona@example.com", "ben"}


@pytest.mark.req("R5.source")
@pytest.mark.parametrize(
    ("condition", "outcome"),
    [
        (is_("city", "porto"), Outcome.MET),
        (is_("city", "porto").but(source="okta"), Outcome.MET),
        (is_("city", "porto").but(source="configuration"), Outcome.NOT_MET),
        (is_("title", "Engineer").but(source="configuration"), Outcome.CANNOT_EVALUATE),
        (is_("group", "Engineers").but(source="okta"), Outcome.MET),
        (is_("group", "Engineers").but(source="configuration"), Outcome.NOT_MET),
        (is_("manager", "mona@example.com").but(source="okta"), Outcome.MET),
        (is_("user", "rita@corp.example.com").but(source="okta"), Outcome.MET),
        (is_("user", "rita@corp.example.com").but(source="configuration"), Outcome.NOT_MET),
        (is_("group", "x", operator=Operator.IS_NOT).but(source="entra"), Outcome.CANNOT_EVALUATE),
    ],
    ids=str,
)
def test_a_condition_with_a_source_asks_only_what_that_one_holds(
    condition: Condition, outcome: Outcome
) -> None:
    assert examine(condition, person(okta=OKTA, configuration=FILES)).outcome is outcome


@given(active=st.dictionaries(st.sampled_from(["configuration", "a", "b"]), st.booleans()))
def test_whoever_one_source_calls_inactive_is_inactive(active: dict[str, bool]) -> None:
    profiles = {source: FILES.but(active=is_active) for source, is_active in active.items()}
    if profiles:
        assert person(**profiles).active == all(active.values())


def test_whoever_has_no_address_is_inactive() -> None:
    assert not person(okta=OKTA.but(emails=())).active
    assert person(okta=OKTA.but(emails=()), configuration=FILES).active


def test_a_source_that_names_somebody_no_more_leaves_them_to_the_others() -> None:
    both = a_record(okta=OKTA, configuration=FILES)
    assert without(both, "configuration") == a_record(okta=OKTA)
    assert without(a_record(okta=OKTA), "okta") == a_record(okta=OKTA.but(active=False))
