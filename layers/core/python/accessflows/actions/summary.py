"""Summary: how a resource, a group or a person is configured, and who has what of it now."""

from datetime import datetime
from typing import NamedTuple

from accessflows.actions.access_graph import leading_to, resource_at, ways_of
from accessflows.actions.holders import Held, Sought, at_place, held_by, holders
from accessflows.model.condition import Condition, Group
from accessflows.model.flow import AccessFlow
from accessflows.model.integration import Integration
from accessflows.model.limits import MOST_PEOPLE_EXAMINED, MOST_SUMMARISED
from accessflows.model.person import NamedGroup, Person
from accessflows.ports import Ports
from accessflows.rules.approvers import asked_groups
from accessflows.rules.planning import ResourceKey


class Line(NamedTuple):
    """A flow, and what it means for the one that the summary is about."""

    flow: AccessFlow
    part: tuple[str, ...]


class Summary(NamedTuple):
    """about: kind and name. lines: the configuration; held: what people have now.

    members: of a group, as far as they were looked up.
    whole: whether all that is held, and every member, was looked at.
    """

    about: tuple[str, str]
    at: datetime
    lines: tuple[Line, ...]
    held: tuple[Held, ...]
    people: dict[str, Person]
    integrations: dict[str, Integration]
    members: tuple[Person, ...] = ()
    whole: bool = True


def of_person(ports: Ports, person: Person, now: datetime) -> Summary:
    counts = ports.flows.snapshot()
    held = held_by(ports, person.id)
    concerned = {p for one in held for p in one.request.concerned}
    return Summary(
        about=("person", person.id),
        at=now,
        lines=tuple(
            Line(way.flow, tuple(how.value for how in way.how))
            for way in ways_of(ports, counts.flows, person)
        ),
        held=held,
        people=dict(ports.directory.people(sorted(concerned))),
        integrations=dict(counts.integrations),
    )


def of_resource(ports: Ports, place: ResourceKey, now: datetime) -> Summary:
    """Raises NotFound."""
    resource = resource_at(ports, place)
    counts = ports.flows.snapshot()
    held, people, whole = _all_held(ports, at_place(place))
    return Summary(
        about=("resource", "/".join(place)),
        at=now,
        lines=tuple(Line(flow, parts) for flow, parts in leading_to(counts, resource)),
        held=held,
        people=people,
        integrations=dict(counts.integrations),
        whole=whole,
    )


def of_group(ports: Ports, group: NamedGroup, now: datetime) -> Summary:
    counts = ports.flows.snapshot()
    inside = Group(conditions=(Condition(attribute="group", values=(group.id,)),))
    members = ports.directory.some_matching(inside, MOST_PEOPLE_EXAMINED)
    ids = {person.id for person in members.people}
    held, people, whole = _all_held(ports, Sought(lambda request: request.grantee_id in ids))
    named = ((flow, _places(flow, group)) for flow in counts.flows)
    return Summary(
        about=("group", group.id),
        at=now,
        lines=tuple(Line(flow, places) for flow, places in named if places),
        held=held,
        people=people,
        integrations=dict(counts.integrations),
        members=members.people,
        whole=whole and not members.more,
    )


def _all_held(ports: Ports, sought: Sought) -> tuple[tuple[Held, ...], dict[str, Person], bool]:
    """All that is held, its people, and whether everything was looked at."""
    held: list[Held] = []
    people: dict[str, Person] = {}
    cursor, examined = None, 0
    while True:
        found = holders(ports, sought, cursor)
        held += found.held
        people |= found.people
        examined += found.examined
        cursor = found.cursor
        if cursor is None or examined >= MOST_SUMMARISED:
            return tuple(held), people, cursor is None


def _places(flow: AccessFlow, group: NamedGroup) -> tuple[str, ...]:
    """Where a flow names the group."""
    words = {group.id.casefold(), group.name.casefold()}

    def names(described: Group | None) -> bool:
        return described is not None and any(
            condition.attribute == "group" and words & set(map(str.casefold, condition.values))
            for condition in described.conditions
        )

    where = {
        "who may ask": names(flow.requestors),
        "for whom": names(flow.request_for.grantees),
        "who approves": any(map(names, asked_groups(flow))),
    }
    return tuple(place for place, is_named in where.items() if is_named)
