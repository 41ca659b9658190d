"""What the API shows admins of the changes that wait for a second one of them."""

from datetime import datetime
from typing import Any

from accessflows.actions.decide_change import ChangePage
from accessflows.model.proposed_change import ProposedChange


def changes_view(page: ChangePage, now: datetime) -> dict[str, Any]:
    return {"changes": [change_view(one, now) for one in page.changes], "cursor": page.cursor}


def change_view(change: ProposedChange, now: datetime) -> dict[str, Any]:
    """The change with its content, so that whoever agrees sees to what."""
    data = {k: v for k, v in change.to_data().items() if k not in {"number", "hash"}}
    return {**data, "state": change.state_at(now).value}
