"""Leases, in the table of requests.

pk: lease:{integration}:{principal}   sk: LEASE#["{type}","{resource}","{permission}"]
besides: who needs it; version; expires_at once nobody does

A row that is gone by its expiry says no more than an empty one: nobody needs it."""

from collections.abc import Sequence

from accessflows.model.lease import Lease, blank_leases
from accessflows.model.request import Batch
from accessflows.settings import Settings
from accessflows.stores.requests import RequestRow, lease_key, save_leases
from accessflows.stores.transactions import transact


class DynamoLeases:
    """Implements ports.Leases."""

    def __init__(self, settings: Settings) -> None:
        RequestRow.Meta.table_name = settings.requests_table

    def of(self, batch: Batch) -> tuple[Lease, ...]:
        blank = {lease_key(lease): lease for lease in blank_leases(batch)}
        rows = RequestRow.batch_get(list(blank), consistent_read=True)
        found = {(row.pk, row.sk): Lease.model_validate_json(row.document or "") for row in rows}
        return tuple({**blank, **found}.values())

    def put(self, leases: Sequence[Lease]) -> None:
        transact(lambda transaction: save_leases(transaction, leases))
