"""Access graph: from a person by flows to resources, and back.

As flows, people and inventory stand now, whatever the time of day. Bounded: what is too much to
tell is said to be there."""

from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple

from accessflows.actions.browse import Search, found_in
from accessflows.actions.expand import Holding, held
from accessflows.model.condition import Group
from accessflows.model.flow import AccessFlow, Scope
from accessflows.model.limits import MOST_DRAWN, MOST_FLOWS_DRAWN
from accessflows.model.person import Person
from accessflows.model.refusal import NotFound
from accessflows.model.target import Resource
from accessflows.ports import Ports, Snapshot, SomePeople
from accessflows.rules.conditions import holds
from accessflows.rules.planning import ResourceKey, eligibility


class How(StrEnum):
    """In what way people come to access by a flow."""

    BY_ASKING = "may ask for themselves"
    BY_MANAGER = "their manager may ask for them"
    BY_OTHERS = "others may ask for them"
    STANDING = "have it without asking"
    BY_LINK = "whoever has an access link"


class Way(NamedTuple):
    """A flow that leads a person to something."""

    flow: AccessFlow
    how: tuple[How, ...]


class Reachable(NamedTuple):
    """A resource, what of it could be had, and the flows that lead there."""

    holding: Holding
    flows: tuple[str, ...]


class PersonReach(NamedTuple):
    """What a person could reach. further: how many flows are not followed.

    cursor: of resources that were not looked at yet, if any.
    """

    person: Person
    ways: tuple[Way, ...]
    further: int
    resources: tuple[Reachable, ...]
    cursor: str | None


class Reaching(NamedTuple):
    """People who come to access in one way. condition: what describes them, in words."""

    how: How
    condition: str
    some: SomePeople


class ResourceWay(NamedTuple):
    """A flow that leads to a resource, with what of it, and who comes that way."""

    flow: AccessFlow
    permissions: tuple[str, ...]
    reaching: tuple[Reaching, ...]


class ResourceReach(NamedTuple):
    """Who could reach a resource. further: how many flows are not followed."""

    resource: Resource
    ways: tuple[ResourceWay, ...]
    further: int


def could_reach(ports: Ports, person: Person, cursor: str | None = None) -> PersonReach:
    """What the person could have by any flow. Raises BadInput for a bad cursor."""
    counts = ports.flows.snapshot()
    every = ways_of(ports, counts.flows, person)
    ways = tuple(every[:MOST_FLOWS_DRAWN])
    flows = [way.flow for way in ways]
    found = found_in(ports, counts.catalogue, flows, Search(), cursor)
    resources = (
        Reachable(
            holding,
            tuple(
                flow.id
                for flow in flows
                if held(flow.targets, holding.resource, counts.catalogue).permissions
            ),
        )
        for holding in found.holdings
    )
    return PersonReach(person, ways, len(every) - len(ways), tuple(resources), found.cursor)


def ways_of(ports: Ports, flows: Sequence[AccessFlow], person: Person) -> tuple[Way, ...]:
    """The flows by which a person may come to something, the first to decide first."""
    named = person.manager or ""
    manager = ports.directory.people([named]).get(named) if named else None
    found = ((flow, tuple(_how(flow, person, manager))) for flow in _in_order(flows))
    return tuple(Way(flow, how) for flow, how in found if how)


def leading_to(counts: Snapshot, resource: Resource) -> list[tuple[AccessFlow, tuple[str, ...]]]:
    """The active flows that lead to a resource, with the permissions on it."""
    there = (
        (flow, held(flow.targets, resource, counts.catalogue).permissions)
        for flow in _in_order(counts.flows)
        if flow.active
    )
    return [(flow, permissions) for flow, permissions in there if permissions]


def resource_at(ports: Ports, place: ResourceKey) -> Resource:
    """Raises NotFound."""
    resource = ports.inventory.resources([place]).get(place)
    if resource is None:
        raise NotFound(f"there is no resource {place[2]!r} in the inventory of {place[0]}")
    return resource


def could_be_reached_by(ports: Ports, place: ResourceKey) -> ResourceReach:
    """Who could have a resource by any flow. Raises NotFound."""
    resource = resource_at(ports, place)
    leading = leading_to(ports.flows.snapshot(), resource)
    known: dict[Group, SomePeople] = {}

    def some(group: Group) -> SomePeople:
        # Many flows describe the same people.
        if group not in known:
            known[group] = ports.directory.some_matching(group, MOST_DRAWN)
        return known[group]

    ways = (
        ResourceWay(flow, permissions, tuple(_reaching(flow, some)))
        for flow, permissions in leading[:MOST_FLOWS_DRAWN]
    )
    return ResourceReach(resource, tuple(ways), max(0, len(leading) - MOST_FLOWS_DRAWN))


def _in_order(flows: Sequence[AccessFlow]) -> list[AccessFlow]:
    return sorted(flows, key=lambda flow: (flow.priority, flow.name.casefold(), flow.id))


def _how(flow: AccessFlow, person: Person, manager: Person | None) -> Iterator[How]:
    if not flow.active or not person.active or flow.requestors is None:
        return
    if flow.standing:
        if holds(flow.requestors, person):
            yield How.STANDING
        return
    if eligibility(flow, person, person).why_not is None:
        yield How.BY_ASKING
    scopes, grantees = flow.request_for.scopes, flow.request_for.grantees
    if manager and Scope.DIRECT_REPORTS in scopes and holds(flow.requestors, manager):
        yield How.BY_MANAGER
    if grantees and holds(grantees, person):
        yield How.BY_OTHERS


def _reaching(flow: AccessFlow, some: Callable[[Group], SomePeople]) -> Iterator[Reaching]:
    if flow.requestors is None:
        yield Reaching(How.BY_LINK, "", SomePeople((), True))
        return
    if flow.standing:
        yield Reaching(How.STANDING, str(flow.requestors), some(flow.requestors))
        return
    scopes, grantees = flow.request_for.scopes, flow.request_for.grantees
    if Scope.SELF in scopes:
        yield Reaching(How.BY_ASKING, str(flow.requestors), some(flow.requestors))
    if Scope.DIRECT_REPORTS in scopes:
        yield Reaching(How.BY_MANAGER, f"reports of: {flow.requestors}", SomePeople((), True))
    if grantees:
        yield Reaching(How.BY_OTHERS, str(grantees), some(grantees))
