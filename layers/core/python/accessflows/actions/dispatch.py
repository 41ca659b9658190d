"""Dispatch: pass on what events call for, once, however often a record comes."""

from collections.abc import Mapping

from accessflows.model.event import Event, EventKind
from accessflows.model.request import Status
from accessflows.ports import Bus, Machines, Requests

_MACHINES: Mapping[Status, str] = {
    Status.PENDING_APPROVAL: "approval",
    # The machine that waits: it asks `advance`, which times the request out, or lets it start.
    Status.PENDING_MFA: "approval",
    Status.SCHEDULED: "approval",
    Status.GRANTING: "access",
    Status.REVOKING: "revocation",
}
# The same for events that change no status: the status in which they call for a machine.
_MACHINES_WITHIN: Mapping[EventKind, tuple[Status, str]] = {
    # It moves the end at the target; whichever waited for the old end just waits again.
    EventKind.EXTENDED: (Status.ACTIVE, "access"),
}


def dispatch(event: Event, requests: Requests, machines: Machines, bus: Bus) -> None:
    """Start the machine that the event calls for, and tell the bus.

    The request is read again: one that has moved on needs no machine for what it was. An
    execution is named after the event, with the same input always, so that it starts once.
    """
    called = _called_for(event)
    if called:
        status, machine = called
        request_id = event.subject.removeprefix("request:")
        if requests.get(request_id).status is status:
            machines.start(machine, f"{request_id}-{event.number}", request_id)
    bus.put(event)


def _called_for(event: Event) -> tuple[Status, str] | None:
    """The status in which the event needs a machine, and which."""
    if event.entered is None:
        return _MACHINES_WITHIN.get(event.kind)
    machine = _MACHINES.get(event.entered)
    return (event.entered, machine) if machine else None
