"""Applying a configuration: versions first, then one row that makes them count."""

from collections.abc import Iterator
from typing import Any

import pytest
from moto import mock_aws

from accessflows.actions.apply_config import Applied, apply_config
from accessflows.cli.validators import VALIDATORS
from accessflows.model.account import AccountSettings, TicketType
from accessflows.model.configuration import Configuration, Section
from accessflows.model.event import EventKind, first_broken
from accessflows.model.flow import AccessFlow, FlowVersion
from accessflows.model.person import DirectoryGroup, Role
from accessflows.model.refusal import BadInput
from accessflows.model.target import Catalogue
from accessflows.ports import Lost
from accessflows.stores.directory import DynamoDirectory
from accessflows.stores.directory_rows import DirectoryRow
from accessflows.stores.flows import DynamoFlows, FlowRow
from accessflows.stores.requests import DynamoRequests, RequestRow
from tests.doubles.crashes import Crash, Crashing
from tests.doubles.tables import TEST_SETTINGS, create_tables, put_people
from tests.factories import (
    NOON,
    a_bundle,
    a_flow,
    a_person,
    a_scope,
    a_target,
    an_integration,
    in_group,
)

ADA = a_person("ada", roles=(Role.ADMIN, Role.GRANTEE))
RITA = a_person("rita", manager="ada")
ENGINEERS = DirectoryGroup(id="engineers", name="Engineers", members=("rita",))


def a_configuration(**changes: Any) -> Configuration:
    return Configuration(
        **{
            "flows": (flow("buckets"), flow("tables")),
            "integrations": (an_integration(),),
            "people": (RITA, ADA),
            "groups": (ENGINEERS,),
            **changes,
        }
    )


def flow(flow_id: str, **changes: Any) -> AccessFlow:
    return a_flow(flow_id, version=0, **changes)


@pytest.fixture(autouse=True)
def tables() -> Iterator[None]:
    with mock_aws():
        create_tables()
        yield


def apply(configuration: Configuration, flows: Any = None, directory: Any = None) -> Applied:
    return apply_config(
        configuration,
        flows or DynamoFlows(TEST_SETTINGS),
        directory or DynamoDirectory(TEST_SETTINGS),
        validators=VALIDATORS,
        now=NOON,
    )


def current() -> dict[str, AccessFlow]:
    return {each.id: each for each in DynamoFlows(TEST_SETTINGS).current()}


def everything() -> list[dict[str, Any]]:
    rows = [row for model in (FlowRow, DirectoryRow, RequestRow) for row in model.scan()]
    return sorted((row.attribute_values for row in rows), key=lambda row: (row["pk"], row["sk"]))


def kinds(subject: str) -> list[EventKind]:
    return [event.kind for event in DynamoRequests(TEST_SETTINGS).events(subject)]


@pytest.mark.req("R11.files", "R113.first")
def test_what_is_applied_counts() -> None:
    applied = apply(a_configuration())
    assert applied == Applied(flows=2, people=2, integrations=1, written=6, closed=0)
    assert current() == {
        "buckets": flow("buckets").but(version=1),
        "tables": flow("tables").but(version=1),
    }
    directory = DynamoDirectory(TEST_SETTINGS)
    assert [person.id for person in directory.matching(in_group("engineers"))] == ["rita"]
    assert [person.id for person in directory.admins()] == ["ada"]
    assert directory.person("rita").manager_emails == ADA.emails


def test_the_same_configuration_again_changes_nothing() -> None:
    apply(a_configuration())
    before = everything()
    applied = apply(a_configuration(flows=(flow("tables"), flow("buckets"))))
    assert (applied.written, applied.closed) == (0, 0)
    assert everything() == before


@pytest.mark.req("R1")
def test_only_what_changed_gets_a_new_version_and_the_old_one_stays() -> None:
    apply(a_configuration())
    applied = apply(a_configuration(flows=(flow("buckets", priority=5), flow("tables"))))
    assert applied.written == 1
    assert {name: each.version for name, each in current().items()} == {"buckets": 2, "tables": 1}
    first = DynamoFlows(TEST_SETTINGS).version(FlowVersion(id="buckets", version=1))
    assert first == flow("buckets").but(version=1)


def test_an_older_set_deployed_again_is_an_ordinary_new_version() -> None:
    apply(a_configuration())
    apply(a_configuration(flows=(flow("buckets", priority=5), flow("tables"))))
    apply(a_configuration())
    assert current()["buckets"] == flow("buckets").but(version=3)


def test_a_flow_no_longer_named_is_closed_and_can_be_opened_again() -> None:
    apply(a_configuration())
    applied = apply(a_configuration(flows=(flow("buckets"),)))
    assert applied.closed == 1
    assert list(current()) == ["buckets"]
    gone = DynamoFlows(TEST_SETTINGS).version(FlowVersion(id="tables", version=1))
    assert gone.version == 1
    apply(a_configuration())
    assert current()["tables"].version == 2
    assert kinds("flow:tables") == [
        EventKind.FLOW_VERSION_WRITTEN,
        EventKind.FLOW_CLOSED,
        EventKind.FLOW_VERSION_WRITTEN,
    ]


def test_an_integration_no_longer_named_is_closed_but_can_be_read_for_revoking() -> None:
    apply(a_configuration())
    other = an_integration(id="aws-other", name="Other")
    targets = ({**flow("x").targets[0].to_data(), "integration": "aws-other"},)
    apply(a_configuration(integrations=(other,), flows=(flow("x", targets=targets),)))
    store = DynamoFlows(TEST_SETTINGS)
    assert sorted(store.integrations()) == ["aws-demo", "aws-other"]
    assert [each.id for each in store.open_integrations()] == ["aws-other"]


def test_f10_who_is_no_longer_named_is_deactivated_not_forgotten() -> None:
    apply(a_configuration())
    without = a_configuration(people=(ADA,), groups=(ENGINEERS.but(members=("ada",)),))
    assert apply(without).written == 2
    directory = DynamoDirectory(TEST_SETTINGS)
    assert not directory.person("rita").active
    assert [person.id for person in directory.matching(in_group("engineers"))] == ["ada"]
    assert apply(without).written == 0


def test_people_from_elsewhere_are_left_alone() -> None:
    apply(a_configuration())
    directory = DynamoDirectory(TEST_SETTINGS)
    put_people(directory, a_person("sam", source="scim"))
    apply(a_configuration())
    assert directory.person("sam").active


@pytest.mark.req("N8.chain")
def test_every_chain_holds() -> None:
    apply(a_configuration())
    apply(a_configuration(flows=(flow("buckets", priority=5),)))
    apply(a_configuration())
    requests = DynamoRequests(TEST_SETTINGS)
    subjects = ("flow:buckets", "flow:tables", "integration:aws-demo", "settings:account")
    for subject in (*subjects, "person:rita", "person:ada"):
        events = requests.events(subject)
        assert events
        assert first_broken(events) is None
    assert kinds("settings:account") == [EventKind.CONFIGURATION_APPLIED] * 3


def test_a_configuration_that_does_not_fit_together_changes_nothing() -> None:
    with pytest.raises(BadInput, match="there is no person 'rita'"):
        apply(a_configuration(people=(ADA,)))
    assert everything() == []


WRITES = ("commit", "commit_group", "flip", "complete", "complete_group")


def test_f01_a_run_that_dies_anywhere_shows_the_old_set_and_the_next_completes_it() -> None:
    changed = a_configuration(
        flows=(flow("buckets", priority=5), flow("secrets")),
        people=(ADA, RITA.but(name="Rita the Second")),
        integrations=(an_integration(name="Renamed"),),
    )
    apply(a_configuration())
    old = current()
    for writes in range(100):
        left = [writes]
        flows = Crashing(DynamoFlows(TEST_SETTINGS), left, WRITES)
        directory = Crashing(DynamoDirectory(TEST_SETTINGS), left, WRITES)
        try:
            apply(changed, flows, directory)
        except Crash:
            assert current() == old
        else:
            break
        # Completed, then put back for the next place to die.
        apply(changed)
        assert sorted(current()) == ["buckets", "secrets"]
        assert current()["buckets"].priority == 5
        apply(a_configuration())
        old = current()
    assert writes > 5
    assert sorted(current()) == ["buckets", "secrets"]


def test_a_run_that_died_between_a_person_and_the_index_is_made_good() -> None:
    apply(a_configuration())
    row = DirectoryRow.get("person:rita", "VALUE#group#engineers")
    row.delete()
    stale = DirectoryRow("person:rita", "VALUE#group#old", attribute="group", held="old\x1frita")
    stale.save()
    assert apply(a_configuration()).written == 0
    held = {found.held for found in DirectoryRow.by_value.query("group")}
    assert held == {"engineers\x1frita"}


def test_a_run_that_another_overtakes_decides_anew() -> None:
    class Overtaken(DynamoFlows):
        overtaken = False

        def flip(self, *arguments: Any, **named: Any) -> None:
            if not self.overtaken:
                self.overtaken = True
                apply(a_configuration(flows=(flow("buckets", priority=9), flow("tables"))))
            super().flip(*arguments, **named)

    changed = a_configuration(flows=(flow("buckets", priority=5), flow("tables")))
    apply(changed, Overtaken(TEST_SETTINGS))
    assert current()["buckets"].priority == 5
    assert kinds("settings:account") == [EventKind.CONFIGURATION_APPLIED] * 2


def test_a_run_that_is_always_overtaken_gives_up() -> None:
    class Overtaken(DynamoFlows):
        def flip(self, *_arguments: Any, **_named: Any) -> None:
            raise Lost

    with pytest.raises(Lost):
        apply(a_configuration(), Overtaken(TEST_SETTINGS))
    assert current() == {}


def catalogue() -> Catalogue:
    return DynamoFlows(TEST_SETTINGS).snapshot().catalogue


@pytest.mark.req("R34.files", "R35")
def test_bundles_and_access_scopes_count_once_applied_and_have_versions() -> None:
    bundle, scope = a_bundle(a_target()), a_scope('permission = "read"')
    applied = apply(a_configuration(bundles=(bundle,), access_scopes=(scope,)))
    assert (applied.bundles, applied.access_scopes) == (1, 1)
    assert catalogue() == Catalogue(
        bundles={"starter": bundle},
        access_scopes={"found": scope},
        integrations=frozenset({"aws-demo"}),
    )
    wider = a_bundle(a_target(), a_target(resource_type="secret", permissions=("read",)))
    assert apply(a_configuration(bundles=(wider,), access_scopes=(scope,))).written == 1
    assert catalogue().bundles == {"starter": wider}
    store = DynamoFlows(TEST_SETTINGS)
    assert [store.entry(Section.BUNDLES, "starter", n) for n in (1, 2)] == [bundle, wider]
    again = apply(a_configuration(bundles=(wider,), access_scopes=(scope,)))
    assert (again.written, again.closed) == (0, 0)


def test_a_bundle_or_scope_no_longer_named_is_closed_with_its_event() -> None:
    named = {"bundles": (a_bundle(a_target()),), "access_scopes": (a_scope('permission = "x"'),)}
    apply(a_configuration(**named))
    assert apply(a_configuration()).closed == 2
    assert (catalogue().bundles, catalogue().access_scopes) == ({}, {})
    assert kinds("bundle:starter") == [EventKind.BUNDLE_CHANGED] * 2
    assert kinds("access_scope:found") == [EventKind.ACCESS_SCOPE_CHANGED] * 2
    apply(a_configuration(**named))
    assert list(catalogue().bundles) == ["starter"]
    events = DynamoRequests(TEST_SETTINGS).events("bundle:starter")
    assert first_broken(events) is None


@pytest.mark.req("R86.types")
def test_account_settings_count_once_applied_and_are_in_the_record() -> None:
    apply(a_configuration())
    store = DynamoFlows(TEST_SETTINGS)
    assert store.current_set().settings == AccountSettings()
    jira = TicketType(id="jira", name="Jira", url="https://tracker.example/{id}")
    settings = AccountSettings(ticket_types=(jira,))
    apply(a_configuration(settings=settings))
    assert store.current_set().settings == settings
    assert apply(a_configuration(settings=settings)).written == 0
    events = DynamoRequests(TEST_SETTINGS).events("settings:account")
    assert len(events) == 2
    assert events[-1].details["settings"] == settings.to_data()
    assert first_broken(events) is None


def test_what_another_source_says_of_a_person_stays_and_moves_nobody_out() -> None:
    directory = DynamoDirectory(TEST_SETTINGS)
    apply(a_configuration())
    put_people(directory, RITA.but(source="okta", attributes={"city": ("Oslo",)}))
    assert apply(a_configuration()).written == 0
    rita = directory.person("rita")
    assert rita.by_source["okta"]["city"] == ("Oslo",)
    assert rita.manager == "ada"
    without = a_configuration(people=(ADA,), groups=(ENGINEERS.but(members=("ada",)),))
    assert apply(without).written == 2
    rita = directory.person("rita")
    assert (rita.active, rita.source, rita.groups) == (True, "okta", ())
    assert apply(without).written == 0


def test_somebody_new_with_the_address_of_somebody_known_is_refused_by_both_names() -> None:
    put_people(DynamoDirectory(TEST_SETTINGS), a_person("rita", source="okta"))
    other = RITA.but(id="rita-2", emails=("RITA@example.com",))
    engineers = ENGINEERS.but(members=("rita-2",))
    with pytest.raises(BadInput, match="is the address of rita, whom okta brought"):
        apply(a_configuration(people=(other, ADA), groups=(engineers,)))


@pytest.mark.req("R9.groups")
def test_a_renamed_group_is_one_write_and_an_event_of_its_own() -> None:
    apply(a_configuration())
    renamed = ENGINEERS.but(name="Builders")
    assert apply(a_configuration(groups=(renamed,))).written == 1
    directory = DynamoDirectory(TEST_SETTINGS)
    assert [p.id for p in directory.matching(in_group("builders"))] == ["rita"]
    assert directory.matching(in_group("Engineers", "engineer")) == directory.matching(
        in_group("engineers")
    )
    assert kinds("group:engineers") == [EventKind.GROUP_CHANGED] * 2
    assert kinds("person:rita") == [EventKind.PERSON_CHANGED]
