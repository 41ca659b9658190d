"""Share: what a grant does about artefacts that other grants of the same thing need as well.

    joined and marked, with the claim --- looked at, the first time --- called --- unmarked
    marked, where it is the last      --- called --- left, with the record of the absence

Only what is really to be added, or to go, gets to the connector, one artefact after the other."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, NamedTuple

from accessflows.actions.contend import decide_anew
from accessflows.model.integration import Integration
from accessflows.model.lease import Lease
from accessflows.model.request import Batch
from accessflows.model.target import Entitlement
from accessflows.ports import Connector, Lost, Ports
from accessflows.rules.leases import (
    goes_with,
    join,
    leave,
    looked_at,
    mark,
    needed_until,
    unmark,
)


class Part(NamedTuple):
    """What one call of the connector is about, and its end at the target."""

    batch: Batch
    until: datetime | None


def joined(
    ports: Ports, batch: Batch, until: datetime | None, *, now: datetime, call_until: datetime
) -> tuple[Lease, ...]:
    """The leases with the batch in them, to be written with its claim. Raises LeaseBusy."""
    return tuple(
        join(lease, batch.grant_id, until, now=now, call_until=call_until)
        for lease in ports.leases.of(batch)
    )


def to_add(
    ports: Ports, connector: Connector, integration: Integration, batch: Batch
) -> tuple[Part, ...]:
    """The artefacts of a batch that the target is to hold, and until when.

    What was there before the product added anything is left as it is.
    """
    leases = decide_anew(lambda: _looked_at(ports, connector, integration, batch))
    ours = (lease for lease in leases if not lease.preexisting)
    return tuple(Part(_only(batch, lease), needed_until(lease)) for lease in ours)


def evidence(batch: Batch, parts: Sequence[Part], seen: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What the target showed of what was added, and what was not since it was there before."""
    added = {entitlement for part in parts for entitlement in part.batch.entitlements}
    before = [_named(e) for e in batch.entitlements if e not in added]
    return {"added": list(seen), "there_before": before}


def finish(ports: Ports, batch: Batch) -> None:
    """Let others have their turn, now that the batch is recorded."""

    def once() -> None:
        before = ports.leases.of(batch)
        after = [unmark(lease, batch.grant_id, batch.call_until) for lease in before]
        _put_changed(ports, before, after)

    # The marks end by themselves, too.
    with suppress(Lost):
        decide_anew(once)


def to_take_away(ports: Ports, batch: Batch, call_until: datetime) -> tuple[Batch, ...]:
    """The artefacts of a batch that nobody else needs, now marked. Raises Lost."""
    last = [lease for lease in ports.leases.of(batch) if goes_with(lease, batch.grant_id)]
    if last:
        ports.leases.put([mark(lease, batch.grant_id, call_until) for lease in last])
    return tuple(_only(batch, lease) for lease in last)


class Leaving(NamedTuple):
    """The leases without a grant, and what became of each of its entitlements, JSON-ready."""

    leases: tuple[Lease, ...]
    outcome: list[dict[str, Any]]


def left(ports: Ports, batch: Batch, gone: Sequence[Batch], now: datetime) -> Leaving:
    """To be written with the record. gone: whose absence was observed. Raises Lost."""
    before = ports.leases.of(batch)
    last = [lease.entitlement for lease in before if goes_with(lease, batch.grant_id)]
    if last != [entitlement for part in gone for entitlement in part.entitlements]:
        # Others came or left meanwhile.
        raise Lost
    after = (leave(lease, batch.grant_id, now) for lease in before)
    changed = tuple(a for a, b in zip(after, before, strict=True) if a != b)
    return Leaving(changed, [_outcome(lease, batch.grant_id) for lease in before])


def _outcome(lease: Lease, grant_id: str) -> dict[str, Any]:
    said = _named(lease.entitlement)
    others = sorted(lease.grants.keys() - {grant_id})
    if others:
        return {**said, "kept_for": others}
    if lease.preexisting:
        return {**said, "kept": "it was there before the first grant"}
    return {**said, "absent": True} if goes_with(lease, grant_id) else {**said, "added": False}


def _named(entitlement: Entitlement) -> dict[str, str]:
    return {"resource": entitlement.resource, "permission": entitlement.permission}


def _looked_at(
    ports: Ports, connector: Connector, integration: Integration, batch: Batch
) -> list[Lease]:
    """What is known to be the product's own is not looked at again."""
    before = ports.leases.of(batch)
    after = [
        lease
        if lease.preexisting is False
        else looked_at(lease, is_there=_is_there(connector, integration, batch, lease))
        for lease in before
    ]
    _put_changed(ports, before, after)
    return after


def _is_there(connector: Connector, integration: Integration, batch: Batch, lease: Lease) -> bool:
    return connector.observe(integration, _only(batch, lease)).holds


def _only(batch: Batch, lease: Lease) -> Batch:
    return batch.but(entitlements=(lease.entitlement,))


def _put_changed(ports: Ports, before: Sequence[Lease], after: Sequence[Lease]) -> None:
    changed = [a for a, b in zip(after, before, strict=True) if a != b]
    if changed:
        ports.leases.put(changed)
