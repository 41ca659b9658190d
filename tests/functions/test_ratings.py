"""Rating a generated description, and reading the ratings, through the handlers."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from moto import mock_aws

from accessflows import wiring
from accessflows.model.limits import PAGE_SIZE
from accessflows.model.person import Role
from accessflows.model.rating import Opinion, Rating, Thumb
from accessflows.stores.ratings import DynamoRatings
from functions import admin_api, requests_api
from tests.doubles.tables import TEST_SETTINGS, create_tables
from tests.factories import NOON, a_flow, a_person
from tests.functions.calls import call
from tests.worlds import World

RATE = "/access-flows/buckets/description/rating"
RATED = "/configuration/access-flows/buckets/ratings"


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    world = World(people=[a_person("ada", roles=(Role.ADMIN,)), a_person("eve")])
    with mock_aws():
        create_tables()
        monkeypatch.setattr(wiring, "ports", lambda: world.ports)
        monkeypatch.setattr(wiring, "directory", lambda: world.directory)
        monkeypatch.setattr(wiring, "ratings", lambda: DynamoRatings(TEST_SETTINGS))
        monkeypatch.setattr(wiring, "now", world.clock)
        yield world


def rate(thumb: str, comment: str | None = None, *, by: str = "rita") -> tuple[int, Any]:
    return call(requests_api, "PUT", RATE, {"thumb": thumb, "comment": comment}, caller=by)


def rated(*, by: str = "ada", **query: str) -> tuple[int, Any]:
    return call(admin_api, "GET", RATED, caller=by, query=query)


@pytest.mark.req("R76")
def test_admins_see_what_was_said_by_version_of_the_text(world: World) -> None:
    status, first = rate("down", "what is a bucket?")
    assert (status, first["thumb"]) == (200, "down")
    assert first["text"].startswith("Buckets lets people whose group is engineers")
    world.flow_store.change(a_flow(version=2, grant_duration=timedelta(hours=2)))
    _, second = rate("up")
    assert second["text_version"] != first["text_version"]
    status, answer = rated()
    assert status == 200
    told = [(r["flow"]["version"], r["thumb"], r["comment"]) for r in answer["ratings"]]
    assert told == [(1, "down", "what is a bucket?"), (2, "up", None)]
    assert answer["cursor"] is None


@pytest.mark.req("R76")
def test_a_person_has_one_opinion_of_one_text(world: World) -> None:
    rate("down")
    rate("up", "now I see")
    (rating,) = rated()[1]["ratings"]
    assert (rating["thumb"], rating["comment"], rating["person_id"]) == ("up", "now I see", "rita")


def test_only_who_may_use_the_flow_rates_it_and_only_admins_read(world: World) -> None:
    assert rate("up", by="eve")[0] == 404
    assert rate("sideways")[0] == 400
    assert rated(by="rita")[0] == 403
    assert rated()[1] == {"ratings": [], "cursor": None}


def test_many_ratings_come_in_pages(world: World) -> None:
    store = wiring.ratings()
    for n in range(PAGE_SIZE + 1):
        opinion = Opinion(thumb=Thumb.UP)
        flow = a_flow().reference
        store.put(Rating(flow=flow, text="text", person_id=f"p{n:03d}", opinion=opinion, at=NOON))
    _, first = rated()
    _, second = rated(cursor=first["cursor"])
    everyone = [rating["person_id"] for rating in first["ratings"] + second["ratings"]]
    assert everyone == [f"p{n:03d}" for n in range(PAGE_SIZE + 1)]
