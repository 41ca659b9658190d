"""Show a resource: whether it is open to a person, what they may ask for, how to use it."""

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from accessflows.actions.answer import Answer, answer
from accessflows.actions.read import access_details
from accessflows.model.person import Person, Role
from accessflows.model.refusal import BadInput, NoAccessFlow, NotFound, StandingAccess
from accessflows.model.request import OPEN, AccessRequest, Batch, Status
from accessflows.model.target import Resource
from accessflows.model.wish import WantedResource, Wish
from accessflows.ports import Ports, resource_key
from accessflows.rules.lifecycle import standing
from accessflows.rules.planning import Refused, ResourceKey

# Nothing is there yet, and something may come of it.
_ON_THE_WAY = OPEN - {Status.ACTIVE, Status.REVOKING}


class State(StrEnum):
    """How a resource stands to a person. standing: their group has it anyway."""

    LOCKED = "locked"
    PENDING = "pending"
    ACTIVE = "active"
    STANDING = "standing"


class Sight(NamedTuple):
    """A resource as one person sees it.

    asking: what would become of asking for all its permissions now.
    requests: the person's open ones that hold it.
    """

    resource: Resource
    state: State
    asking: Answer
    requests: tuple[AccessRequest, ...]
    access_details: tuple[str, ...]

    @property
    def refused(self) -> tuple[Refused, ...]:
        """What may not be asked for now, and why; nothing that is only left to be written."""
        return tuple(each for each in self.asking.refused if each.type != BadInput.type())


def show_resource(ports: Ports, person: Person, place: ResourceKey, now: datetime) -> Sight:
    """The resource, as it stands to the person.

    Raises NotFound where it is not there, or nothing lets the person ask for it or have it.
    """
    resource = ports.inventory.resources([place]).get(place)
    if resource is None or not resource.permissions:
        raise _not_there(place)
    asking = answer(ports, _everything_of(resource), caller_id=person.id, now=now)
    held = [(request, standing(request, now)[0], b) for request, b in _open(ports, person, place)]
    refused = {each.type for each in asking.refused}
    is_known = held or asking.prospects or refused - {NoAccessFlow.type()}
    if not is_known and Role.ADMIN not in person.roles:
        raise _not_there(place)
    details = (
        said
        for request, status, batches in held
        if status is Status.ACTIVE
        for said in access_details(ports, request, batches)
    )
    return Sight(
        resource=resource,
        state=_state({status for _, status, _ in held}, asking, refused),
        asking=asking,
        requests=tuple(request for request, _, _ in held),
        access_details=tuple(details),
    )


def _state(statuses: set[Status], asking: Answer, refused: set[str]) -> State:
    if Status.ACTIVE in statuses:
        return State.ACTIVE
    if statuses & _ON_THE_WAY:
        return State.PENDING
    has_anyway = StandingAccess.type() in refused and not asking.prospects
    return State.STANDING if has_anyway else State.LOCKED


def _open(
    ports: Ports, person: Person, place: ResourceKey
) -> Iterator[tuple[AccessRequest, tuple[Batch, ...]]]:
    """The person's open requests that hold the resource, with the batches that do."""
    there = [
        request
        for request in ports.requests.open_of_grantee(person.id)
        if place[0] in {batch.integration for batch in request.batches}
    ]
    batches_of = ports.requests.batches_by_request(there)
    for request in there:
        batches = tuple(batch for batch in batches_of[request.id] if _holds(batch, place))
        if batches:
            yield request, batches


def _holds(batch: Batch, place: ResourceKey) -> bool:
    return any(resource_key(entitlement) == place for entitlement in batch.entitlements)


def _everything_of(resource: Resource) -> Wish:
    wanted = WantedResource(
        integration=resource.integration,
        resource_type=resource.resource_type,
        resource=resource.name,
        permissions=resource.permissions,
    )
    return Wish(resources=(wanted,))


def _not_there(place: ResourceKey) -> NotFound:
    integration, resource_type, name = place
    return NotFound(f"there is no {resource_type} {name!r} in {integration!r} for you")
