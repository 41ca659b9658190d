"""Dispatch: pass on what events call for, once, however often a record comes."""

from collections.abc import Mapping

from accessflows.model.event import Event
from accessflows.model.request import Status
from accessflows.ports import Bus, Machines, Requests

_MACHINES: Mapping[Status, str] = {
    Status.PENDING_APPROVAL: "approval",
    # The machine that waits: it asks `advance`, which lets the request start.
    Status.SCHEDULED: "approval",
    Status.GRANTING: "access",
    Status.REVOKING: "revocation",
}


def dispatch(event: Event, requests: Requests, machines: Machines, bus: Bus) -> None:
    """Start the machine for the status that the event entered, and tell the bus.

    The request is read again: one that has moved on needs no machine for what it was. An
    execution is named after the event, with the same input always, so that it starts once.
    """
    machine = _MACHINES.get(event.entered) if event.entered else None
    if machine:
        request_id = event.subject.removeprefix("request:")
        if requests.get(request_id).status is event.entered:
            machines.start(machine, f"{request_id}-{event.number}", request_id)
    bus.put(event)
