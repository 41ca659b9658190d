"""Extend: let active access end later, as often as its flow allows."""

from datetime import datetime

from accessflows.actions.contend import decide_anew
from accessflows.model.person import Person
from accessflows.model.refusal import NotExtendable, NotFound
from accessflows.model.request import AccessRequest
from accessflows.ports import Ports
from accessflows.rules import extension


def extend(ports: Ports, request_id: str, person: Person, now: datetime) -> AccessRequest:
    """Move the end of active access on; its requester or grantee may.

    Only the row changes here: `dispatch` starts a machine that moves the end at the target.
    Raises NotFound for everybody else, and what rules.extension.extend raises.
    """

    def once() -> AccessRequest:
        request = ports.requests.get(request_id)
        if person.id not in request.concerned:
            raise NotFound(f"there is no request {request_id} of yours")
        if not ports.directory.person(request.grantee_id).active:
            raise NotExtendable("whoever holds this access is deactivated; it is not extended")
        flow = ports.flows.version(request.flow)
        change = extension.extend(request, flow, actor=person.id, now=now)
        ports.requests.commit(request, change)
        return change.request

    return decide_anew(once)
