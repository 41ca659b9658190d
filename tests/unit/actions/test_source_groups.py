"""Groups of identity sources: large changes go in pieces, and whatever dies is completed."""

import itertools
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from moto import mock_aws

from accessflows.actions.source_groups import (
    delete_source_group,
    members,
    put_source_group,
    settle,
)
from accessflows.actions.source_users import create_user
from accessflows.model.event import EventKind, first_broken
from accessflows.model.person import Profile
from accessflows.model.source_entry import EntryKind, SourceEntry, SourceUser
from accessflows.stores.requests import DynamoRequests
from accessflows.stores.sources import DynamoSources
from tests.doubles.crashes import Crash, Crashing
from tests.doubles.tables import TEST_SETTINGS, create_tables
from tests.factories import NOON, in_group

NEVER = NOON + timedelta(days=1)
WRITES = ("mark", "forget", "settle", "put_source_group")


@pytest.fixture
def store() -> Iterator[DynamoSources]:
    with mock_aws():
        create_tables()
        store = DynamoSources(TEST_SETTINGS)
        for name in ("ann", "bob", "cat"):
            add(store, name)
        yield store


def add(store: DynamoSources, name: str) -> None:
    email = f"{name}@example.com"
    user = SourceUser({}, Profile(name=name, emails=(email,)), email, {"user_name": (email,)})
    create_user(store, "okta", user, NOON, lambda: name)


def clock() -> datetime:
    return NOON


def put(store: DynamoSources, *wanted: str, name: str = "Team", until: datetime = NEVER) -> None:
    before = store.entry("okta", EntryKind.GROUP, "team")
    after = SourceEntry(
        source="okta",
        kind=EntryKind.GROUP,
        id="team",
        version=before.version + 1 if before else 1,
        created_at=NOON,
        changed_at=NOON,
        document={},
        found_by={"display_name": (name.casefold(),)},
    )
    people = dict.fromkeys(wanted)
    put_source_group(store, before, after, name, people, clock, until)


def found(store: DynamoSources) -> list[str]:
    return [person.id for person in store.matching(in_group("team"))]


def test_what_a_call_has_no_time_for_is_marked_and_settled_later(store: DynamoSources) -> None:
    put(store, "ann", "bob", "cat", until=NOON)
    assert found(store) == []
    assert list(members(store, "okta", "team")) == ["ann", "bob", "cat"]
    ticks = itertools.count()

    def ticking() -> datetime:
        return NOON + timedelta(seconds=next(ticks))

    assert settle(store, store.unsettled(), ticking, NOON + timedelta(seconds=3)) == 2
    assert found(store) == ["ann", "bob"]
    settle(store, store.unsettled(), clock, NEVER)
    assert found(store) == ["ann", "bob", "cat"]
    assert list(store.unsettled()) == []


def test_f01_a_change_of_members_that_dies_anywhere_is_completed(store: DynamoSources) -> None:
    for writes in range(20):
        put(store, "ann", "bob")
        try:
            put(Crashing(store, [writes], WRITES), "bob", "cat", name="Team")  # type: ignore[arg-type]
        except Crash:
            # The provider sends it again, or the next run goes on with what was marked.
            put(store, "bob", "cat", until=NOON)
            settle(store, store.unsettled(), clock, NEVER)
        else:
            break
        assert found(store) == ["bob", "cat"]
        assert list(store.unsettled()) == []
    assert writes > 3
    assert found(store) == ["bob", "cat"]


def test_a_rename_writes_nobody_and_a_deletion_counts_at_once(store: DynamoSources) -> None:
    put(store, "ann")
    put(store, "ann", name="Crew")
    assert [person.id for person in store.matching(in_group("crew"))] == ["ann"]
    assert found(store) == ["ann"]  # its id is still a word of it
    events = DynamoRequests(TEST_SETTINGS).events("person:ann")
    assert [event.kind for event in events] == [EventKind.PERSON_CHANGED] * 2
    delete_source_group(store, "okta", "team", clock, NOON)
    assert store.matching(in_group("crew", "team")) == ()
    assert store.person("ann").groups == ()
    settle(store, store.unsettled(), clock, NEVER)
    record = store.known("ann").record
    assert record
    assert record.groups == frozenset()
    assert first_broken(DynamoRequests(TEST_SETTINGS).events("person:ann")) is None
