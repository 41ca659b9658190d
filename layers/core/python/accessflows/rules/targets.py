"""Targets: does a flow speak of this entitlement. Pure.

Bundles and access scopes are evaluated as they stand now: a flow names them and pins nothing. What
a catalogue lacks takes in nothing."""

from collections.abc import Iterable
from typing import assert_never

from accessflows.model.flow import AccessFlow
from accessflows.model.target import (
    AllExcept,
    BundleTarget,
    ByName,
    ByTags,
    Catalogue,
    Entitlement,
    IntegrationTarget,
    Resource,
    Resources,
    ScopeTarget,
    Target,
)
from accessflows.rules import scope_query

NOTHING_NAMED = Catalogue()


def covers(
    flow: AccessFlow,
    entitlement: Entitlement,
    resource: Resource,
    catalogue: Catalogue = NOTHING_NAMED,
) -> bool:
    """Whether some target of the flow takes in the permission on the resource."""
    return take_in(flow.targets, resource, entitlement.permission, catalogue)


class TargetsByName:
    """Targets, of which those that name resources are found by the name.

    So that a thousand flows of one resource each cost no more to look through than one.
    """

    def __init__(self, targets: Iterable[Target]) -> None:
        self._by_name: dict[tuple[str, str, str], list[Target]] = {}
        self._others: list[Target] = []
        for target in targets:
            match target:
                case IntegrationTarget(resources=ByName(names=names)):
                    for name in names:
                        place = (target.integration, target.resource_type, name)
                        self._by_name.setdefault(place, []).append(target)
                case _:
                    self._others.append(target)

    def near(self, resource: Resource) -> list[Target]:
        """Those that may take in something of the resource, among them all that do."""
        place = (resource.integration, resource.resource_type, resource.name)
        return [*self._by_name.get(place, ()), *self._others]


def take_in(
    targets: Iterable[Target], resource: Resource, permission: str, catalogue: Catalogue
) -> bool:
    """Whether some of the targets takes in the permission on the resource."""
    return any(_takes_in(target, resource, permission, catalogue) for target in targets)


def _takes_in(target: Target, resource: Resource, permission: str, catalogue: Catalogue) -> bool:
    match target:
        case IntegrationTarget():
            return (
                target.integration == resource.integration
                and target.resource_type == resource.resource_type
                and permission in target.permissions
                and selects(target.resources, resource)
            )
        case ScopeTarget(access_scope=name):
            scope = catalogue.access_scopes.get(name)
            return (
                scope is not None
                and resource.integration in catalogue.integrations
                and scope_query.holds(scope_query.parse(scope.query), resource, permission)
            )
        case BundleTarget(bundle=name):
            bundle = catalogue.bundles.get(name)
            return bundle is not None and take_in(bundle.targets, resource, permission, catalogue)
        case _:
            assert_never(target)


def selects(resources: Resources, resource: Resource) -> bool:
    """Whether a selection takes in the resource. Several tag keys are AND, values of one OR."""
    match resources:
        case "any":
            return True
        case ByName(names=names):
            return resource.name in names
        case ByTags(tags=tags):
            return all(resource.tags.get(key) in values for key, values in tags.items())
        case AllExcept(except_=excepted):
            return not selects(excepted, resource)
        case _:
            assert_never(resources)
