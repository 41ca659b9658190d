"""Export activity: requests with what they gave and who decided, as many as one file may hold."""

from collections.abc import Iterable
from typing import NamedTuple

from accessflows.actions.activity import Sought, activity
from accessflows.actions.gather import Listed, gather_listed
from accessflows.model.limits import (
    MOST_EXPORTED,
    MOST_EXPORTED_BYTES,
)
from accessflows.model.person import Person
from accessflows.model.request import AccessRequest, Batch
from accessflows.ports import Ports

# A page looks at so many requests at most, so that together they stay within a call's time.
_MOST_PAGES = 40


class Exported(NamedTuple):
    """The newest requests that are meant, and what lists say about them, voters among the people.

    cursor: of further ones, which belong into another file; none if these are all.
    """

    requests: tuple[AccessRequest, ...]
    listed: Listed
    cursor: str | None


def export_activity(ports: Ports, sought: Sought, cursor: str | None) -> Exported:
    """Raises BadInput for a cursor that no list gave."""
    requests: list[AccessRequest] = []
    batches: dict[str, tuple[Batch, ...]] = {}
    people: dict[str, Person] = {}
    size = pages = 0
    while True:
        page = activity(ports, sought, cursor)
        listed = gather_listed(ports, page.requests)
        unknown = _voters(page.requests) - people.keys() - listed.people.keys()
        people |= {**listed.people, **ports.directory.people(sorted(unknown))}
        batches |= listed.batches
        requests += page.requests
        size += _size(page.requests, listed.batches.values())
        cursor, pages = page.cursor, pages + 1
        is_full = len(requests) >= MOST_EXPORTED or size >= MOST_EXPORTED_BYTES
        if cursor is None or is_full or pages == _MOST_PAGES:
            everything = Listed(batches, people, ports.flows.integrations())
            return Exported(tuple(requests), everything, cursor)


def _size(requests: Iterable[AccessRequest], batches: Iterable[tuple[Batch, ...]]) -> int:
    """About how much it makes of a file."""
    rows = [request.model_dump_json() for request in requests]
    rows += [batch.model_dump_json() for some in batches for batch in some]
    return sum(map(len, rows))


def _voters(requests: Iterable[AccessRequest]) -> set[str]:
    return {person for request in requests for vote in request.votes for person in vote.people}
