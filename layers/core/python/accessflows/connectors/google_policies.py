"""Allow policies of Google Cloud projects, and in them the bindings of one grant. Pure.

A grant's bindings are known by the title of their condition, `accessflows-{grant id}`, which also
keeps them apart from all others. They end by themselves. No other binding is ever changed.
Source: Google Cloud IAM documentation, "Understanding allow policies" and "Manage conditional role
bindings"; API reference, "Policy"."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from accessflows.model.request import Batch

Policy = Mapping[str, Any]

# Source: Google Cloud IAM, "Quotas and limits". They cannot be raised.
MOST_PRINCIPALS = 1_500
MOST_OF_ONE_ROLE_AND_PRINCIPAL = 20
# Conditions are understood from this version on.
_VERSION = 3
# A binding without an end needs a condition all the same, to be told from others.
_NEVER = "9999-12-31T23:59:59Z"
_EXPRESSION = re.compile(r'request\.time < timestamp\("([0-9TZ:-]{20})"\)')


def title_of(batch: Batch) -> str:
    return f"accessflows-{batch.grant_id}"


def member_of(principal: str) -> str:
    """A workforce identity is written in full, a Google account is its address."""
    return principal if principal.startswith("principal://") else f"user:{principal}"


def bindings_of(batch: Batch, roles: Iterable[str], until: datetime | None) -> list[dict[str, Any]]:
    """What gives the batch's principal these roles until then."""
    end = _NEVER if until is None else until.strftime("%Y-%m-%dT%H:%M:%SZ")
    condition = {
        "title": title_of(batch),
        "expression": f'request.time < timestamp("{end}")',
    }
    member = member_of(batch.principal)
    return [
        {"role": role, "members": [member], "condition": condition} for role in sorted(set(roles))
    ]


def ours(policy: Policy, batch: Batch) -> list[dict[str, Any]]:
    """The batch's bindings, as they are, in order of their roles."""
    found = [b for b in policy.get("bindings", ()) if _title(b) == title_of(batch)]
    return sorted(found, key=lambda binding: str(binding["role"]))


def with_ours(policy: Policy, batch: Batch, bindings: list[dict[str, Any]]) -> dict[str, Any]:
    """The policy with these as the batch's only bindings, to be written over what was read."""
    others = [b for b in policy.get("bindings", ()) if _title(b) != title_of(batch)]
    return {**policy, "version": _VERSION, "bindings": [*others, *bindings]}


def end_of(binding: Mapping[str, Any]) -> datetime | None:
    """When the binding ends; none for never. Raises ValueError for a condition that is not ours."""
    found = _EXPRESSION.fullmatch(binding["condition"]["expression"])
    if found is None:
        raise ValueError("the condition is not the one that was set")
    return None if found[1] == _NEVER else datetime.fromisoformat(found[1])


def full(policy: Policy, batch: Batch, roles: Iterable[str]) -> tuple[int, int, int, str] | None:
    """The limit, what is needed, what is held and of what, where the roles do not fit."""
    wanted = set(roles)
    others = with_ours(policy, batch, [])["bindings"]
    principals = sum(len(binding["members"]) for binding in others)
    if principals + len(wanted) > MOST_PRINCIPALS:
        return MOST_PRINCIPALS, len(wanted), principals, "principals in a project's policy"
    member = member_of(batch.principal)
    held = Counter(binding["role"] for binding in others if member in binding["members"])
    for role in sorted(wanted):
        if held[role] + 1 > MOST_OF_ONE_ROLE_AND_PRINCIPAL:
            return MOST_OF_ONE_ROLE_AND_PRINCIPAL, 1, held[role], f"bindings of {role} to {member}"
    return None


def _title(binding: Mapping[str, Any]) -> str | None:
    return (binding.get("condition") or {}).get("title")
