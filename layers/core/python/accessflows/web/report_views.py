"""What the API tells of the access graph and of an audit."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from accessflows.actions.access_graph import PersonReach, Reaching, ResourceReach
from accessflows.actions.audit import Audit
from accessflows.actions.holders import Holders
from accessflows.model.event import Event
from accessflows.model.person import Person
from accessflows.model.target import Resource
from accessflows.web.activity_files import held_data


def person_graph_view(reach: PersonReach) -> dict[str, Any]:
    """further_flows: how many more lead somewhere, and are not followed. cursor: of resources."""
    return {
        "person": {"id": reach.person.id, "name": reach.person.name},
        "flows": [
            {"id": way.flow.id, "name": way.flow.name, "how": [how.value for how in way.how]}
            for way in reach.ways
        ],
        "further_flows": reach.further,
        "resources": [
            {
                **_place(one.holding.resource),
                "permissions": list(one.holding.permissions),
                "flows": list(one.flows),
            }
            for one in reach.resources
        ],
        "cursor": reach.cursor,
    }


def resource_graph_view(reach: ResourceReach, held: Holders, now: datetime) -> dict[str, Any]:
    """Who could have it, and who has. cursor: of open requests that were not looked at yet."""
    return {
        "resource": _place(reach.resource),
        "flows": [
            {
                "id": way.flow.id,
                "name": way.flow.name,
                "permissions": list(way.permissions),
                "reached_by": list(map(_reaching, way.reaching)),
            }
            for way in reach.ways
        ],
        "further_flows": reach.further,
        "access": [held_data(one, held.people, now) for one in held.held],
        "cursor": held.cursor,
    }


def audit_view(found: Audit) -> dict[str, Any]:
    """holds: whether all events shown follow from each other; broken_at: the first that does not.

    head_agrees: whether the row they belong to names the last of them; null where none does.
    """
    return {
        "subject": found.subject,
        "holds": found.broken is None,
        "broken_at": found.broken.number if found.broken else None,
        "head_agrees": found.head_agrees,
        "events": [_event(event, found.people) for event in found.events],
        "cursor": str(found.cursor) if found.cursor else None,
    }


def _event(event: Event, people: Mapping[str, Person]) -> dict[str, Any]:
    person = people.get(event.actor)
    return {**event.to_data(), "actor_name": person.name if person else None}


def _reaching(reaching: Reaching) -> dict[str, Any]:
    return {
        "how": reaching.how.value,
        "condition": reaching.condition or None,
        "people": [{"id": each.id, "name": each.name} for each in reaching.some.people],
        "more": reaching.some.more,
    }


def _place(resource: Resource) -> dict[str, Any]:
    return {
        "integration": resource.integration,
        "resource_type": resource.resource_type,
        "resource": resource.name,
    }
