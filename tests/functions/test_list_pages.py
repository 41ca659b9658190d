"""Pages that list something read as much for a long past as for a short one."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from typing import Any

import boto3
import pytest
from moto import mock_aws
from ulid import ULID

from accessflows.actions import end
from accessflows.model.limits import MOST_COUNTED
from accessflows.model.person import Role
from accessflows.model.request import AccessRequest
from accessflows.stores.requests import DynamoRequests, shard_of
from tests.doubles.read_units import counted
from tests.doubles.sessions import MemorySessions
from tests.doubles.tables import TEST_SETTINGS, create_tables
from tests.factories import NOON, a_flow, a_person, an_approval
from tests.functions.calls import wire
from tests.functions.signed_in import keep_sessions, visit
from tests.worlds import World

# More than any page reads ahead of what it shows or counts, and more still.
SOME, MORE = 1_400, 1_900


@pytest.fixture
def sessions(monkeypatch: pytest.MonkeyPatch) -> MemorySessions:
    return keep_sessions(monkeypatch)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch, sessions: MemorySessions) -> Iterator[World]:
    """Requests in their table, the rest in memory."""
    people = [a_person("anna", groups=("leads",)), a_person("ada", roles=(Role.ADMIN,))]
    with mock_aws():
        create_tables()
        world = World(flows=[a_flow(approval=an_approval("leads"))], people=people)
        world.requests = DynamoRequests(TEST_SETTINGS)  # type: ignore[assignment]
        world.ports = world.ports._replace(requests=world.requests)
        wire(monkeypatch, world)
        yield world


def have_ended(model: AccessRequest, first: int, last: int) -> None:
    """Copies of a request that has ended, each a minute older than the one before."""
    table = TEST_SETTINGS.requests_table
    database: Any = boto3.client("dynamodb")
    rows = database.query(
        TableName=table,
        KeyConditionExpression="pk = :pk AND sk = :sk",
        ExpressionAttributeValues={":pk": {"S": model.subject}, ":sk": {"S": "REQUEST"}},
    )["Items"]
    ids = (str(ULID.from_datetime(NOON - timedelta(minutes=n))) for n in range(first, last))
    copies = ({"PutRequest": {"Item": renamed(row, model.id, new)}} for new in ids for row in rows)
    while some := list(islice(copies, 25)):
        database.batch_write_item(RequestItems={table: some})


def renamed(row: dict[str, Any], old: str, new: str) -> dict[str, Any]:
    copy = {
        name: {
            kind: value.replace(old, new) if kind == "S" else value for kind, value in it.items()
        }
        for name, it in row.items()
    }
    return copy | ({"shard": {"S": shard_of(new)}} if "shard" in row else {})


def test_a_long_past_costs_a_list_no_more(world: World, sessions: MemorySessions) -> None:
    request = world.submit()
    end.cancel(world.ports, request.id, world.directory.person("rita"), world.now)
    pages = [
        *(
            (visit(world, sessions, "rita"), path)
            for path in ("/", "/requests", "/requests?for=me")
        ),
        *((visit(world, sessions, "anna"), path) for path in ("/inbox",)),
        *((visit(world, sessions, "ada"), path) for path in ("/admin/activity", "/admin")),
    ]

    def read() -> list[tuple[str, int]]:
        found = []
        for browser, path in pages:
            with counted() as reading:
                assert browser.get(path).status == 200
            found.append((path, reading.rows))
        return found

    have_ended(request, 1, SOME)
    some = read()
    have_ended(request, SOME, MORE)
    assert read() == some
    assert all(rows for path, rows in some if path != "/inbox")
    assert dict(some)["/admin"] < 2 * MOST_COUNTED
