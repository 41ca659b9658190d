"""Every few minutes: list what each open integration holds, and make the inventory say so."""

from typing import Any

from aws_lambda_powertools import Logger

from accessflows import wiring
from accessflows.actions.sync_inventory import sync_inventory

logger = Logger()


class SyncFailed(Exception):
    """Some integrations could not be listed; the others are up to date."""


@logger.inject_lambda_context(clear_state=True)
def handler(_event: dict[str, Any], _context: Any) -> dict[str, Any]:
    report = sync_inventory(
        wiring.flows().open_integrations(),
        wiring.connectors(),
        wiring.inventory(),
        wiring.now(),
    )
    for synced in report.integrations:
        log = logger.error if synced.error else logger.info
        log("inventory not synced" if synced.error else "inventory synced", **synced.to_data())
    if report.failed:
        raise SyncFailed(", ".join(synced.integration for synced in report.failed))
    return report.to_data()
