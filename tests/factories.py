"""One way to make each value in tests. Every argument has an ordinary default."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any

from accessflows.model.access_link import AccessLink
from accessflows.model.condition import Condition, Group, Junction, Operator
from accessflows.model.delegation import Delegation
from accessflows.model.event import GENESIS
from accessflows.model.flow import AccessFlow, Approval, FlowSettings, Mode
from accessflows.model.integration import Integration, Kind, PrincipalMapping
from accessflows.model.person import Membership, Person, Role
from accessflows.model.roll import Roll, Shift
from accessflows.model.target import (
    AccessScope,
    Bundle,
    Catalogue,
    Entitlement,
    IntegrationTarget,
    Resource,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def a_person(person_id: str = "rita", *, groups: tuple[str, ...] = (), **changes: Any) -> Person:
    return Person.model_validate(
        {
            "id": person_id,
            "name": person_id.capitalize(),
            "emails": (f"{person_id}@example.com",),
            "groups": tuple(Membership(id=g, name=g.capitalize()) for g in groups),
            "attributes": {"aws_principal": (f"user/demo-{person_id}",)},
            **changes,
        }
    )


def a_roll(*shifts: tuple[str, Collection[str] | None]) -> Roll:
    """Who is on call: (schedule id, people), people none where a service did not answer."""
    read = [Shift(s, s.capitalize(), None if p is None else frozenset(p)) for s, p in shifts]
    return Roll(lambda: read)


def a_delegation(delegator: str, delegate: str, **changes: Any) -> Delegation:
    """A day from noon on."""
    return Delegation.model_validate(
        {
            "id": f"{delegator}-{delegate}",
            "delegator_id": delegator,
            "delegate_id": delegate,
            "starts_at": NOON,
            "ends_at": NOON + timedelta(days=1),
            "made_at": NOON,
            **changes,
        }
    )


def is_(attribute: str, *values: str, operator: Operator = Operator.IS) -> Condition:
    return Condition(attribute=attribute, operator=operator, values=values)


def all_of(*conditions: Condition) -> Group:
    return Group(conditions=conditions)


def any_of(*conditions: Condition) -> Group:
    return Group(operator=Junction.OR, conditions=conditions)


def in_group(*names: str) -> Group:
    return all_of(is_("group", *names))


def a_target(**changes: Any) -> IntegrationTarget:
    return IntegrationTarget.model_validate(
        {
            "integration": "aws-demo",
            "resource_type": "s3_bucket",
            "permissions": ("read", "write"),
            **changes,
        }
    )


def an_approval(*groups: str, mode: Mode = Mode.ANY_OF, **changes: Any) -> Approval:
    return Approval(mode=mode, groups=tuple(in_group(group) for group in groups), **changes)


def a_flow(flow_id: str = "buckets", **changes: Any) -> AccessFlow:
    settings = FlowSettings(**changes.pop("settings", {}))
    return AccessFlow.model_validate(
        {
            "id": flow_id,
            "version": 1,
            "name": flow_id.capitalize(),
            "requestors": in_group("engineers"),
            "targets": (a_target(),),
            "grant_duration": timedelta(hours=1),
            "settings": settings,
            **changes,
        }
    )


def an_integration(**changes: Any) -> Integration:
    return Integration.model_validate(
        {
            "id": "aws-demo",
            "name": "Demo account",
            "kind": Kind.AWS_IAM,
            "settings": {"account_id": "000000000000", "principals": ["user/demo-*"]},
            "principal": PrincipalMapping(attribute="aws_principal"),
            **changes,
        }
    )


def a_resource(name: str = "invoices", **changes: Any) -> Resource:
    return Resource.model_validate(
        {
            "integration": "aws-demo",
            "resource_type": "s3_bucket",
            "name": name,
            "permissions": ("read", "write", "admin"),
            **changes,
        }
    )


def an_outsider(name: str = "Olga", **changes: Any) -> Person:
    """Somebody who proved an address by an access link."""
    person_id = f"outsider-{name.lower()}"
    email = f"{name.lower()}@partner.example"
    roles = (Role.EXTERNAL,)
    return a_person(
        person_id, **{"name": name, "emails": (email,), "roles": roles, "attributes": {}, **changes}
    )


def a_link_flow(flow_id: str = "partners", **changes: Any) -> AccessFlow:
    """A flow that is asked by access link."""
    return a_flow(flow_id, trigger="access_link", requestors=None, **changes)


def a_link(**changes: Any) -> AccessLink:
    return AccessLink.model_validate(
        {
            "id": "link-1",
            "flow_id": "partners",
            "name": "Partners",
            "made_by": "ada",
            "made_at": NOON,
            "hash": GENESIS,
            **changes,
        }
    )


def a_scope(query: str, scope_id: str = "found") -> AccessScope:
    return AccessScope(id=scope_id, name=scope_id.capitalize(), query=query)


def a_bundle(*targets: Any, bundle_id: str = "starter", **changes: Any) -> Bundle:
    return Bundle.model_validate(
        {"id": bundle_id, "name": bundle_id.capitalize(), "targets": targets, **changes}
    )


def a_catalogue(*entries: Bundle | AccessScope, **changes: Any) -> Catalogue:
    """What targets may name, with one open integration."""
    return Catalogue.model_validate(
        {
            "bundles": {each.id: each for each in entries if isinstance(each, Bundle)},
            "access_scopes": {each.id: each for each in entries if isinstance(each, AccessScope)},
            "integrations": frozenset({"aws-demo"}),
            **changes,
        }
    )


def an_entitlement(resource: str = "invoices", permission: str = "read") -> Entitlement:
    return Entitlement(
        integration="aws-demo",
        resource_type="s3_bucket",
        resource=resource,
        permission=permission,
    )
