"""Remove: take one batch away at its target, and keep the proof that it is gone.

Never refused: not by a closed flow, a missing person or a lost connector state. Only an absence
that was observed when no call could land any more is evidence."""

from collections.abc import Callable
from datetime import datetime

from accessflows.actions.contend import decide_anew
from accessflows.model.request import Batch, BatchState, Status
from accessflows.ports import BatchReference, Ports


def remove(ports: Ports, reference: BatchReference, *, clock: Callable[[], datetime]) -> str:
    """Revoke one batch; answers what came of it in a word.

    Raises what the connector raises; the batch stays marked, and is tried again.
    """
    batch = decide_anew(lambda: _mark(ports, reference))
    if batch is None:
        return "settled"
    integration = ports.flows.integrations()[batch.integration]
    connector = ports.connectors[batch.family]
    residual_until = connector.revoke(integration, batch)
    observed_at = clock()
    observed = connector.observe(integration, batch)
    if observed.holds:
        return "present"
    if batch.call_until and observed_at < batch.call_until:
        return "in flight"
    absent = batch.but(
        state=BatchState.ABSENT,
        version=batch.version + 1,
        observed_at=observed_at,
        residual_until=residual_until,
        evidence=observed.evidence,
    )
    ports.requests.put_batch(batch, absent)
    return "absent"


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
