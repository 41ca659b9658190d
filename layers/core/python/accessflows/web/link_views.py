"""What API and pages show of access links."""

from collections.abc import Sequence
from typing import Any

from accessflows.actions.visit import place_of
from accessflows.model.access_link import AccessLink
from accessflows.notices.links import Purpose, sign

_INSIDES = {"number", "hash"}


def link_view(link: AccessLink, keys: Sequence[str], public_url: str) -> dict[str, Any]:
    """A link with its address, which is the same each time. No limit is null."""
    shown = link.model_dump(mode="json", exclude=_INSIDES)
    return {**shown, "url": address_of(link, keys, public_url)}


def address_of(link: AccessLink, keys: Sequence[str], public_url: str) -> str:
    return f"{public_url}/join/{sign(place_of(link), keys, Purpose.ACCESS)}"
