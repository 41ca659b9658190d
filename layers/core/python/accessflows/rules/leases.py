"""Leases: who may work at a shared artefact, and when it goes.

Pure. Whoever calls the target for an artefact's sake marks its lease first, until no call of theirs
may land any more; others wait for that. So nobody adds what another is about to take away, sets an
earlier end over a later one, or takes for old what was added a moment ago. Leaving an artefact that
others need takes no call, and waits for nobody."""

from datetime import datetime

from accessflows.model.lease import Lease


class LeaseBusy(Exception):
    """The target is being called for the sake of another grant of the same thing: try again."""


def join(
    lease: Lease, grant_id: str, end: datetime | None, *, now: datetime, call_until: datetime
) -> Lease:
    """The lease with the grant in it, or its end moved, and marked. Raises LeaseBusy.

    call_until: as of the batch.
    """
    if lease.worker != grant_id and lease.worked_until and now < lease.worked_until:
        what = lease.entitlement
        raise LeaseBusy(
            f"{what.permission} on {what.resource} for {lease.principal} is being changed for "
            f"grant {lease.worker}, until {lease.worked_until:%H:%M:%S} UTC at the latest"
        )
    joined = lease.but(grants={**lease.grants, grant_id: end}, empty_since=None)
    return mark(joined, grant_id, call_until)


def mark(lease: Lease, grant_id: str, until: datetime) -> Lease:
    """The lease while the target may be called for the grant's sake."""
    return _written(lease, worker=grant_id, worked_until=until)


def unmark(lease: Lease, grant_id: str, until: datetime | None) -> Lease:
    """The lease once the grant's call was answered. until: when an earlier call may land, still."""
    if lease.worker != grant_id or lease.worked_until == until:
        return lease
    return _written(lease, worker=until and grant_id, worked_until=until)


def looked_at(lease: Lease, *, is_there: bool) -> Lease:
    """The lease once it is known whether the target holds it already, before anything is added."""
    return lease if lease.preexisting is is_there else _written(lease, preexisting=is_there)


def leave(lease: Lease, grant_id: str, now: datetime) -> Lease:
    """The lease without the grant, which may not have been in it."""
    if grant_id not in lease.grants:
        return lease
    grants = {other: end for other, end in lease.grants.items() if other != grant_id}
    left = _written(lease, grants=grants, empty_since=None if grants else now)
    if not grants:
        return left.but(preexisting=None, worker=None, worked_until=None)
    return left.but(worker=None, worked_until=None) if left.worker == grant_id else left


def goes_with(lease: Lease, grant_id: str) -> bool:
    """Whether the artefact is to go when this grant leaves: the last, of what the product added.

    Where nobody has looked yet, nobody has added anything.
    """
    return lease.grants.keys() == {grant_id} and lease.preexisting is False


def needed_until(lease: Lease) -> datetime | None:
    """When the last of its grants ends; none where one of them has no end."""
    ends = list(lease.grants.values())
    return None if None in ends else max(end for end in ends if end)


def _written(lease: Lease, **changes: object) -> Lease:
    return lease.but(version=lease.version + 1, **changes)
