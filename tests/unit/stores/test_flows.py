"""The store of flows: versions are immutable, and one row says which of them count."""

from typing import Any

import pytest

from accessflows.model.configuration import CurrentSet, Lineage, PlacedIntegration, Step
from accessflows.model.event import Event, EventKind
from accessflows.model.flow import FlowVersion
from accessflows.model.refusal import NotFound
from accessflows.ports import Lost
from accessflows.rules.chain import next_event
from accessflows.rules.placing import Flip
from accessflows.stores.flows import DynamoFlows
from accessflows.stores.requests import DynamoRequests
from tests.doubles.tables import TEST_SETTINGS
from tests.factories import NOON, a_flow, an_integration

pytestmark = pytest.mark.usefixtures("tables")

FIRST = Lineage()


def an_event(head: Lineage | CurrentSet, subject: str = "flow:buckets") -> Event:
    return next_event(head, subject, EventKind.FLOW_VERSION_WRITTEN, NOON, details={})


def after(event: Event, latest: int) -> Lineage:
    return Lineage(number=event.number, hash=event.hash, latest=latest, is_open=True)


def write(store: DynamoFlows, before: Lineage, flow_version: int, **changes: Any) -> Lineage:
    event = an_event(before)
    moved = after(event, flow_version)
    store.commit(Step(before, moved, event, a_flow(version=flow_version, **changes)))
    return moved


def test_a_version_is_found_again_under_its_number_whatever_came_later() -> None:
    store = DynamoFlows(TEST_SETTINGS)
    second = write(store, write(store, FIRST, 1, priority=1), 2, priority=2)
    fresh = DynamoFlows(TEST_SETTINGS)
    assert fresh.version(FlowVersion(id="buckets", version=1)) == a_flow(version=1, priority=1)
    assert fresh.version(FlowVersion(id="buckets", version=2)) == a_flow(version=2, priority=2)
    assert fresh.lineage("flow:buckets") == second


def test_an_unknown_version_is_not_found() -> None:
    with pytest.raises(NotFound, match="no version 3 of flow buckets"):
        DynamoFlows(TEST_SETTINGS).version(FlowVersion(id="buckets", version=3))


def test_a_writer_who_read_before_another_wrote_loses() -> None:
    store = DynamoFlows(TEST_SETTINGS)
    write(store, FIRST, 1)
    with pytest.raises(Lost):
        write(store, FIRST, 1, priority=7)
    assert store.version(FlowVersion(id="buckets", version=1)).priority == 100
    assert len(DynamoRequests(TEST_SETTINGS).events("flow:buckets")) == 1


def test_f25_a_version_without_room_for_its_event_is_not_written() -> None:
    store = DynamoFlows(TEST_SETTINGS)
    event = an_event(FIRST)
    store.commit(Step(FIRST, after(event, 1), event, a_flow(version=1)))
    other_subject = an_event(FIRST, "flow:other").but(subject="flow:buckets")
    with pytest.raises(Lost):
        store.flip(Flip(CurrentSet(), CurrentSet(generation=1), other_subject))
    assert store.current_set() == CurrentSet()


def test_nothing_counts_before_the_flip() -> None:
    store = DynamoFlows(TEST_SETTINGS)
    write(store, FIRST, 1)
    assert store.current() == ()
    assert store.integrations() == {}


def test_the_flip_makes_versions_count_and_closed_integrations_stay_readable() -> None:
    store = DynamoFlows(TEST_SETTINGS)
    write(store, FIRST, 1)
    event = an_event(FIRST, "integration:aws-demo")
    store.commit(Step(FIRST, after(event, 1), event, an_integration()))
    current = CurrentSet(
        generation=1,
        flows={"buckets": 1},
        integrations={"aws-demo": PlacedIntegration(version=1, is_open=False)},
    )
    store.flip(Flip(CurrentSet(), current, an_event(CurrentSet(), "settings:account")))
    fresh = DynamoFlows(TEST_SETTINGS)
    assert fresh.current() == (a_flow(version=1),)
    assert fresh.integrations() == {"aws-demo": an_integration()}
    assert fresh.open_integrations() == ()


def test_a_reader_that_is_up_already_sees_the_next_flip() -> None:
    reader, writer = DynamoFlows(TEST_SETTINGS), DynamoFlows(TEST_SETTINGS)
    first = write(writer, FIRST, 1, priority=1)
    one = CurrentSet(generation=1, number=1, flows={"buckets": 1})
    writer.flip(Flip(CurrentSet(), one, an_event(CurrentSet(), "settings:account")))
    assert [flow.priority for flow in reader.current()] == [1]
    write(writer, first, 2, priority=2)
    two = one.but(generation=2, number=2, flows={"buckets": 2})
    writer.flip(Flip(one, two, an_event(one, "settings:account")))
    assert [flow.priority for flow in reader.current()] == [2]


def test_of_two_flips_from_the_same_set_one_loses() -> None:
    store = DynamoFlows(TEST_SETTINGS)
    one = CurrentSet(generation=1, number=1)
    store.flip(Flip(CurrentSet(), one, an_event(CurrentSet(), "settings:account")))
    with pytest.raises(Lost):
        store.flip(Flip(CurrentSet(), one, an_event(one, "settings:account")))


def test_f19_the_row_that_says_what_counts_has_room_for_a_thousand_flows() -> None:
    names = [f"{'flow-of-a-long-name':-<58}{n:06d}" for n in range(1_000)]
    current = CurrentSet(
        generation=1,
        flows=dict.fromkeys(names, 999_999),
        made_by_api=frozenset(f"flow:{name}" for name in names),
    )
    store = DynamoFlows(TEST_SETTINGS)
    store.flip(Flip(CurrentSet(), current, an_event(CurrentSet(), "settings:account")))
    assert store.current_set() == current
    assert len(current.model_dump_json()) < 200_000
