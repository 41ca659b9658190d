"""What the API shows of who decides in whose place."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from accessflows.actions.delegate import Both
from accessflows.model.delegation import Delegation
from accessflows.model.person import Person


def delegations_view(both: Both, people: Mapping[str, Person], now: datetime) -> dict[str, Any]:
    """What one gave away and took on, by name."""

    def shown(one: Delegation) -> dict[str, Any]:
        return {
            **delegation_view(one, now),
            "delegator": _name(people, one.delegator_id),
            "delegate": _name(people, one.delegate_id),
        }

    return {"given": list(map(shown, both.given)), "taken": list(map(shown, both.taken))}


def delegation_view(delegation: Delegation, now: datetime) -> dict[str, Any]:
    return {**delegation.to_data(), "running": delegation.runs(now)}


def _name(people: Mapping[str, Person], person_id: str) -> str:
    return people[person_id].name if person_id in people else person_id
