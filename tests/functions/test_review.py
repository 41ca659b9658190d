"""Reviewing an emergency through the API."""

import pytest

from accessflows.model.person import Role
from functions import requests_api
from tests.factories import a_flow, a_person
from tests.functions.calls import call, wire
from tests.worlds import World


@pytest.mark.req("N13.review")
def test_an_admin_reviews_what_blocks_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(flows=[a_flow(emergency=True)], people=[a_person("ada", roles=(Role.ADMIN,))])
    wire(monkeypatch, world)
    request = world.submit()
    world.run()
    body = world.wish().to_data()
    status, problem = call(requests_api, "POST", "/access-requests", body)
    assert (status, problem["type"]) == (403, "urn:accessflows:problem:unreviewed-emergency")
    assert request.id in problem["detail"]
    path = f"/access-requests/{request.id}/review"
    status, _ = call(requests_api, "POST", path, {}, caller="ada")
    assert status == 400
    status, shown = call(requests_api, "POST", path, {"text": "disk full"}, caller="ada")
    assert status == 200
    assert (shown["emergency"], shown["review"]["text"]) == (True, "disk full")
    status, _ = call(requests_api, "POST", "/access-requests", body)
    assert status == 201
