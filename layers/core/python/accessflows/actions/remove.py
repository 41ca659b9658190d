"""Remove: take one batch away at its target, and keep the proof that it is gone.

Never refused: not by a closed flow, a missing person or a lost connector state. Only an absence
that was observed when no call could land any more is evidence. What other grants need as well
stays, and the last of them takes it away."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from accessflows.actions import share
from accessflows.actions.contend import decide_anew
from accessflows.model.integration import Integration
from accessflows.model.limits import LANDING_TIME
from accessflows.model.request import Batch, BatchState, Status
from accessflows.ports import BatchReference, Connector, Ports


class Seen(NamedTuple):
    """What the target showed once it had been told to take something away."""

    observed_at: datetime
    holds: bool
    evidence: dict[str, Any]
    residual_until: datetime | None


def remove(
    ports: Ports, reference: BatchReference, *, deadline: datetime, clock: Callable[[], datetime]
) -> str:
    """Revoke one batch; answers what came of it in a word.

    deadline: when the caller is stopped, at the latest.
    Raises what the connector raises; the batch stays marked, and is tried again.
    """

    def once() -> str:
        batch = _mark(ports, reference)
        if batch is None:
            return "settled"
        integration = ports.flows.integrations()[batch.integration]
        connector = ports.connectors[batch.family]
        if connector.capabilities(integration).shared:
            return _give_up(ports, connector, integration, batch, deadline=deadline, clock=clock)
        return _take_back(ports, connector, integration, batch, clock)

    return decide_anew(once)


def _take_back(
    ports: Ports,
    connector: Connector,
    integration: Integration,
    batch: Batch,
    clock: Callable[[], datetime],
) -> str:
    seen = _take_away(connector, integration, batch, clock)
    unsure = _why_unsure(batch, seen)
    if unsure:
        return unsure
    ports.requests.put_batch(batch, _absent(batch, seen))
    return "absent"


def _give_up(
    ports: Ports,
    connector: Connector,
    integration: Integration,
    batch: Batch,
    *,
    deadline: datetime,
    clock: Callable[[], datetime],
) -> str:
    """As `_take_back`, for what is shared: only of what no other grant needs.

    The grant leaves the leases with the record, and not before: while a call of its own may still
    land, what it adds is this grant's to take away.
    """
    call_until = max(deadline + LANDING_TIME, batch.call_until or deadline)
    parts = share.to_take_away(ports, batch, call_until)
    seen = _all([_take_away(connector, integration, part, clock) for part in parts], clock())
    unsure = _why_unsure(batch, seen)
    if unsure:
        return unsure
    leaving = share.left(ports, batch, parts, seen.observed_at)
    evidence = {"entitlements": leaving.outcome, **seen.evidence}
    absent = _absent(batch, seen._replace(evidence=evidence))
    ports.requests.put_batch(batch, absent, leaving.leases)
    return "absent"


def _take_away(
    connector: Connector, integration: Integration, batch: Batch, clock: Callable[[], datetime]
) -> Seen:
    residual_until = connector.revoke(integration, batch)
    observed_at = clock()
    observed = connector.observe(integration, batch)
    return Seen(observed_at, observed.holds, observed.evidence, residual_until)


def _all(seen: Sequence[Seen], now: datetime) -> Seen:
    """What several artefacts showed, as of the one that was looked at first."""
    return Seen(
        observed_at=min((each.observed_at for each in seen), default=now),
        holds=any(each.holds for each in seen),
        evidence={"observed": [each.evidence for each in seen]},
        residual_until=max((r for each in seen if (r := each.residual_until)), default=None),
    )


def _why_unsure(batch: Batch, seen: Seen) -> str | None:
    if seen.holds:
        return "present"
    if batch.call_until and seen.observed_at < batch.call_until:
        return "in flight"
    return None


def _absent(batch: Batch, seen: Seen) -> Batch:
    return batch.but(
        state=BatchState.ABSENT,
        version=batch.version + 1,
        observed_at=seen.observed_at,
        residual_until=seen.residual_until,
        evidence=seen.evidence,
    )


def _mark(ports: Ports, reference: BatchReference) -> Batch | None:
    """The batch, marked so that no claim succeeds any more; none if there is nothing to do."""
    request = ports.requests.get(reference.request_id)
    batch = ports.requests.batch(reference.request_id, reference.batch)
    if request.status is not Status.REVOKING or batch.state is BatchState.ABSENT:
        return None
    if batch.revoking:
        return batch
    marked = batch.but(revoking=True, version=batch.version + 1)
    ports.requests.put_batch(batch, marked)
    return marked
