"""Expand: what named targets hold in the inventory at this moment."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from accessflows.model.limits import MOST_ENTITLEMENTS, MOST_RESOURCES, PAGE_SIZE
from accessflows.model.refusal import BadInput
from accessflows.model.target import Bundle, Catalogue, Entitlement, Resource, Target
from accessflows.ports import Inventory
from accessflows.rules.targets import take_in

# Mostly a page is full after the first few; whoever looks further has to look far.
_READ_FIRST = PAGE_SIZE
_READ_AT_ONCE = 200

Place = tuple[str, str, str]


class Holding(NamedTuple):
    """A resource and those of its permissions that are meant."""

    resource: Resource
    permissions: tuple[str, ...]

    @property
    def entitlements(self) -> tuple[Entitlement, ...]:
        return tuple(
            Entitlement(
                integration=self.resource.integration,
                resource_type=self.resource.resource_type,
                resource=self.resource.name,
                permission=permission,
            )
            for permission in self.permissions
        )


def walk(
    inventory: Inventory, integrations: Iterable[str], after: Place | None = None
) -> Iterator[Resource]:
    """The resources of integrations, in order of integration, type and name.

    after: where an earlier walk stopped, exclusive. Read as far as is asked for, a page at a time.
    """
    for integration in sorted(integrations):
        for resource_type in inventory.resource_types(integration):
            if after is None or (integration, resource_type) > after[:2]:
                yield from _of_type(inventory, integration, resource_type, None)
            elif (integration, resource_type) == after[:2]:
                yield from _of_type(inventory, integration, resource_type, after[2])


def _of_type(
    inventory: Inventory, integration: str, resource_type: str, after: str | None
) -> Iterator[Resource]:
    limit = _READ_FIRST
    while True:
        page = inventory.page(integration, resource_type, after=after, limit=limit)
        yield from page
        if len(page) < limit:
            return
        after, limit = page[-1].name, _READ_AT_ONCE


def held(targets: Iterable[Target], resource: Resource, catalogue: Catalogue) -> Holding:
    """What some targets hold of a resource; perhaps nothing."""
    every = tuple(targets)
    permissions = (p for p in resource.permissions if take_in(every, resource, p, catalogue))
    return Holding(resource, tuple(permissions))


def contents_of(
    inventory: Inventory, bundle: Bundle, catalogue: Catalogue
) -> tuple[Entitlement, ...]:
    """Everything that a bundle holds now.

    Raises BadInput where it holds nothing, or more than one submission may ask for.
    """
    resources = walk(inventory, catalogue.integrations)
    every = (held(bundle.targets, resource, catalogue) for resource in resources)
    found = list(islice((each for each in every if each.permissions), MOST_RESOURCES + 1))
    entitlements = tuple(e for each in found for e in each.entitlements)
    if not found:
        raise BadInput(f"bundle {bundle.id!r} holds nothing now; ask an admin", field="bundles")
    if len(found) > MOST_RESOURCES or len(entitlements) > MOST_ENTITLEMENTS:
        raise BadInput(
            f"bundle {bundle.id!r} holds more than {MOST_RESOURCES} resources or "
            f"{MOST_ENTITLEMENTS} entitlements now; ask for the resources you need",
            field="bundles",
        )
    return entitlements
