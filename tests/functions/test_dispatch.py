"""The stream's end: what is passed on, what is tried again, and what is buried."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws

from accessflows import wiring
from accessflows.model.event import Event
from accessflows.model.limits import DISPATCH_FOR
from functions import dispatch
from tests.doubles.tables import TEST_SETTINGS
from tests.factories import NOON
from tests.functions.calls import CONTEXT
from tests.worlds import World


class Stage:
    """A world whose bus may be down, and the queue of what could not be passed on."""

    def __init__(self) -> None:
        self.world = World()
        self.bus_is_down = False
        self.sqs = boto3.client("sqs")
        self.queue_url = self.sqs.create_queue(QueueName="dead-letters")["QueueUrl"]

    def put(self, event: Event) -> None:
        if self.bus_is_down:
            raise ConnectionError
        self.world.put(event)

    def buried(self) -> list[str]:
        found = self.sqs.receive_message(QueueUrl=self.queue_url).get("Messages", [])
        return [json.loads(message["Body"])["event_id"] for message in found]


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    with mock_aws():
        stage = Stage()
        settings = TEST_SETTINGS.model_copy(update={"dead_letter_url": stage.queue_url})
        monkeypatch.setattr(wiring, "requests", lambda: stage.world.requests)
        monkeypatch.setattr(wiring, "machines", lambda: stage.world)
        monkeypatch.setattr(wiring, "bus", lambda: stage)
        monkeypatch.setattr(wiring, "now", stage.world.clock)
        monkeypatch.setattr(wiring, "settings", lambda: settings)
        yield stage


def record(event: Event, number: int = 1) -> dict[str, Any]:
    return {
        "eventID": f"record-{number}",
        "eventName": "INSERT",
        "dynamodb": {
            "Keys": {"pk": {"S": event.subject}, "sk": {"S": f"EVENT#{event.number:06d}"}},
            "SequenceNumber": str(number),
            "ApproximateCreationDateTime": NOON.timestamp(),
        },
    }


def events(stage: Stage) -> list[Event]:
    stage.world.submit()
    stage.world.submit()
    return list(stage.world.requests.event_rows.values())


def test_each_event_starts_its_machine_and_is_told(stage: Stage) -> None:
    first, second = events(stage)
    answer = dispatch.handler({"Records": [record(first, 1), record(second, 2)]}, CONTEXT)
    assert answer == {"batchItemFailures": []}
    assert stage.world.told == [first, second]
    assert stage.world.started == {
        f"{event.subject.removeprefix('request:')}-1" for event in (first, second)
    }


def test_f07_a_record_that_fails_is_tried_again_and_those_behind_it_wait(stage: Stage) -> None:
    first, second = events(stage)
    stage.bus_is_down = True
    answer = dispatch.handler({"Records": [record(first, 1), record(second, 2)]}, CONTEXT)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "1"}]}
    assert stage.buried() == []


@pytest.mark.parametrize(("late", "buried"), [(timedelta(seconds=-1), 0), (timedelta(0), 1)])
def test_f07_a_poisoned_record_is_buried_after_ten_minutes(
    stage: Stage, late: timedelta, buried: int
) -> None:
    first, _ = events(stage)
    stage.bus_is_down = True
    stage.world.now = NOON + DISPATCH_FOR + late
    dispatch.handler({"Records": [record(first)]}, CONTEXT)
    assert stage.buried() == [first.id] * buried


def test_f07_what_was_buried_is_replayed_from_its_event_row(stage: Stage) -> None:
    first, _ = events(stage)
    answer = dispatch.handler({"replay": [first.id, first.id]}, CONTEXT)
    assert answer == {"replayed": 2}
    assert stage.world.told == [first, first]
    assert len(stage.world.started) == 1


def test_f07_events_out_of_order_start_only_what_the_request_still_needs(stage: Stage) -> None:
    world = stage.world
    request = world.submit()
    world.run(timedelta(hours=2))
    world.started.clear()
    chain = world.requests.events(request.subject)
    dispatch.handler({"Records": [record(event) for event in reversed(chain)]}, CONTEXT)
    assert world.started == set()
