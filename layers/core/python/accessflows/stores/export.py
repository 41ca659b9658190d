"""What an operator takes out of the tables, as it comes, a page at a time.

Reads whole tables (Scan), with the operator's own credentials: no function's role allows it, and no
path that people use needs it."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import TypeVar

from accessflows.model.past_request import PastRequest
from accessflows.model.person import Person
from accessflows.model.request import AccessRequest
from accessflows.model.target import Resource
from accessflows.settings import Settings
from accessflows.stores.directory import DynamoDirectory
from accessflows.stores.directory_rows import DirectoryRow
from accessflows.stores.inventory import DynamoInventory, InventoryRow
from accessflows.stores.requests import DynamoRequests, RequestRow

_AT_ONCE = 50

T = TypeVar("T")


class DynamoExport:
    """The tables of one stack, read only."""

    def __init__(self, settings: Settings) -> None:
        self._requests = DynamoRequests(settings)
        self._directory = DynamoDirectory(settings)
        # Names the table of the rows that are scanned here.
        self._inventory = DynamoInventory(settings)

    def people(self) -> Iterator[Person]:
        """Everybody, active or not, all sources taken together."""
        rows = DirectoryRow.scan(DirectoryRow.sk == "PERSON")
        for ids in _chunks(row.pk.removeprefix("person:") for row in rows):
            yield from self._directory.people(ids).values()

    def resources(self) -> Iterator[Resource]:
        """As the last syncs saw them."""
        for row in InventoryRow.scan(InventoryRow.pk.contains("#")):
            yield Resource.model_validate_json(row.document)

    def requests(self, since: datetime) -> Iterator[PastRequest]:
        """Those that were submitted from an instant on, open or closed."""
        rows = RequestRow.scan(RequestRow.sk == "REQUEST")
        every = (AccessRequest.model_validate_json(row.document or "") for row in rows)
        for some in _chunks(request for request in every if request.submitted_at >= since):
            batches = self._requests.batches_by_request(some)
            yield from (PastRequest.of(request, batches[request.id]) for request in some)


def _chunks(items: Iterable[T]) -> Iterator[list[T]]:
    left = iter(items)
    while some := list(islice(left, _AT_ONCE)):
        yield some
