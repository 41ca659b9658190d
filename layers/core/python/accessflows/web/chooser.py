"""The chooser: where somebody stands among the lists of New Request, and the buttons that lead on.

Pure."""

import json
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from accessflows.actions.browse import Search
from accessflows.web.draft import several

_LONGEST_SEARCH = 200
# The lists there are; besides them, `flow:{id}` and `scope:{id}` list what one of those opens.
LISTS: Mapping[str, str] = {
    "resources": "All resources",
    "apps": "Apps",
    "bundles": "Bundles",
    "scopes": "Access scopes",
    "flows": "Access flows",
}


class Place(NamedTuple):
    """at: the list. name, types, permissions: what it is narrowed to.

    cursor: of this page; trail: of those before it. look, look_cursor: the bundle whose contents
    are shown, and the page of them. who: part of the name of whom it is for.
    """

    at: str = "resources"
    name: str = ""
    types: tuple[str, ...] = ()
    permissions: tuple[str, ...] = ()
    cursor: str = ""
    trail: tuple[str, ...] = ()
    look: str = ""
    look_cursor: str = ""
    who: str = ""

    @property
    def tab(self) -> str:
        kind = self.at.partition(":")[0]
        return kind if kind in LISTS else f"{kind}s"

    @property
    def only(self) -> str:
        """The id of the flow or access scope whose contents are listed; empty if none's are."""
        return self.at.partition(":")[2]

    @property
    def searched(self) -> str:
        """What the cursors belong to: another search begins at its first page."""
        return json.dumps([self.name, sorted(self.types), sorted(self.permissions)])

    @property
    def search(self) -> Search:
        return Search(name=self.name, resource_types=self.types, permissions=self.permissions)

    @property
    def is_narrowed(self) -> bool:
        return bool(self.name or self.types or self.permissions)

    def led(self, verb: str, where: str) -> "Place":
        """Where a button leads; one that leads nowhere stays."""
        match verb:
            case "search":
                return self._replace(cursor="", trail=(), look="", look_cursor="")
            case "at":
                return Place(at=_known(where), who=self.who)
            case "next":
                return self._replace(cursor=where, trail=(*self.trail, self.cursor))
            case "back" if self.trail:
                return self._replace(cursor=self.trail[-1], trail=self.trail[:-1])
            case "look":
                return self._replace(look=where, look_cursor="")
            case "look-next":
                return self._replace(look_cursor=where)
            case _:
                return self


def read_place(fields: Mapping[str, Sequence[str]]) -> Place:
    """From a form or an address. What is unreadable counts as the beginning."""

    def one(name: str) -> str:
        return fields.get(name, [""])[0].strip()[:_LONGEST_SEARCH]

    flow = one("flow")
    place = Place(
        at=_known(f"flow:{flow}" if flow else one("at")),
        name=one("name"),
        types=several(fields, "type"),
        permissions=several(fields, "permission"),
        cursor=fields.get("cursor", [""])[0],
        trail=_trail(fields.get("trail", ["[]"])[0]),
        look=one("look"),
        look_cursor=fields.get("look_cursor", [""])[0],
        who=one("who"),
    )
    if fields.get("searched", [place.searched])[0] != place.searched:
        return place.led("search", "")
    return place


def button(sent: Sequence[str]) -> tuple[str, str]:
    """What was pressed, and about what: `next:abc` is (next, abc)."""
    verb, _, about = (sent[0] if sent else "").partition(":")
    return verb, about


def _known(at: str) -> str:
    kind, _, of = at.partition(":")
    return at if at in LISTS or (kind in {"flow", "scope"} and of) else "resources"


def _trail(sent: str) -> tuple[str, ...]:
    try:
        match json.loads(sent):
            case [*cursors]:
                return tuple(str(each) for each in cursors)
    except (ValueError, RecursionError):
        pass
    return ()
