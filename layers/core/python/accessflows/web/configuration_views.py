"""What the API shows admins of the configuration: entries as files write them, and about them."""

from collections.abc import Mapping
from typing import Any

from accessflows.actions.look_up import History, Placed, PlacedPage, PlacedSettings
from accessflows.model.configuration import Entry
from accessflows.model.event import Event
from accessflows.model.flow import AccessFlow, ResourceAccess
from accessflows.model.integration import Integration
from accessflows.rules.description import describe
from accessflows.rules.resource_access import compiled


def page_view(page: PlacedPage) -> dict[str, Any]:
    return {"entries": [placed_view(placed) for placed in page.entries], "cursor": page.cursor}


def placed_view(placed: Placed, description: str | None = None) -> dict[str, Any]:
    """`content` is what may be sent back changed; the rest is the product's to say."""
    return {
        "id": placed.entry.id,
        "version": placed.version,
        "origin": placed.origin.value,
        **(_changed(placed.changed) if placed.changed else {}),
        **({"description_generated": description} if description else {}),
        "content": content_view(placed.entry),
    }


def description_of(entry: Entry, integrations: Mapping[str, Integration]) -> str | None:
    """Written anew at each call, so that it never lags behind the flow."""
    return describe(entry, integrations) if isinstance(entry, AccessFlow) else None


def in_words(entry: Entry, integrations: Mapping[str, Integration]) -> str | None:
    """As `description_of`; of request settings, what the flows do that they come to."""
    if isinstance(entry, ResourceAccess):
        return " ".join(describe(flow, integrations) for flow in compiled(entry))
    return description_of(entry, integrations)


def content_view(entry: Entry) -> dict[str, Any]:
    return {name: value for name, value in entry.to_data().items() if name != "version"}


def history_view(history: History) -> dict[str, Any]:
    """Whether it was written or closed, by whom and when; `system` is a deploy of files."""
    return {
        "versions": [
            {
                "version": event.details["version"],
                "closed": event.details.get("closed", False),
                **_changed(event),
                **_agreed(event),
            }
            for event in history.events
        ],
        "cursor": history.cursor,
    }


def settings_view(placed: PlacedSettings) -> dict[str, Any]:
    return {
        "version": placed.version,
        "settings": placed.settings.to_data(),
        "set_in_files": sorted(placed.set_in_files),
    }


def _agreed(event: Event) -> dict[str, Any]:
    """Who agreed to it, where the account wanted two people for it."""
    return {k: event.details[k] for k in ("approved_by",) if k in event.details}


def _changed(event: Event) -> dict[str, Any]:
    return {"changed_at": event.at.isoformat(), "changed_by": event.actor}
