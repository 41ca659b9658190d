"""The four tables as the stack makes them, for moto: keys, indexes, nothing else."""

from pynamodb.models import Model

from accessflows.settings import Settings
from accessflows.stores import transactions
from accessflows.stores.directory import DirectoryRow
from accessflows.stores.flows import FlowRow
from accessflows.stores.inventory import InventoryRow
from accessflows.stores.requests import RequestRow

TEST_SETTINGS = Settings(
    stage="test",
    requests_table="requests",
    flows_table="flows",
    directory_table="directory",
    inventory_table="inventory",
)
_TABLES: dict[type[Model], str] = {
    RequestRow: TEST_SETTINGS.requests_table,
    FlowRow: TEST_SETTINGS.flows_table,
    DirectoryRow: TEST_SETTINGS.directory_table,
    InventoryRow: TEST_SETTINGS.inventory_table,
}


def create_tables() -> None:
    """Within moto's mock: the tables of TEST_SETTINGS, empty."""
    transactions.connection.cache_clear()
    for model, name in _TABLES.items():
        model.Meta.table_name = name
        model.create_table(billing_mode="PAY_PER_REQUEST", wait=False)
