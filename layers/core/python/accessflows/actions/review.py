"""Review: an admin writes down what an emergency was about."""

from datetime import datetime

from accessflows.actions.contend import decide_anew
from accessflows.model.person import Person, Role
from accessflows.model.refusal import NotFound
from accessflows.model.request import AccessRequest
from accessflows.ports import Ports
from accessflows.rules import emergency


def review(
    ports: Ports, request_id: str, person: Person, text: str, now: datetime
) -> AccessRequest:
    """Store the review of a use of an emergency flow.

    Raises NotFound for people who may not know of the request, and what rules.emergency.review
    raises.
    """

    def once() -> AccessRequest:
        request = ports.requests.get(request_id)
        if Role.ADMIN not in person.roles and person.id not in request.concerned:
            raise NotFound(f"there is no request {request_id} of yours")
        change = emergency.review(request, person, text, now)
        ports.requests.commit(request, change)
        return change.request

    return decide_anew(once)
