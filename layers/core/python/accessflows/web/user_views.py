"""People as admins see them."""

from collections.abc import Iterable
from typing import Any

from accessflows.model.person import CONFIGURATION, INVITED, OUTSIDER, NamedGroup, Person


def user_view(person: Person) -> dict[str, Any]:
    """changeable: what may be changed here; the rest is its sources' to say."""
    return {
        "id": person.id,
        "name": person.name,
        "emails": list(person.emails),
        "active": person.active,
        "roles": list(person.roles),
        "manager": person.manager,
        "groups": [group.to_data() for group in person.groups],
        "phone": next(iter(person.attributes.get("phone", ())), None),
        "sources": sorted(person.by_source),
        "changeable": changeable(person),
    }


def users_view(people: Iterable[Person], cursor: str | None) -> dict[str, Any]:
    return {"users": [user_view(person) for person in people], "cursor": cursor}


def groups_view(groups: Iterable[NamedGroup], cursor: str | None) -> dict[str, Any]:
    return {"groups": [group.to_data() for group in groups], "cursor": cursor}


def changeable(person: Person) -> list[str]:
    """What an admin may change of somebody; their sources say the rest."""
    if person.by_source.keys() == {INVITED}:
        return ["name", "phone", "roles", "active"]
    fixed = person.by_source.keys() & {CONFIGURATION, OUTSIDER}
    return ["active"] if fixed else ["roles", "active"]
