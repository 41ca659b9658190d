"""Extending through the API."""

import pytest

from functions import requests_api
from tests.factories import a_flow
from tests.functions.calls import call, wire
from tests.worlds import World


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    world = World(flows=[a_flow(settings={"max_extensions": 2})])
    wire(monkeypatch, world)
    return world


@pytest.mark.req("R70", "R71")
def test_the_answer_tells_the_new_end_and_what_is_left(world: World) -> None:
    request = world.submit()
    world.run()
    path = f"/access-requests/{request.id}"
    _, shown = call(requests_api, "GET", path)
    assert (shown["extensions_used"], shown["extensions_left"]) == (0, 2)
    assert shown["extension_duration"] == "PT30M"
    status, shown = call(requests_api, "POST", f"{path}/extend")
    assert status == 200
    assert shown["ends_at"] == "2026-03-02T13:30:00Z"
    assert (shown["extensions_used"], shown["extensions_left"]) == (1, 1)
    assert shown["events"][-1]["kind"] == "extended"
    call(requests_api, "POST", f"{path}/extend")
    status, problem = call(requests_api, "POST", f"{path}/extend")
    assert (status, problem["type"]) == (409, "urn:accessflows:problem:not-extendable")
    assert problem["max_extensions"] == 2


@pytest.mark.req("R72.limit")
@pytest.mark.parametrize("body", [{}, {"duration": "P7D"}])
def test_an_extension_takes_no_body(world: World, body: object) -> None:
    request = world.submit()
    world.run()
    path = f"/access-requests/{request.id}/extend"
    status, problem = call(requests_api, "POST", path, body)
    assert status == 400
    assert "takes no body" in problem["detail"]
    assert world.request(request).extensions_used == 0
