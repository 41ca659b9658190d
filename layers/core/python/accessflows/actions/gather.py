"""Gather: read together what mails and pages say about a request."""

from accessflows.actions.approvers import flow_asking
from accessflows.model.dossier import Dossier
from accessflows.model.request import AccessRequest
from accessflows.ports import Ports


def gather(ports: Ports, request: AccessRequest) -> Dossier:
    """The request's flow version, batches, events and people, as they stand now."""
    events = ports.requests.events(request.subject)
    voters = {person_id for vote in request.votes for person_id in vote.people}
    known = {*request.concerned, *voters, *(event.actor for event in events)}
    return Dossier(
        request=request,
        flow=flow_asking(ports, request),
        batches=ports.requests.batches(request),
        events=events,
        people=ports.directory.people(sorted(known)),
        integrations=ports.flows.integrations(),
    )
