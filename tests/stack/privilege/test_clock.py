"""What runs by the clock needs every permission of its role: without one, it is denied."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from local.company import Company
from tests.stack.driving import answers, runs
from tests.stack.insides import move_back, row, unsettle
from tests.stack.permissions import stripped
from tests.stack.privilege.world import ask, granted_everywhere, pushed

pytestmark = pytest.mark.every_grant

TABLE = "acme-orders"
LATER = timedelta(hours=2)


def moves_on(
    company: Company, function: str, request_id: str, *instants: str, to: str
) -> Callable[[], bool]:
    """Whether a run brings the request, which is long overdue by these instants, to a status."""
    run = runs(company, function, {})

    def move_on() -> bool:
        # What failed has its next try in a while.
        move_back(company, request_id, LATER, *instants)
        run()
        return bool(row(company, request_id)["status"] == to)

    return move_on


def test_the_sweep_needs_all_that_it_may_do(company: Company) -> None:
    starts_at = datetime.now(UTC) + LATER / 2
    begins = ask(company, "automatic", "dora", starts_at=starts_at.isoformat())
    ends = granted_everywhere(company)
    with stripped(company, "sweep") as role:
        role.learn(moves_on(company, "sweep", begins, "due_at", to="Granting"))
        role.learn(moves_on(company, "sweep", ends, "ends_at", "due_at", to="Expired"))


def test_the_end_of_fallback_access_needs_all_that_it_may_do(company: Company) -> None:
    ends = granted_everywhere(company)
    move_back(company, ends, 3 * LATER, "activated_at")
    with stripped(company, "clean_fallback") as role:
        role.learn(moves_on(company, "clean_fallback", ends, "due_at", to="Expired"))


def test_keeping_the_inventory_needs_all_that_it_may_do(company: Company) -> None:
    company.open_buckets({"acme-just-opened": {}})
    dynamodb: Any = company.stack.client("dynamodb")
    key = {"AttributeName": "id", "KeyType": "HASH"}
    dynamodb.create_table(
        TableName=TABLE,
        KeySchema=[key],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    with stripped(company, "sync_inventory") as role:
        role.learn(runs(company, "sync_inventory", {}))
    dynamodb.delete_table(TableName=TABLE)


def test_following_groups_needs_all_that_it_may_do(company: Company) -> None:
    there = pushed(company)

    def settles(state: str) -> Callable[[], bool]:
        run = answers(runs(company, "settle_groups", {}), settled=1)

        def settle() -> bool:
            unsettle(company, "suite", there["group"], there["user"], state)
            return run()

        return settle

    with stripped(company, "settle_groups") as role:
        role.learn(settles("unwanted"))
        role.learn(settles("wanted"))
