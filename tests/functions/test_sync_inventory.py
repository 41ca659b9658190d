"""The scheduled sync: open integrations only, and a failure is an alarm."""

from typing import Any

import pytest

from accessflows import wiring
from accessflows.model.integration import Integration, Kind
from functions import sync_inventory
from tests.factories import NOON, a_resource, an_integration
from tests.functions.calls import CONTEXT


class Flows:
    def open_integrations(self) -> tuple[Integration, ...]:
        return (an_integration(),)


class Listing:
    def __init__(self, fault: Exception | None = None) -> None:
        self._fault = fault

    def discover(self, _integration: Integration) -> list[Any]:
        if self._fault:
            raise self._fault
        return [a_resource()]


class Inventory:
    def replace(self, _integration: str, resources: tuple[Any, ...], _now: Any) -> int:
        return len(resources)


def wire(monkeypatch: pytest.MonkeyPatch, listing: Listing) -> None:
    monkeypatch.setattr(wiring, "flows", Flows)
    monkeypatch.setattr(wiring, "inventory", Inventory)
    monkeypatch.setattr(wiring, "connectors", lambda: {Kind.AWS_IAM: listing})
    monkeypatch.setattr(wiring, "now", lambda: NOON)


def test_what_changed_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    wire(monkeypatch, Listing())
    assert sync_inventory.handler({}, CONTEXT) == {
        "integrations": [{"integration": "aws-demo", "resources": 1, "changed": 1}]
    }


def test_a_system_that_cannot_be_listed_fails_the_call(monkeypatch: pytest.MonkeyPatch) -> None:
    wire(monkeypatch, Listing(ConnectionError("away")))
    with pytest.raises(sync_inventory.SyncFailed, match="aws-demo"):
        sync_inventory.handler({}, CONTEXT)
