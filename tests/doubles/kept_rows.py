"""The rows of moto's tables, put back as they once stood."""

import os
from collections.abc import Callable
from typing import Any

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends

from tests.doubles.quick_moto import copied


class KeptRows:
    """All rows of a region's tables. Rows are replaced, never changed (tests/doubles/quick_moto):
    which there are is all that is kept."""

    def __init__(self, region: str) -> None:
        self._region = region
        self.keep()

    @property
    def _tables(self) -> dict[str, Any]:
        return dynamodb_backends[DEFAULT_ACCOUNT_ID][self._region].tables

    def keep(self) -> None:
        """Have `restore` lead to where things stand now."""
        self._kept = {name: copied(table.items) for name, table in self._tables.items()}
        self._rows = self._those_there()

    @property
    def are_there(self) -> bool:
        """Whether nothing was written since: what was written as it stood is another row."""
        return self._those_there() == self._rows

    def restore(self) -> None:
        for name, items in self._kept.items():
            self._tables[name].items = copied(items)

    def _those_there(self) -> list[int]:
        tables = (table.items.values() for table in self._tables.values())
        return [id(row) for keys in tables for rows in keys for row in rows.values()]


_BUILT: dict[str, KeptRows] = {}


def build_once(what: str, build: Callable[[], object]) -> None:
    """Have tables that are empty hold what `build` puts there, which is kept by a name of its own:
    tests that begin alike need not write it each time."""
    if what in _BUILT:
        _BUILT[what].restore()
    else:
        build()
        _BUILT[what] = KeptRows(os.environ["AWS_DEFAULT_REGION"])
