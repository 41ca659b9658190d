"""The store of resources: it says what the last sync saw."""

from datetime import timedelta

import pytest

from accessflows.stores.inventory import DynamoInventory, InventoryRow
from tests.doubles.tables import TEST_SETTINGS
from tests.factories import NOON, a_resource

pytestmark = pytest.mark.usefixtures("tables")

LATER = NOON + timedelta(minutes=5)


def key(name: str, resource_type: str = "s3_bucket") -> tuple[str, str, str]:
    return ("aws-demo", resource_type, name)


@pytest.mark.req("R9.tags")
def test_what_a_sync_saw_is_found_by_name() -> None:
    inventory = DynamoInventory(TEST_SETTINGS)
    tagged = a_resource("logs", tags={"env": "production"})
    assert inventory.replace("aws-demo", [tagged, a_resource()], NOON) == 2
    assert inventory.resources([key("logs"), key("gone")]) == {key("logs"): tagged}
    assert inventory.resources([]) == {}


def test_a_sync_that_saw_the_same_changes_nothing() -> None:
    inventory = DynamoInventory(TEST_SETTINGS)
    inventory.replace("aws-demo", [a_resource()], NOON)
    assert inventory.replace("aws-demo", [a_resource()], LATER) == 0


@pytest.mark.req("R29.sync")
def test_tags_follow_the_next_sync() -> None:
    inventory = DynamoInventory(TEST_SETTINGS)
    inventory.replace("aws-demo", [a_resource()], NOON)
    tagged = a_resource(tags={"env": "production"})
    assert inventory.replace("aws-demo", [tagged], LATER) == 1
    assert inventory.resources([key("invoices")]) == {key("invoices"): tagged}


def test_what_is_gone_goes_even_the_last_of_its_type() -> None:
    inventory = DynamoInventory(TEST_SETTINGS)
    table = a_resource("orders", resource_type="dynamodb_table")
    inventory.replace("aws-demo", [a_resource(), table], NOON)
    assert inventory.replace("aws-demo", [a_resource()], LATER) == 1
    assert inventory.resources([key("orders", "dynamodb_table")]) == {}


def test_another_integration_is_left_alone() -> None:
    inventory = DynamoInventory(TEST_SETTINGS)
    other = a_resource(integration="aws-other")
    inventory.replace("aws-demo", [a_resource()], NOON)
    inventory.replace("aws-other", [other], NOON)
    inventory.replace("aws-demo", [], LATER)
    assert inventory.resources([("aws-other", "s3_bucket", "invoices")]) == {
        ("aws-other", "s3_bucket", "invoices"): other
    }


def test_resources_of_a_type_are_paged_by_name() -> None:
    inventory = DynamoInventory(TEST_SETTINGS)
    names = ["b", "B", "a", "ä", "c"]
    table = a_resource("a", resource_type="dynamodb_table")
    inventory.replace("aws-demo", [*map(a_resource, names), table], NOON)
    assert inventory.resource_types("aws-demo") == ("dynamodb_table", "s3_bucket")
    assert inventory.resource_types("aws-other") == ()
    first = inventory.page("aws-demo", "s3_bucket", after=None, limit=3)
    assert [resource.name for resource in first] == ["B", "a", "b"]
    rest = inventory.page("aws-demo", "s3_bucket", after="b", limit=3)
    assert [resource.name for resource in rest] == ["c", "ä"]
    assert inventory.page("aws-demo", "s3_bucket", after="ä", limit=3) == ()


def test_more_than_a_page_of_resources_is_found_at_once() -> None:
    inventory = DynamoInventory(TEST_SETTINGS)
    resources = [a_resource(f"bucket-{n}") for n in range(250)]
    assert inventory.replace("aws-demo", resources, NOON) == 250
    found = inventory.resources([key(resource.name) for resource in resources])
    assert sorted(found) == sorted(key(resource.name) for resource in resources)
    assert InventoryRow.get("aws-demo", "SYNC").document


@pytest.mark.req("R88.api")
def test_the_only_resource_of_an_integration_is_known_until_a_second_is_seen() -> None:
    inventory = DynamoInventory(TEST_SETTINGS)
    alone = a_resource(integration="wiki")
    inventory.replace("wiki", [alone], NOON)
    inventory.replace("aws-demo", [a_resource(), a_resource("logs")], NOON)
    assert inventory.sole_resources(["wiki", "aws-demo", "never-synced"]) == {"wiki": alone}
    assert inventory.sole_resources([]) == {}
    inventory.replace("wiki", [alone, a_resource("logs", integration="wiki")], LATER)
    assert inventory.sole_resources(["wiki"]) == {}
