"""What runs by the clock needs every permission of its role: without one, it is denied."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from local.company import Company
from tests.doubles.identity_center import Listed, serving
from tests.stack.driving import answers, runs
from tests.stack.insides import configured, move_back, other_files, row, unsettle
from tests.stack.permissions import stripped
from tests.stack.privilege.world import apply_files, ask, granted_everywhere, pushed

pytestmark = pytest.mark.every_grant

TABLE = "acme-orders"
SOURCES = """
settings:
  identity_sources:
    - {id: okta, name: Okta, kind: scim}
    - {id: suite, name: Conformance suite, kind: scim}
    - {id: center, name: Center, kind: identity_center, identity_store_id: d-1234567890}
"""
LATER = timedelta(hours=2)


@pytest.fixture
def center(company: Company) -> Iterator[Listed]:
    """An identity store of the organisation's, as its files name it."""
    listed = Listed()
    with (
        other_files(company, {"settings.yaml": SOURCES}),
        serving(listed) as url,
        configured(company, "accessflows-pull-people", AWS_ENDPOINT_URL_IDENTITYSTORE=url),
    ):
        apply_files(company)
        yield listed
    apply_files(company)


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


def test_pulling_people_needs_all_that_it_may_do(company: Company, center: Listed) -> None:
    pull = runs(company, "pull_people", {})
    with stripped(company, "pull_people") as role:
        center.people = {"cleo": "Engineer", "cody": "Engineer"}
        center.groups = {"crew": ("cleo", "cody")}
        role.learn(pull)
        center.people["cleo"] = "Captain"
        center.groups["crew"] = ("cleo",)
        role.learn(pull)
        center.people.clear()
        center.groups.clear()
        role.learn(pull)
