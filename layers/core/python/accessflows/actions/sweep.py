"""Sweep: the guarantee. What is overdue is moved on, whatever became of its state machine."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import NamedTuple

from accessflows.actions.advance import Next, Step, advance
from accessflows.actions.contend import decide_anew
from accessflows.model.flow import FALLBACK_FLOW_ID
from accessflows.model.limits import FALLBACK_LIMIT, SWEEP_AFTER
from accessflows.model.request import Cause, Status
from accessflows.ports import Ports, Revoker
from accessflows.rules.lifecycle import start_revoking


class Swept(NamedTuple):
    """What one run did. failures: request id -> what went wrong; they are tried again."""

    advanced: tuple[str, ...]
    failures: dict[str, Exception]


def sweep(
    ports: Ports, revoker: Revoker, *, clock: Callable[[], datetime], stop_at: datetime
) -> Swept:
    """Move on every request that has been overdue for a while, the longest overdue first.

    stop_at: no further request is begun after it; the next run goes on.
    """
    due = ports.requests.due(clock() - SWEEP_AFTER)
    return _each(
        due, lambda request_id: _advance_one(ports, revoker, request_id, clock), clock, stop_at
    )


def clean_fallback(
    ports: Ports, revoker: Revoker, *, clock: Callable[[], datetime], stop_at: datetime
) -> Swept:
    """End every open fallback request that was granted as long ago as fallback may last.

    It asks only when that was: neither when the request says that it is due, nor the index by it.
    What waits for approval, or is being taken away, is moved on as the sweep does.
    """
    old = ports.requests.open_in_flow(FALLBACK_FLOW_ID, clock() - FALLBACK_LIMIT)

    def end(request_id: str) -> None:
        decide_anew(lambda: _end_fallback(ports, request_id, clock()))
        _advance_one(ports, revoker, request_id, clock)

    return _each(old, end, clock, stop_at)


def _end_fallback(ports: Ports, request_id: str, now: datetime) -> None:
    # granted --(FALLBACK_LIMIT)--> Revoking, whatever `ends_at` and `due_at` say
    request = ports.requests.get(request_id)
    granted_at = request.activated_at
    if request.status is not Status.ACTIVE or granted_at is None:
        return
    if now - granted_at >= FALLBACK_LIMIT:
        ports.requests.commit(request, start_revoking(request, Cause.TIME, now))


def _each(
    request_ids: Iterable[str],
    move_on: Callable[[str], None],
    clock: Callable[[], datetime],
    stop_at: datetime,
) -> Swept:
    advanced: list[str] = []
    failures: dict[str, Exception] = {}
    for request_id in request_ids:
        if clock() >= stop_at:
            break
        try:
            move_on(request_id)
        except Exception as error:  # noqa: BLE001 (on the way to revocation)
            failures[request_id] = error
        else:
            advanced.append(request_id)
    return Swept(tuple(advanced), failures)


def _advance_one(
    ports: Ports, revoker: Revoker, request_id: str, clock: Callable[[], datetime]
) -> None:
    step = advance(ports, request_id, clock(), can=Next.REVOKE)
    # Active and overdue --> Revoking, due at once --> revoke --> closed
    if step.next is Next.DONE:
        step = advance(ports, request_id, clock(), can=Next.REVOKE)
    if step.next is Next.REVOKE:
        _revoke(revoker, step)
        advance(ports, request_id, clock(), can=Next.REVOKE)


def _revoke(revoker: Revoker, step: Step) -> None:
    """Revoke every batch; what failed is raised only after all were tried."""
    errors = []
    for batch in step.batches:
        try:
            revoker.revoke(batch)
        except Exception as error:  # noqa: BLE001 (on the way to revocation)
            errors.append(error)
    if errors:
        raise ExceptionGroup(f"{len(errors)} of {len(step.batches)} batches", errors)
