"""My access: what a person holds now, what ended last, and what they starred."""

from datetime import datetime
from typing import NamedTuple

from accessflows.actions.read import access_details
from accessflows.model.limits import MOST_FAVOURITES
from accessflows.model.person import Person
from accessflows.model.refusal import BadInput, NotFound, NotYours
from accessflows.model.request import AccessRequest, Batch, Status
from accessflows.ports import Ports
from accessflows.rules.lifecycle import standing

RECENT = 3


class Held(NamedTuple):
    """Active access, and how to use it."""

    request: AccessRequest
    batches: tuple[Batch, ...]
    access_details: tuple[str, ...]


class MyAccess(NamedTuple):
    """recent: the requests closed last, the latest first."""

    active: tuple[Held, ...]
    recent: tuple[AccessRequest, ...]
    favourites: tuple[AccessRequest, ...]


def my_access(ports: Ports, person: Person, now: datetime) -> MyAccess:
    """The active access of a person, whoever asked for it, with recent requests and favourites."""
    active = _active(ports, person, now)
    batches_of = ports.requests.batches_by_request(active)
    return MyAccess(
        active=tuple(_held(ports, request, batches_of[request.id]) for request in active),
        recent=ports.requests.closed_last(person.id, RECENT),
        favourites=favourites(ports, person),
    )


def favourites(ports: Ports, person: Person) -> tuple[AccessRequest, ...]:
    """The requests that the person starred, newest first."""
    return ports.requests.several(ports.requests.favourites(person.id))


def star(ports: Ports, request_id: str, person: Person) -> AccessRequest:
    """Make a request a favourite; only one that the person made for themselves.

    Raises NotFound, NotYours; BadInput where there are too many.
    """
    request = ports.requests.get(request_id)
    if person.id not in request.concerned:
        raise NotFound(f"there is no request {request_id} of yours")
    if request.concerned != {person.id}:
        raise NotYours("only a request that you made for yourself can be a favourite")
    starred = ports.requests.favourites(person.id)
    if request_id not in starred and len(starred) >= MOST_FAVOURITES:
        raise BadInput(f"you have {MOST_FAVOURITES} favourites; take one away first")
    ports.requests.star(person.id, request_id)
    return request


def unstar(ports: Ports, request_id: str, person: Person) -> None:
    """Whatever is no favourite stays none."""
    if request_id in ports.requests.favourites(person.id):
        ports.requests.unstar(person.id, request_id)


def _active(ports: Ports, person: Person, now: datetime) -> list[AccessRequest]:
    return [
        request
        for request in ports.requests.open_of_grantee(person.id)
        if standing(request, now)[0] is Status.ACTIVE
    ]


def _held(ports: Ports, request: AccessRequest, batches: tuple[Batch, ...]) -> Held:
    return Held(request, batches, access_details(ports, request, batches))
