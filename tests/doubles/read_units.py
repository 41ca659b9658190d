"""What reading costs, by the rules that DynamoDB charges by, whatever answers in its place.

An item is read in blocks of 4 KB, a page of a query as one; half of that without consistency, and
an item that is not there costs one block. Items are as large as their names and values."""

from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil
from typing import Any

from botocore.client import BaseClient

_BLOCK = 4096
_TAKEN_TWICE = 2  # digits to a byte of a number


class Reading:
    """What was read since the beginning, or since it was forgotten."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        self.units = 0.0
        self.rows = 0

    def count(self, operation: str, asked: dict[str, Any], answer: dict[str, Any]) -> None:
        match operation:
            case "Scan":
                raise AssertionError("a question read a whole table")
            case "GetItem":
                self._read([answer.get("Item", {})], consistent=asked.get("ConsistentRead"))
            case "Query" if asked.get("Select") == "COUNT":
                # Charged by what it counted, whose size the answer does not tell.
                self.rows += answer["ScannedCount"]
            case "Query":
                items = answer["Items"]
                if len(items) != answer["ScannedCount"]:
                    raise AssertionError("a query read more than it showed")
                self._page(items, consistent=asked.get("ConsistentRead"))
            case "BatchGetItem":
                for table, wanted in asked["RequestItems"].items():
                    items = answer["Responses"].get(table, [])
                    absent = len(wanted["Keys"]) - len(items)
                    self._read(items + [{}] * absent, consistent=wanted.get("ConsistentRead"))

    def _read(self, items: list[dict[str, Any]], *, consistent: bool | None) -> None:
        for item in items:
            self._page([item] if item else [], consistent=consistent)

    def _page(self, items: list[dict[str, Any]], *, consistent: bool | None) -> None:
        self.rows += len(items)
        blocks = max(1, ceil(sum(map(_size, items)) / _BLOCK))
        self.units += blocks if consistent else blocks / 2


@contextmanager
def counted() -> Iterator[Reading]:
    """What is read within, by whichever client."""
    reading = Reading()
    real = BaseClient._make_api_call  # type: ignore[attr-defined] # stubs leave it out

    def call(client: BaseClient, operation: str, asked: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = real(client, operation, asked)
        reading.count(operation, asked, answer)
        return answer

    BaseClient._make_api_call = call  # type: ignore[attr-defined] # put back below
    try:
        yield reading
    finally:
        BaseClient._make_api_call = real  # type: ignore[attr-defined]


def _size(item: dict[str, dict[str, str]]) -> int:
    """In bytes. The tables hold texts and numbers only."""
    return sum(len(name.encode()) + _length(value) for name, value in item.items())


def _length(value: dict[str, str]) -> int:
    ((kind, held),) = value.items()
    if kind == "N":
        return ceil(len(held) / _TAKEN_TWICE) + 1
    return len(held.encode())
