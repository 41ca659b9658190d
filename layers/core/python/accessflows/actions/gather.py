"""Gather: read together what mails and pages say about a request."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from accessflows.actions.approvers import flow_asking
from accessflows.model.dossier import Dossier
from accessflows.model.integration import Integration
from accessflows.model.person import Person
from accessflows.model.request import AccessRequest, Batch
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


class Listed(NamedTuple):
    """What lists say about several requests: of each its first batch, and all of their people."""

    batches: Mapping[str, tuple[Batch, ...]]
    people: Mapping[str, Person]
    integrations: Mapping[str, Integration]


def gather_listed(ports: Ports, requests: Collection[AccessRequest]) -> Listed:
    """All at once, however many requests there are. Further batches are only counted."""
    beginnings = [request.but(batches=request.batches[:1]) for request in requests]
    concerned = {person_id for request in requests for person_id in request.concerned}
    return Listed(
        batches=ports.requests.batches_by_request(beginnings),
        people=ports.directory.people(sorted(concerned)),
        integrations=ports.flows.integrations(),
    )
