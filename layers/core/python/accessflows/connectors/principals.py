"""Principals: who a person is at an integration, by its mapping. Pure."""

from accessflows.model.integration import Integration
from accessflows.model.person import ADDRESS, Person
from accessflows.model.refusal import NoPrincipal


def only_value(integration: Integration, person: Person) -> str:
    """The one value of the attribute that the integration maps. Raises NoPrincipal.

    `email` is the address that receives mail, where no source holds an attribute of that name.
    """
    attribute = integration.principal.attribute
    values = person.attributes.get(attribute, ())
    if attribute == ADDRESS and not values:
        return person.email
    if not values and person.is_external:
        raise NoPrincipal(
            f"{person.name} is known by an address only, and {integration.name} knows people by "
            f"{attribute}; ask whoever gave you the link to open a system that takes addresses"
        )
    if not values:
        raise NoPrincipal(
            f"{person.name} has no {attribute}, which holds who they are in {integration.name}; "
            "ask an admin to add it"
        )
    if len(values) > 1:
        raise NoPrincipal(
            f"{person.name} has several values of {attribute} ({', '.join(values)}); "
            f"{integration.name} needs exactly one"
        )
    return values[0]
