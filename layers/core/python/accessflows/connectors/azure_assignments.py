"""Role assignments of Azure: where they are, what they are called and what they say. Pure.

One for all grants of the same permission to the same person at the same scope, since Azure holds
no second one. Its name is made of the three: whoever makes it makes the same, and whoever takes it
away finds it. Azure ends none by itself: the end is noted in the description, for people and for
`observe`.
Source: Azure RBAC documentation, "Understand Azure role assignments"."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote, unquote
from uuid import UUID, uuid5

from accessflows.model.target import Entitlement

SUBSCRIPTION = "subscription"
RESOURCE_GROUP = "resource_group"
ASSIGNMENTS = "/providers/Microsoft.Authorization/roleAssignments"

GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_NAMES = UUID("6d1e3c9e-52a4-5f0b-9a55-0c1c3f0f7b11")
_US = "Access Flows"
_NOTE = re.compile(rf"{_US} until (\S{{20}})")


def scope_of(entitlement: Entitlement) -> str:
    """The scope's id. A resource group is named `{subscription}/{group}`."""
    subscription, _, group = entitlement.resource.partition("/")
    found = f"/subscriptions/{quote(subscription, safe='')}"
    return f"{found}/resourceGroups/{quote(group, safe='')}" if group else found


def subscription_of(entitlement: Entitlement) -> str:
    return entitlement.resource.partition("/")[0]


def name_of(entitlement: Entitlement, principal: str) -> str:
    """The name of our assignment, a GUID."""
    what = entitlement.integration, scope_of(entitlement).lower(), entitlement.permission
    return str(uuid5(_NAMES, "|".join((*what, principal))))


def document(
    entitlement: Entitlement, role: str, principal: str, until: datetime | None
) -> dict[str, Any]:
    """role: the GUID of its definition."""
    subscription = subscription_of(entitlement)
    definition = (
        f"/subscriptions/{subscription}/providers/Microsoft.Authorization/roleDefinitions/{role}"
    )
    end = "without an end" if until is None else f"until {until.strftime('%Y-%m-%dT%H:%M:%SZ')}"
    return {
        "properties": {
            "roleDefinitionId": definition,
            "principalId": principal,
            "description": f"{_US} {end}",
        }
    }


def role_of(found: Mapping[str, Any]) -> str:
    """The GUID of the role definition that is assigned."""
    return str(found["properties"]["roleDefinitionId"]).rpartition("/")[2].lower()


def is_at(found: Mapping[str, Any], scope: str) -> bool:
    """Whether it is at this very scope. Ids in Azure differ in no letter's case."""
    return str(found["properties"]["scope"]).rstrip("/").lower() == unquote(scope).lower()


def end_of(found: Mapping[str, Any]) -> datetime | None:
    """The end that is noted, if any. Raises ValueError for what is no instant."""
    noted = _NOTE.fullmatch(found["properties"].get("description") or "")
    return datetime.fromisoformat(noted[1]) if noted else None


def is_noted(found: Mapping[str, Any]) -> bool:
    """Whether its description is one of ours, of whatever integration."""
    return str(found["properties"].get("description") or "").startswith(f"{_US} ")
