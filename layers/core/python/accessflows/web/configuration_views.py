"""What the API shows admins of the configuration: entries as files write them."""

from typing import Any

from accessflows.actions.look_up import ConfigurationPage


def page_view(name: str, page: ConfigurationPage) -> dict[str, Any]:
    return {name: [entry.to_data() for entry in page.entries], "cursor": page.cursor}
