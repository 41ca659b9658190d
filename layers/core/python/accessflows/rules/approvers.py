"""Approvers by relation: `owner` and `grantee_manager`, spelled out for one request.

Pure. A relation becomes an ordinary condition about whom it means, so that deciding, telling and
looking people up know conditions only. Who meets it is asked of the directory each time."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence

from accessflows.model.condition import WITHOUT_VALUES, Condition, Group, Junction
from accessflows.model.flow import AccessFlow
from accessflows.model.integration import Integration
from accessflows.model.person import Person
from accessflows.model.target import Entitlement, Resource
from accessflows.rules.planning import Portion, ResourceKey

OWNER = "owner"
GRANTEE_MANAGER = "grantee_manager"
# The active people who meet a group.
Matching = Callable[[Group], Sequence[Person]]
# Neither an id nor an address: nobody is it, so that a negative condition holds for everybody.
_NOBODY = "(nobody)"


def asked_groups(flow: AccessFlow) -> tuple[Group, ...]:
    """The approver groups and the tiers."""
    groups = flow.approval.groups if flow.approval else ()
    return (*groups, *(flow.escalation.tiers if flow.escalation else ()))


def relations(flow: AccessFlow) -> frozenset[str]:
    """Which of the relations its approvers are asked for by."""
    conditions = (c for group in asked_groups(flow) for c in group.conditions)
    return frozenset(c.attribute for c in conditions) & WITHOUT_VALUES


def spelled_out(flow: AccessFlow, *, owner: Condition | None, grantee: Person | None) -> AccessFlow:
    """The flow with each relation replaced by whom it means.

    owner: none where nobody is known to be; grantee: none where they are gone.
    """
    if not relations(flow):
        return flow
    manager = grantee.manager if grantee else None
    meant = {
        OWNER: owner or _user(_NOBODY),
        GRANTEE_MANAGER: _user(manager or _NOBODY),
    }

    def plain(groups: Sequence[Group]) -> tuple[Group, ...]:
        return tuple(
            group.but(conditions=tuple(_plain(c, meant) for c in group.conditions))
            for group in groups
        )

    approval, escalation = flow.approval, flow.escalation
    return flow.but(
        approval=approval and approval.but(groups=plain(approval.groups)),
        escalation=escalation and escalation.but(tiers=plain(escalation.tiers)),
    )


def tagged_owner(resource: Resource, integration: Integration) -> str | None:
    """What the resource's owner tag says, if it has one."""
    return resource.tags.get(integration.owner_tag) if integration.owner_tag else None


def owner_called(word: str, people: Sequence[Person]) -> Condition | None:
    """The group, else the person, that a word names; none if nobody is called so.

    people: those who are in a group of this name, or have it as id or address.
    """
    folded = word.casefold()
    for person in people:
        for group in person.groups:
            if folded in (group.id.casefold(), group.name.casefold()):
                return Condition(attribute="group", values=(group.id,))
    for person in people:
        if folded in person.facts["user"]:
            return _user(person.id)
    return None


def integration_owner(integration: Integration) -> Condition | None:
    """Who answers for the resources of an integration that no tag gives to anybody."""
    owner = integration.owner
    return Condition(attribute=owner.attribute, values=owner.values) if owner else None


def divided(portion: Portion, owners: Mapping[ResourceKey, Condition | None]) -> Iterator[Portion]:
    """The portion cut by owner, in the order asked: each part becomes a request."""
    parts: dict[Condition | None, list[Entitlement]] = defaultdict(list)
    for entitlement in portion.entitlements:
        key = (entitlement.integration, entitlement.resource_type, entitlement.resource)
        parts[owners[key]].append(entitlement)
    for owner, entitlements in parts.items():
        yield portion.but(owner=owner, entitlements=tuple(entitlements))


def by_owner(
    portions: Sequence[Portion],
    *,
    integrations: Mapping[str, Integration],
    grantee: Person,
    resources: Mapping[ResourceKey, Resource],
    matching: Matching,
) -> Iterator[Portion]:
    """The portions with approvers spelled out, cut by owner where a flow asks for owners."""
    known: dict[tuple[str, str | None], Condition | None] = {}
    for portion in portions:
        parts: Iterator[Portion] = iter((portion,))
        if OWNER in relations(portion.flow):
            keys = {(e.integration, e.resource_type, e.resource) for e in portion.entitlements}
            owners = {
                key: _owner(matching, integrations[key[0]], resources[key], known) for key in keys
            }
            parts = divided(portion, owners)
        for part in parts:
            flow = spelled_out(part.flow, owner=part.owner, grantee=grantee)
            yield part.but(flow=flow)


def _owner(
    matching: Matching,
    integration: Integration,
    resource: Resource,
    known: dict[tuple[str, str | None], Condition | None],
) -> Condition | None:
    """Whom the resource's tag names, else its integration. known: filled with what is found."""
    word = tagged_owner(resource, integration)
    if (integration.id, word) not in known:
        named = owner_called(word, matching(_called(word))) if word else None
        known[integration.id, word] = named or integration_owner(integration)
    return known[integration.id, word]


def _called(word: str) -> Group:
    conditions = (
        Condition(attribute="group", values=(word,)),
        Condition(attribute="user", values=(word,)),
    )
    return Group(operator=Junction.OR, conditions=conditions)


def _plain(condition: Condition, meant: Mapping[str, Condition]) -> Condition:
    if condition.attribute not in meant:
        return condition
    return meant[condition.attribute].but(operator=condition.operator)


def _user(word: str) -> Condition:
    return Condition(attribute="user", values=(word,))
