"""A session that outlives its access is told by the API, as the connector reported it."""

from datetime import datetime, timedelta

import pytest

from accessflows.actions.end import revoke
from functions import requests_api
from tests.factories import NOON
from tests.functions.calls import call, wire
from tests.worlds import World


@pytest.mark.req("N16.reported")
def test_f23_revoking_says_until_when_a_session_may_live(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    wire(monkeypatch, world)
    request = world.submit()
    world.run()
    take_away = world.target.revoke

    def outlived(*arguments: object) -> datetime:
        take_away(*arguments)  # type: ignore[arg-type]  # whatever the port hands over
        return NOON + timedelta(hours=1)

    monkeypatch.setattr(world.target, "revoke", outlived)
    revoke(world.ports, request.id, world.directory.person("rita"), None, world.now)
    world.run()
    _, shown = call(requests_api, "GET", f"/access-requests/{request.id}")
    assert shown["status"] == "Revoked"
    assert shown["batches"][0]["residual_until"] == "2026-03-02T13:00:00Z"
