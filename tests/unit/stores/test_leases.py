"""Leases, as DynamoDB keeps them and as the double of tests does."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, NamedTuple

import pytest
from moto import mock_aws

from accessflows.model.request import Batch, BatchState, Status
from accessflows.ports import Leases, Lost, Requests
from accessflows.rules.leases import join, leave, looked_at
from accessflows.stores.leases import DynamoLeases
from accessflows.stores.requests import DynamoRequests, RequestRow
from tests.doubles.memory import MemoryLeases
from tests.doubles.tables import TEST_SETTINGS, create_tables
from tests.factories import NOON, a_resource
from tests.worlds import World

NAMES = ["invoices", 'a "quoted" #name']
SOON = NOON + timedelta(minutes=1)
HOUR = timedelta(hours=1)


class Stored(NamedTuple):
    """A batch of two entitlements, in the stores."""

    leases: Leases
    requests: Requests
    batch: Batch


@pytest.fixture(params=["memory", "dynamodb"])
def stored(request: pytest.FixtureRequest) -> Iterator[Stored]:
    world = World(resources=[a_resource(name) for name in NAMES])
    with mock_aws():
        if request.param == "dynamodb":
            create_tables()
            requests: Any = DynamoRequests(TEST_SETTINGS)
            world.ports = world.ports._replace(requests=requests)
            made: Leases = DynamoLeases(TEST_SETTINGS)
        else:
            made = MemoryLeases(world.requests)
        asked = world.submit(*NAMES)
        yield Stored(made, world.ports.requests, world.ports.requests.batch(asked.id, 1))


def joined(stored: Stored, grant_id: str = "g1") -> list[Any]:
    return [
        join(lease, grant_id, NOON + HOUR, now=NOON, call_until=SOON)
        for lease in stored.leases.of(stored.batch)
    ]


def test_where_there_is_none_a_blank_one_is_read_in_order(stored: Stored) -> None:
    blank = stored.leases.of(stored.batch)
    assert [lease.entitlement for lease in blank] == list(stored.batch.entitlements)
    assert {lease.version for lease in blank} == {0}


def test_a_lease_is_read_as_it_was_written(stored: Stored) -> None:
    written = [
        joined(stored)[0],
        looked_at(join(joined(stored)[1], "g1", None, now=NOON, call_until=SOON), is_there=False),
    ]
    written = [lease.but(version=1) for lease in written]
    stored.leases.put(written)
    assert list(stored.leases.of(stored.batch)) == written


def test_all_are_written_or_none(stored: Stored) -> None:
    first, second = joined(stored)
    stored.leases.put([second])
    with pytest.raises(Lost):
        stored.leases.put([first, second])
    assert [lease.version for lease in stored.leases.of(stored.batch)] == [0, 1]


@pytest.mark.req("N2.shared")
def test_a_claim_and_its_leases_are_one(stored: Stored) -> None:
    batch = stored.batch
    claimed = batch.but(version=1, state=BatchState.CLAIMED)
    stale = joined(stored)
    stored.leases.put(joined(stored, "g2"))
    with pytest.raises(Lost):
        stored.requests.claim(batch, claimed, {Status.GRANTING}, stale)
    assert stored.requests.batch(batch.request_id, 1) == batch
    with pytest.raises(Lost):
        stored.requests.claim(batch, claimed, {Status.ACTIVE}, joined(stored, "g2"))
    assert {lease.version for lease in stored.leases.of(batch)} == {1}
    stored.requests.claim(batch, claimed, {Status.GRANTING}, joined(stored, "g2"))
    assert stored.requests.batch(batch.request_id, 1) == claimed
    assert {lease.version for lease in stored.leases.of(batch)} == {2}


@pytest.mark.req("N2.shared")
def test_the_record_of_an_absence_and_leaving_are_one(stored: Stored) -> None:
    batch = stored.batch
    stored.leases.put(joined(stored))
    left = [leave(lease, "g1", NOON) for lease in stored.leases.of(batch)]
    with pytest.raises(Lost):
        stored.requests.put_batch(batch.but(version=5), batch.but(version=6), left)
    assert {len(lease.grants) for lease in stored.leases.of(batch)} == {1}
    stored.requests.put_batch(batch, batch.but(version=1), left)
    assert {len(lease.grants) for lease in stored.leases.of(batch)} == {0}


def test_an_empty_lease_goes_by_itself_and_one_that_is_needed_again_stays() -> None:
    with mock_aws():
        create_tables()
        world = World()
        leases = DynamoLeases(TEST_SETTINGS)
        asked = world.submit()
        batch = world.requests.batch(asked.id, 1)
        (blank,) = leases.of(batch)
        taken = join(blank, "g1", None, now=NOON, call_until=SOON)
        empty = leave(taken, "g1", NOON)
        again = join(empty, "g2", None, now=NOON, call_until=SOON)
        expiries = []
        for lease in (taken, empty, again):
            leases.put([lease])
            (row,) = RequestRow.query(f"lease:aws-demo:{batch.principal}")
            expiries.append(row.expires_at)
        assert expiries == [None, int((NOON + timedelta(days=1)).timestamp()), None]
