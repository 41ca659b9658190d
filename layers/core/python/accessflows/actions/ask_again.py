"""Ask again: a closed request becomes a new submission, decided by today's flows."""

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from pydantic import Field

from accessflows.actions.submit import submit
from accessflows.model.account import Ticket
from accessflows.model.limits import MOST_JUSTIFICATION_CHARACTERS
from accessflows.model.person import Person
from accessflows.model.refusal import NotFound, NotYours, StillOpen
from accessflows.model.request import CLOSED, AccessRequest
from accessflows.model.value import GrantDuration, Value
from accessflows.model.wish import WantedResource, Wish
from accessflows.ports import Ports
from accessflows.rules.lifecycle import standing


class Again(Value):
    """What is different this time; whatever is absent is as it was."""

    duration: GrantDuration | None = None
    justification: Annotated[str, Field(max_length=MOST_JUSTIFICATION_CHARACTERS)] | None = None
    ticket: Ticket | None = None


def ask_again(
    ports: Ports,
    request_id: str,
    person: Person,
    again: Again,
    *,
    idempotency_key: str | None,
    now: datetime,
    new_id: Callable[[], str],
) -> tuple[AccessRequest, ...]:
    """Submit what a closed request asked for, for the same grantee; its requester may.

    Raises NotFound, NotYours; StillOpen; and whatever `submit` refuses.
    """
    request = ports.requests.get(request_id)
    if person.id not in request.concerned:
        raise NotFound(f"there is no request {request_id} of yours")
    if person.id != request.requester_id:
        raise NotYours("only the person who made this request can make it again")
    status, _ = standing(request, now)
    if status not in CLOSED:
        raise StillOpen(f"this request is {status}; it can be asked again once it is closed")
    return submit(
        ports,
        _wish(ports, request, again),
        caller_id=person.id,
        idempotency_key=idempotency_key,
        now=now,
        new_id=new_id,
    )


def _wish(ports: Ports, request: AccessRequest, again: Again) -> Wish:
    permissions: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for batch in ports.requests.batches(request):
        for one in batch.entitlements:
            permissions[one.integration, one.resource_type, one.resource].append(one.permission)
    was = request.ticket
    ticket = again.ticket or (Ticket(type=was.type, id=was.id) if was else None)
    return Wish(
        grantee_id=request.grantee_id,
        resources=tuple(
            WantedResource(
                integration=integration,
                resource_type=resource_type,
                resource=resource,
                permissions=tuple(wanted),
            )
            for (integration, resource_type, resource), wanted in permissions.items()
        ),
        duration=again.duration or request.duration,
        justification=again.justification or request.justification,
        ticket=ticket,
    )
