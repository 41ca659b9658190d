"""Holders: who has access now, of all that stands at targets, looked through page by page."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from accessflows.model.limits import MOST_REQUESTS_EXAMINED, PAGE_SIZE
from accessflows.model.person import Person
from accessflows.model.refusal import BadInput
from accessflows.model.request import AccessRequest, Batch, BatchState, Status
from accessflows.model.target import Entitlement
from accessflows.ports import Page, Ports, resource_key
from accessflows.rules.planning import ResourceKey

# What may be there: access that is being taken away has not gone yet.
AT_A_TARGET = (Status.REVOKING, Status.GRANTING, Status.ACTIVE)
_MAY_BE_THERE = frozenset({BatchState.CLAIMED, BatchState.GRANTED})


class Sought(NamedTuple):
    """Whose access to what is looked for. takes: by the request alone; holds: by what it gives."""

    takes: Callable[[AccessRequest], bool]
    holds: Callable[[Entitlement], bool] = lambda _: True


class Held(NamedTuple):
    """A request, and what of it is, or may be, at its targets."""

    request: AccessRequest
    entitlements: tuple[Entitlement, ...]


class Holders(NamedTuple):
    """Some of what is held, their people by id. examined: open requests that were looked at.

    cursor: of what was not looked at yet, if anything.
    """

    held: tuple[Held, ...]
    people: dict[str, Person]
    examined: int
    cursor: str | None


def at_place(place: ResourceKey) -> Sought:
    """Whoever has something of one resource."""
    return Sought(
        takes=lambda request: place[0] in {batch.integration for batch in request.batches},
        holds=lambda entitlement: resource_key(entitlement) == place,
    )


def held_by(ports: Ports, person_id: str) -> tuple[Held, ...]:
    """All that one person holds."""
    theirs = ports.requests.open_of_grantee(person_id)
    return tuple(_held(ports, theirs, Sought(lambda request: request.status in AT_A_TARGET)))


def holders(ports: Ports, sought: Sought, cursor: str | None = None) -> Holders:
    """The next ones, of Revoking, Granting and Active; perhaps few while there is a cursor.

    Raises BadInput for a cursor that no list gave.
    """
    found: list[Held] = []
    examined = 0
    for page, rest in _pages(ports, cursor):
        found += _held(ports, page.requests, sought)
        examined += len(page.requests)
        cursor = rest
        if len(found) >= PAGE_SIZE or examined >= MOST_REQUESTS_EXAMINED:
            break
    else:
        cursor = None
    concerned = {person_id for one in found for person_id in one.request.concerned}
    return Holders(tuple(found), dict(ports.directory.people(sorted(concerned))), examined, cursor)


def _held(ports: Ports, page: Sequence[AccessRequest], sought: Sought) -> Iterator[Held]:
    taken = [request for request in page if sought.takes(request)]
    batches = ports.requests.batches_by_request(taken) if taken else {}
    for request in taken:
        there = tuple(e for batch in batches[request.id] for e in _there(batch) if sought.holds(e))
        if there:
            yield Held(request, there)


def _there(batch: Batch) -> tuple[Entitlement, ...]:
    return batch.entitlements if batch.state in _MAY_BE_THERE else ()


def _pages(ports: Ports, cursor: str | None) -> Iterator[tuple[Page, str | None]]:
    """Each page of open requests, with the cursor of what follows it."""
    begin, within = _place(cursor)
    for number in range(begin, len(AT_A_TARGET)):
        while True:
            page = ports.requests.open_with(AT_A_TARGET[number], cursor=within)
            within = page.cursor
            is_last = within is None and number == len(AT_A_TARGET) - 1
            if within is None:
                yield page, None if is_last else f"{number + 1}."
                break
            yield page, f"{number}.{within}"


def _place(cursor: str | None) -> tuple[int, str | None]:
    if cursor is None:
        return 0, None
    number, dot, within = cursor.partition(".")
    if not dot or number not in {"0", "1", "2"}:
        raise BadInput("this cursor is none that a list gave; begin without one", field="cursor")
    return int(number), within or None
