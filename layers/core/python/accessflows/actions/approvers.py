"""Approvers: whom the flow of a request asks, and who owns what is asked for."""

from collections.abc import Iterator, Mapping, Sequence

from accessflows.model.condition import Condition, Group, Junction
from accessflows.model.flow import AccessFlow
from accessflows.model.integration import Integration
from accessflows.model.person import Person
from accessflows.model.request import AccessRequest
from accessflows.model.target import Resource
from accessflows.ports import Directory, Flows, Ports, resource_key
from accessflows.rules.approvers import (
    GRANTEE_MANAGER,
    OWNER,
    divided,
    integration_owner,
    owner_called,
    relations,
    spelled_out,
    tagged_owner,
)
from accessflows.rules.planning import Portion, ResourceKey


def flow_asking(ports: Ports, request: AccessRequest) -> AccessFlow:
    """The flow version that the request pins, its approvers spelled out for this request."""
    return flow_asking_by(ports.flows, ports.directory, request)


def flow_asking_by(flows: Flows, directory: Directory, request: AccessRequest) -> AccessFlow:
    """The same, with the two stores that it takes."""
    flow = flows.version(request.flow)
    grantee = None
    if GRANTEE_MANAGER in relations(flow):
        grantee = directory.people([request.grantee_id]).get(request.grantee_id)
    return spelled_out(flow, owner=request.owner, grantee=grantee)


def by_owner(
    directory: Directory,
    integrations: Mapping[str, Integration],
    portions: Sequence[Portion],
    grantee: Person,
    resources: Mapping[ResourceKey, Resource],
) -> Iterator[Portion]:
    """The portions with approvers spelled out, cut by owner where a flow asks for owners."""
    known: dict[tuple[str, str | None], Condition | None] = {}
    for portion in portions:
        parts: Iterator[Portion] = iter((portion,))
        if OWNER in relations(portion.flow):
            keys = {resource_key(entitlement) for entitlement in portion.entitlements}
            owners = {
                key: _owner(directory, integrations[key[0]], resources[key], known) for key in keys
            }
            parts = divided(portion, owners)
        for part in parts:
            flow = spelled_out(part.flow, owner=part.owner, grantee=grantee)
            yield part.but(flow=flow)


def _owner(
    directory: Directory,
    integration: Integration,
    resource: Resource,
    known: dict[tuple[str, str | None], Condition | None],
) -> Condition | None:
    """Whom the resource's tag names, else its integration. known: filled with what is found."""
    word = tagged_owner(resource, integration)
    if (integration.id, word) not in known:
        named = owner_called(word, directory.matching(_called(word))) if word else None
        known[integration.id, word] = named or integration_owner(integration)
    return known[integration.id, word]


def _called(word: str) -> Group:
    conditions = (
        Condition(attribute="group", values=(word,)),
        Condition(attribute="user", values=(word,)),
    )
    return Group(operator=Junction.OR, conditions=conditions)
