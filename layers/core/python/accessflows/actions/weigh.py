"""Weigh: what is known of a request besides what it asks for, for whoever decides it.

Both questions go by an index and look at a bounded part of what is there; the answer says so."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from accessflows.model.impact import Holder, Impact
from accessflows.model.limits import MOST_TOLD, PAGES_WEIGHED
from accessflows.model.request import AccessRequest, Batch, BatchState, Status
from accessflows.model.target import Entitlement
from accessflows.ports import Page, Ports
from accessflows.rules.lifecycle import overdue

# Of one request that is compared; whoever asks for more of one integration is told of as uncounted.
_MOST_BATCHES = 4


class _Found(NamedTuple):
    """complete: whether there are no further ones, as far as the index knows."""

    requests: tuple[AccessRequest, ...]
    complete: bool


def weigh(ports: Ports, request: AccessRequest, batches: Sequence[Batch], now: datetime) -> Impact:
    """What its grantee was asked for before, and who else has it now."""
    wanted = frozenset(e for batch in batches for e in batch.entitlements)
    earlier = _find(
        ports,
        lambda cursor: ports.requests.of_grantee(request.grantee_id, cursor=cursor),
        lambda other: other.id < request.id,
        wanted,
    )
    held = _find(
        ports,
        lambda cursor: ports.requests.open_with(Status.ACTIVE, cursor=cursor),
        lambda other: other.grantee_id != request.grantee_id and not overdue(other, now),
        wanted,
        states={BatchState.GRANTED},
    )
    return Impact(
        earlier=earlier.requests,
        all_earlier=earlier.complete,
        holders=_holders(ports, held.requests),
        all_holders=held.complete,
    )


def _holders(ports: Ports, requests: Sequence[AccessRequest]) -> tuple[Holder, ...]:
    """Each once, with the latest end of what they have."""
    ends: dict[str, datetime | None] = {}
    for request in requests:
        known = ends.get(request.grantee_id, request.ends_at)
        later = known and request.ends_at and max(known, request.ends_at)
        ends[request.grantee_id] = later
    people = ports.directory.people(sorted(ends))
    named = (
        Holder(people[person_id].name if person_id in people else person_id, at)
        for person_id, at in ends.items()
    )
    return tuple(sorted(named, key=lambda holder: holder.name))


def _find(
    ports: Ports,
    page_at: Callable[[str | None], Page],
    counts: Callable[[AccessRequest], bool],
    wanted: frozenset[Entitlement],
    states: Collection[BatchState] = frozenset(BatchState),
) -> _Found:
    """Requests that count and have some of what is wanted, no more than are told."""
    found: list[AccessRequest] = []
    complete, cursor = True, None
    for _ in range(PAGES_WEIGHED):
        page = page_at(cursor)
        same = _with_the_same(ports, tuple(filter(counts, page.requests)), wanted, states)
        found += same.requests
        complete &= same.complete
        cursor = page.cursor
        if cursor is None or len(found) > MOST_TOLD:
            break
    complete &= cursor is None and len(found) <= MOST_TOLD
    return _Found(tuple(found[:MOST_TOLD]), complete)


def _with_the_same(
    ports: Ports,
    requests: Sequence[AccessRequest],
    wanted: frozenset[Entitlement],
    states: Collection[BatchState],
) -> _Found:
    integrations = {entitlement.integration for entitlement in wanted}
    there, complete = [], True
    for request in requests:
        near = [summary for summary in request.batches if summary.integration in integrations]
        complete &= len(near) <= _MOST_BATCHES
        if near:
            there.append(request.but(batches=near[:_MOST_BATCHES]))
    batches = ports.requests.batches_by_request(there) if there else {}

    def has_some(request: AccessRequest) -> bool:
        held = (b for b in batches.get(request.id, ()) if b.state in states)
        return any(wanted.intersection(batch.entitlements) for batch in held)

    return _Found(tuple(filter(has_some, requests)), complete)
