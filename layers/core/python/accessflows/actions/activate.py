"""Activate: make the target hold what one batch's row says.

The row is armed first: before the target is called, the claim says until when this call may still
land and when what it makes ends. Whatever dies after that, revocation knows what to look for.

    claim ---- call ---- observed ---- record
      |----- Lambda runs -----|-- landing time --|
                                             call_until"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from accessflows.actions import share
from accessflows.actions.contend import decide_anew
from accessflows.actions.share import Part
from accessflows.model.integration import Integration
from accessflows.model.lease import Lease
from accessflows.model.limits import LANDING_TIME
from accessflows.model.refusal import QuotaExceeded, TargetRefused
from accessflows.model.request import AccessRequest, Batch, BatchState, Cause, Status
from accessflows.ports import BatchReference, Connector, Lost, Ports
from accessflows.rules.lifecycle import overdue, reject

_GRANTABLE = frozenset({Status.GRANTING, Status.ACTIVE})


class NotObserved(Exception):
    """The target took the grant and does not show it. Tried again, else it counts as granted."""


def activate(
    ports: Ports, reference: BatchReference, *, deadline: datetime, clock: Callable[[], datetime]
) -> str:
    """Grant one batch, or move its end; answers what came of it in a word.

    deadline: when the caller is stopped, at the latest.
    Raises what the connector raises, when the outcome is unknown, and LeaseBusy where it was not
    this grant's turn; calling again is right.
    """
    try:
        _check_room(ports, reference)
    except QuotaExceeded as refusal:
        reason = str(refusal)
        return decide_anew(lambda: _refuse(ports, reference, reason, clock()))
    claimed = decide_anew(lambda: _claim(ports, reference, deadline, clock()))
    if claimed is None:
        return "settled"
    before, batch, until = claimed
    integration = ports.flows.integrations()[batch.integration]
    connector = ports.connectors[batch.family]
    is_shared = connector.capabilities(integration).shared
    parts: tuple[Part, ...] = (Part(batch, until),)
    if is_shared:
        parts = share.to_add(ports, connector, integration, batch)
    try:
        state = _grant(connector, integration, parts)
    except (TargetRefused, QuotaExceeded) as refusal:
        after = batch.but(
            state=BatchState.FAILED, message=str(refusal), call_until=before.call_until
        )
    else:
        seen = [_seen(connector, integration, part) for part in parts]
        after = batch.but(
            state=BatchState.GRANTED,
            until=until,
            observed_at=clock(),
            evidence=share.evidence(batch, parts, seen) if is_shared else seen[0],
            connector_state=state,
            call_until=before.call_until,
            message=None,
        )
    recorded = _record(ports, batch, after)
    if recorded and is_shared:
        share.finish(ports, after)
    return _OUTCOMES[after.state] if recorded else "lost"


_OUTCOMES = {BatchState.GRANTED: "granted", BatchState.FAILED: "refused"}


def _grant(
    connector: Connector, integration: Integration, parts: Iterable[Part]
) -> dict[str, Any] | None:
    state = None
    for part in parts:
        state = connector.grant(integration, part.batch, part.until)
    return state


def _seen(connector: Connector, integration: Integration, part: Part) -> dict[str, Any]:
    """The evidence. Raises NotObserved."""
    observed = connector.observe(integration, part.batch)
    carries_none = observed.until is None and not connector.capabilities(integration).native_expiry
    if not observed.holds or not (carries_none or observed.until == part.until):
        raise NotObserved(f"grant {part.batch.grant_id} is not seen at {integration.id}")
    return observed.evidence


def _check_room(ports: Ports, reference: BatchReference) -> None:
    """Whether the target has room, asked while nothing was tried. Raises QuotaExceeded."""
    batch = ports.requests.batch(reference.request_id, reference.batch)
    if batch.state is BatchState.PLANNED and not batch.revoking:
        integration = ports.flows.integrations()[batch.integration]
        ports.connectors[batch.family].check_room(integration, batch)


def _refuse(ports: Ports, reference: BatchReference, reason: str, now: datetime) -> str:
    """Reject the request while none of its batches was claimed; later, only this batch fails."""
    request = ports.requests.get(reference.request_id)
    if request.status is not Status.GRANTING or overdue(request, now):
        return "settled"
    batches = ports.requests.batches(request)
    if all(batch.state is BatchState.PLANNED for batch in batches):
        change = reject(request, Cause.QUOTA, reason, now)
        ports.requests.commit(request, change, unclaimed=batches)
        return "refused"
    batch = next(batch for batch in batches if batch.number == reference.batch)
    if batch.state is BatchState.PLANNED:
        refused = batch.but(state=BatchState.FAILED, message=reason)
        return "refused" if _record(ports, batch, refused) else "lost"
    return "settled"


def _claim(
    ports: Ports, reference: BatchReference, deadline: datetime, now: datetime
) -> tuple[Batch, Batch, datetime | None] | None:
    """The batch before and after its row was armed, and the end to grant; none to leave it."""
    request = ports.requests.get(reference.request_id)
    batch = ports.requests.batch(reference.request_id, reference.batch)
    if request.status not in _GRANTABLE or overdue(request, now) or batch.revoking:
        return None
    if batch.state is BatchState.GRANTED and _lasts(batch, request):
        return None
    call_until = max(deadline + LANDING_TIME, batch.call_until or deadline)
    until = _until(request, call_until)
    armed = batch.but(version=batch.version + 1, call_until=call_until)
    if request.status is Status.GRANTING:
        armed = armed.but(state=BatchState.CLAIMED, until=until)
    leases: tuple[Lease, ...] = ()
    if _is_shared(ports, batch):
        leases = share.joined(ports, batch, until, now=now, call_until=call_until)
    ports.requests.claim(batch, armed, _GRANTABLE, leases)
    return batch, armed, until


def _is_shared(ports: Ports, batch: Batch) -> bool:
    integration = ports.flows.integrations()[batch.integration]
    return ports.connectors[batch.family].capabilities(integration).shared


def _lasts(batch: Batch, request: AccessRequest) -> bool:
    if request.status is Status.GRANTING or request.ends_at is None or batch.until is None:
        return True
    return batch.until >= request.ends_at


def _until(request: AccessRequest, call_until: datetime) -> datetime | None:
    """The end that the artefact carries: the row's, else as late as a grant by then would end.

    In whole seconds, and never before the row's.
    """
    if request.duration == "indefinite":
        return None
    end = request.ends_at or call_until + request.duration
    return end if not end.microsecond else end.replace(microsecond=0) + timedelta(seconds=1)


def _record(ports: Ports, before: Batch, after: Batch) -> bool:
    """Whether it could still be said."""
    try:
        ports.requests.put_batch(before, after.but(version=before.version + 1))
    except Lost:
        # Revocation has marked the batch, or a later call has claimed it: `call_until` stands,
        # and nothing seen before it counts.
        return False
    return True
