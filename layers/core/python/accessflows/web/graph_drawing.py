"""The access graph as a drawing: people at the left, flows between, resources at the right."""

from urllib.parse import urlencode

from accessflows.actions.access_graph import PersonReach, ResourceReach
from accessflows.model.limits import MOST_DRAWN
from accessflows.model.person import Person
from accessflows.model.target import Resource
from accessflows.web.drawing import Drawing, Node, draw

_HEADINGS = ("People", "Access flows", "Resources")


def of_person(reach: PersonReach) -> Drawing:
    """From one person to as many resources as a drawing holds."""
    shown = reach.resources[:MOST_DRAWN]
    more = len(reach.resources) > len(shown) or reach.cursor is not None
    resources = [_resource_node(one.holding.resource) for one in shown]
    flows = [Node(f"flow:{way.flow.id}", way.flow.name) for way in reach.ways]
    return draw(
        _HEADINGS,
        (
            [_person_node(reach.person)],
            [*flows, *_and_more(f"and {reach.further} more", reach.further > 0)],
            [*resources, *_and_more("and more", more)],
        ),
        [
            *((f"person:{reach.person.id}", node.key) for node in flows),
            *(
                (f"flow:{flow_id}", node.key)
                for one, node in zip(shown, resources, strict=True)
                for flow_id in one.flows
            ),
        ],
    )


def of_resource(reach: ResourceReach) -> Drawing:
    """From as many people as a drawing holds to one resource."""
    resource = _resource_node(reach.resource)
    flows = [Node(f"flow:{way.flow.id}", way.flow.name) for way in reach.ways]
    coming = [
        (person, f"flow:{way.flow.id}")
        for way in reach.ways
        for reaching in way.reaching
        for person in reaching.some.people
    ]
    people = {person.id: person for person, _ in coming}
    shown = [people[person_id] for person_id in list(people)[:MOST_DRAWN]]
    more = len(people) > len(shown) or any(r.some.more for w in reach.ways for r in w.reaching)
    return draw(
        _HEADINGS,
        (
            [*map(_person_node, shown), *_and_more("and more", more)],
            [*flows, *_and_more(f"and {reach.further} more", reach.further > 0)],
            [resource],
        ),
        [
            *((f"person:{person.id}", key) for person, key in coming),
            *((node.key, resource.key) for node in flows),
        ],
    )


def resource_query(resource: Resource) -> str:
    """A resource, as an address names it."""
    return urlencode(
        {
            "integration": resource.integration,
            "resource_type": resource.resource_type,
            "resource": resource.name,
        }
    )


def _person_node(person: Person) -> Node:
    href = f"/admin/graph?{urlencode({'person': person.id})}"
    return Node(f"person:{person.id}", person.name, href)


def _resource_node(resource: Resource) -> Node:
    place = f"{resource.integration}/{resource.resource_type}/{resource.name}"
    return Node(f"resource:{place}", resource.name, f"/admin/graph?{resource_query(resource)}")


def _and_more(label: str, is_there: bool) -> list[Node]:
    return [Node(label, label)] if is_there else []
