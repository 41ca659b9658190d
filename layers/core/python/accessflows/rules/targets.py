"""Targets: does a flow speak of this entitlement. Pure."""

from typing import assert_never

from accessflows.model.flow import AccessFlow
from accessflows.model.target import (
    AllExcept,
    ByName,
    ByTags,
    Entitlement,
    IntegrationTarget,
    Resource,
    Resources,
)


def covers(flow: AccessFlow, entitlement: Entitlement, resource: Resource) -> bool:
    """Whether some target of the flow takes in the permission on the resource."""
    return any(
        isinstance(target, IntegrationTarget)
        and target.integration == entitlement.integration
        and target.resource_type == entitlement.resource_type
        and entitlement.permission in target.permissions
        and selects(target.resources, resource)
        for target in flow.targets
    )


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
