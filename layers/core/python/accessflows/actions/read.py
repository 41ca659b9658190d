"""Read: one's own requests, and one request with all that may be known of it."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import NamedTuple

from accessflows.actions.approvers import flow_asking
from accessflows.model.event import Event
from accessflows.model.person import Person, Role
from accessflows.model.refusal import NotFound
from accessflows.model.request import AccessRequest, Batch, BatchState, Status
from accessflows.model.trace import DecisionTrace
from accessflows.ports import Page, Ports
from accessflows.rules.approval import may_decide
from accessflows.rules.extension import extension_for, extensions_left


class Detail(NamedTuple):
    """A request with its batches, history, explanation, and how to use what it grants.

    extension_for: by how much each of the extensions left lets it end later.
    """

    request: AccessRequest
    batches: tuple[Batch, ...]
    events: tuple[Event, ...]
    trace: DecisionTrace
    access_details: tuple[str, ...]
    extensions_left: int
    extension_for: timedelta


def show(ports: Ports, request_id: str, viewer: Person, now: datetime) -> Detail:
    """The request, for the people it concerns, its approvers and admins.

    Raises NotFound for everybody else, who may not even know that it exists.
    """
    request = ports.requests.get(request_id)
    if not _may_see(ports, request, viewer, now):
        raise NotFound(f"there is no request {request_id} of yours")
    batches = ports.requests.batches(request)
    flow = ports.flows.version(request.flow)
    return Detail(
        request=request,
        batches=batches,
        events=ports.requests.events(request.subject),
        trace=ports.requests.trace(request_id),
        access_details=access_details(ports, request, batches) if _uses(request, viewer) else (),
        extensions_left=extensions_left(request, flow),
        extension_for=extension_for(flow),
    )


def access_details(
    ports: Ports, request: AccessRequest, batches: Collection[Batch]
) -> tuple[str, ...]:
    """How to use what is held now: the integration's own words, else the connector's, each once."""
    if request.status is not Status.ACTIVE:
        return ()
    integrations = ports.flows.integrations()
    held = [batch for batch in batches if batch.state is BatchState.GRANTED]
    told = (
        integrations[batch.integration].access_details
        or ports.connectors[batch.family].access_details(integrations[batch.integration], batch)
        for batch in held
    )
    return tuple(dict.fromkeys(told))


def list_requests(
    ports: Ports,
    person: Person,
    *,
    as_grantee: bool,
    statuses: Collection[Status],
    cursor: str | None,
) -> Page:
    """What a person has asked for, or was asked for on their behalf, newest first."""
    find = ports.requests.of_grantee if as_grantee else ports.requests.of_requester
    return find(person.id, statuses=statuses, cursor=cursor)


def _may_see(ports: Ports, request: AccessRequest, viewer: Person, now: datetime) -> bool:
    if viewer.id in request.concerned or Role.ADMIN in viewer.roles:
        return True
    delegators = ports.directory.delegators(viewer.id, now)
    return may_decide(request, flow_asking(ports, request), viewer, now, delegators)


def _uses(request: AccessRequest, viewer: Person) -> bool:
    return viewer.id == request.grantee_id
