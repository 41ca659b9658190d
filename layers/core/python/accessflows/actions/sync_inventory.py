"""Sync the inventory: list what each integration holds, and make the inventory say so."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime

from accessflows.model.integration import Integration, Kind
from accessflows.model.target import Resource
from accessflows.model.value import Count, Value
from accessflows.ports import Connector, Inventory


class Synced(Value):
    """What became of one integration. error: why its inventory was left as it was."""

    integration: str
    resources: Count = 0
    changed: Count = 0
    error: str | None = None


class SyncReport(Value):
    """What became of every integration, in the order given."""

    integrations: tuple[Synced, ...]

    @property
    def failed(self) -> tuple[Synced, ...]:
        return tuple(synced for synced in self.integrations if synced.error is not None)


def sync_inventory(
    integrations: Iterable[Integration],
    connectors: Mapping[Kind, Connector],
    inventory: Inventory,
    now: datetime,
) -> SyncReport:
    """Replace each integration's inventory by its whole listing.

    A listing that fails, even half way, leaves that integration's inventory alone and the others
    undisturbed. Never raises for an integration.
    """
    return SyncReport(
        integrations=tuple(
            _synced(integration, connectors, inventory, now) for integration in integrations
        )
    )


def _synced(
    integration: Integration,
    connectors: Mapping[Kind, Connector],
    inventory: Inventory,
    now: datetime,
) -> Synced:
    try:
        resources = _listed(integration, connectors)
        changed = inventory.replace(integration.id, resources, now)
    except Exception as error:  # noqa: BLE001 (whatever ails one system, the others are synced)
        said = f"{type(error).__name__}: {error}"
        # It may be the inventory itself that fails; the others are synced all the same.
        with suppress(Exception):
            inventory.note_failure(integration.id, said, now)
        return Synced(integration=integration.id, error=said)
    return Synced(integration=integration.id, resources=len(resources), changed=changed)


def _listed(integration: Integration, connectors: Mapping[Kind, Connector]) -> tuple[Resource, ...]:
    connector = connectors.get(integration.kind)
    if connector is None:
        raise LookupError(f"no connector serves {integration.kind}")
    resources = tuple(connector.discover(integration))
    strangers = sorted({r.integration for r in resources} - {integration.id})
    if strangers:
        raise ValueError(f"the listing speaks of other integrations: {', '.join(strangers)}")
    return resources
