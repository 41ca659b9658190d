"""Consider: a request as somebody sees it who may have to decide it. Changes nothing."""

from datetime import datetime
from typing import NamedTuple

from accessflows.actions.gather import gather
from accessflows.actions.weigh import weigh
from accessflows.model.dossier import Dossier
from accessflows.model.impact import Impact
from accessflows.model.person import Person, Role
from accessflows.model.refusal import NotFound
from accessflows.model.request import Status, Vote
from accessflows.ports import Ports
from accessflows.rules.approval import vote_of
from accessflows.rules.lifecycle import overdue


class Considered(NamedTuple):
    """decides: whether the person may do so now; whose: in whose place, if in anybody's.

    said: what they decided before. impact: while they may decide.
    """

    dossier: Dossier
    decides: bool
    whose: Person | None
    said: Vote | None
    impact: Impact


def consider(ports: Ports, request_id: str, person: Person, now: datetime) -> Considered:
    """Raises NotFound for whoever may not see the request."""
    request = ports.requests.get(request_id)
    dossier = gather(ports, request)
    delegators = ports.directory.delegators(person.id, now)
    vote = vote_of(request, dossier.flow, person, now, delegators)
    said = next((v for v in request.votes if v.person_id == person.id), None)
    is_known = vote or said or person.id in request.concerned or Role.ADMIN in person.roles
    if not is_known:
        raise NotFound(f"there is no request {request_id} for you to decide")
    pending = request.status is Status.PENDING_APPROVAL and not overdue(request, now)
    decides = pending and vote is not None
    return Considered(
        dossier=dossier,
        decides=decides,
        whose=next((one for one in delegators if vote and one.id == vote.on_behalf_of), None),
        said=said,
        impact=weigh(ports, request, dossier.batches, now) if decides else Impact(),
    )
