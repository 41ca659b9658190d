"""Syncing makes the inventory equal to each whole listing, and to nothing less."""

from collections.abc import Callable, Iterable, Iterator

import pytest

from accessflows.actions.sync_inventory import Synced, SyncReport, sync_inventory
from accessflows.model.integration import Integration, Kind
from accessflows.model.target import Resource
from accessflows.ports import Health
from tests.doubles.memory import MemoryInventory
from tests.doubles.target import MemoryTarget
from tests.factories import NOON, a_resource, an_integration

Listing = Callable[[], Iterable[Resource]]


class Listed(MemoryTarget):
    """A target whose listings are given, by integration."""

    def __init__(self, **listings: Listing) -> None:
        super().__init__(clock=lambda: NOON)
        self.listings = listings

    def discover(self, integration: Integration) -> Iterable[Resource]:
        return self.listings[integration.id]()


def sync(inventory: MemoryInventory, **listings: Listing) -> SyncReport:
    integrations = [an_integration(id=name) for name in listings]
    return sync_inventory(integrations, {Kind.AWS_IAM: Listed(**listings)}, inventory, NOON)


def resource(name: str, integration: str = "one", **changes: object) -> Resource:
    return a_resource(name, integration=integration, **changes)


def half_of_it() -> Iterator[Resource]:
    yield resource("new", "two")
    raise TimeoutError("page 2 did not come")


def names(inventory: MemoryInventory, integration: str) -> list[str]:
    return sorted(row.name for row in inventory.rows.values() if row.integration == integration)


def test_the_inventory_becomes_what_is_listed() -> None:
    inventory = MemoryInventory([resource("gone"), resource("kept")])
    report = sync(inventory, one=lambda: [resource("kept"), resource("new")])
    assert report == SyncReport(integrations=(Synced(integration="one", resources=2, changed=2),))
    assert names(inventory, "one") == ["kept", "new"]


@pytest.mark.req("R29.sync")
def test_a_tag_that_is_gained_is_in_the_inventory_after_the_next_sync() -> None:
    inventory = MemoryInventory([resource("invoices")])
    sync(inventory, one=lambda: [resource("invoices", tags={"env": "prod"})])
    assert inventory.rows["one", "s3_bucket", "invoices"].tags == {"env": "prod"}


def test_f22_a_listing_that_breaks_off_changes_nothing_and_stops_nobody() -> None:
    inventory = MemoryInventory([resource("old", "two")])
    report = sync(
        inventory,
        one=lambda: [resource("first")],
        two=half_of_it,
        three=lambda: [resource("third", "three")],
    )
    assert report.failed == (Synced(integration="two", error="TimeoutError: page 2 did not come"),)
    assert [names(inventory, each) for each in ("one", "two", "three")] == [
        ["first"],
        ["old"],
        ["third"],
    ]


def test_how_it_went_is_remembered_until_it_went_well() -> None:
    inventory = MemoryInventory()
    sync(inventory, two=half_of_it)
    failed = Health(None, NOON, "TimeoutError: page 2 did not come")
    assert inventory.health(["two", "never"]) == {"two": failed}
    sync(inventory, two=list)
    assert inventory.health(["two"]) == {"two": Health(NOON, None, None)}


def test_a_listing_that_speaks_of_another_integration_changes_nothing() -> None:
    inventory = MemoryInventory([resource("old")])
    report = sync(inventory, one=lambda: [resource("x", "two")])
    (failed,) = report.failed
    assert failed.error == "ValueError: the listing speaks of other integrations: two"
    assert names(inventory, "one") == ["old"]


def test_an_integration_without_a_connector_is_told_and_the_others_are_synced() -> None:
    inventory = MemoryInventory()
    integrations = [an_integration(id="cluster", kind=Kind.KUBERNETES), an_integration(id="one")]
    listed = Listed(one=lambda: [resource("first")])
    report = sync_inventory(integrations, {Kind.AWS_IAM: listed}, inventory, NOON)
    assert [synced.error for synced in report.integrations] == [
        "LookupError: no connector serves kubernetes",
        None,
    ]
    assert names(inventory, "one") == ["first"]
