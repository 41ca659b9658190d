"""Leaving through the handlers: the bus names a person, the clock nobody."""

from typing import Any

import pytest

from accessflows import wiring
from accessflows.model.request import Status
from functions import off_board, sweep_leavers
from tests.doubles.crashes import Crash, Crashing
from tests.functions.calls import CONTEXT, wire
from tests.worlds import World

# As EventBridge delivers what the bus was told.
PERSON_CHANGED = {
    "detail-type": "person_changed",
    "detail": {"event_id": "person:rita#2", "subject": "person:rita", "kind": "person_changed"},
}


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    world = World()
    wire(monkeypatch, world)
    monkeypatch.setattr(wiring, "deadline", lambda _context: world.now.replace(hour=23))
    return world


def deactivate_rita(world: World) -> None:
    world.directory.change(world.directory.person("rita").but(active=False))


@pytest.mark.req("N10.left")
def test_the_event_of_a_person_who_left_ends_what_they_have(world: World) -> None:
    request = world.submit()
    world.run()
    assert off_board.handler(PERSON_CHANGED, CONTEXT) == {"ended": 0}
    deactivate_rita(world)
    assert off_board.handler(PERSON_CHANGED, CONTEXT) == {"ended": 1}
    assert world.status(request) is Status.REVOKING


def test_a_request_that_could_not_be_ended_fails_the_event_so_that_it_comes_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = world.submit()
    world.run()
    deactivate_rita(world)
    dying: Any = Crashing(world.requests, [0], ("commit",))
    monkeypatch.setattr(wiring, "ports", lambda: world.ports._replace(requests=dying))
    with pytest.raises(RuntimeError, match="1 requests of rita not ended") as failed:
        off_board.handler(PERSON_CHANGED, CONTEXT)
    assert not isinstance(failed.value, Crash)
    monkeypatch.setattr(wiring, "ports", lambda: world.ports)
    assert sweep_leavers.handler({}, CONTEXT) == {"ended": 1, "failed": 0, "finished": True}
    assert world.status(request) is Status.REVOKING
