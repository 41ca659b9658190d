"""Forms whose fields are called by their paths in what they write: `groups[0].access.presets`.

Rows are added and taken away by buttons that send the whole form, so that no script is needed."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

Tree = dict[str, Any]

# More than fields of any form, and fewer than would take long.
MOST_FIELDS = 600
_PATH = re.compile(r"[a-z_]+(?:\[\d{1,2}\])?(?:\.[a-z_]+(?:\[\d{1,2}\])?)*")
_STEP = re.compile(r"[a-z_]+|\d+")
_LENGTH = re.compile(r"(\d+) *(m|mins?|minutes?|h|hours?|d|days?)")
_UNITS = {"m": "PT{}M", "h": "PT{}H", "d": "P{}D"}


def read(fields: Mapping[str, Sequence[str]], several: frozenset[str] = frozenset()) -> Tree:
    """What a form holds, in lists and by names. Rows stand in the order of their numbers.

    several: the fields that keep every value, once; of the others the first counts.
    What is called by no path is left out.
    """
    root: Tree = {}
    for name, values in fields.items():
        if not _PATH.fullmatch(name):
            continue
        *steps, last = _STEP.findall(name)
        here = root
        for step in steps:
            here = here.setdefault(step, {})
            if not isinstance(here, dict):
                break
        else:
            kept = [value.strip() for value in values]
            here[last] = [*filter(None, dict.fromkeys(kept))] if name in several else kept[0]
    return {name: _listed(value) for name, value in root.items()}


def press(tree: Tree, fields: Mapping[str, Sequence[str]]) -> None:
    """Add a row to the tree, or take one away, where a button asked for it.

    add: path of a list. drop: path of a row.
    """
    (add, *_), (drop, *_) = fields.get("add", [""]), fields.get("drop", [""])
    if _PATH.fullmatch(add):
        _rows(tree, _STEP.findall(add)).append({})
    elif _PATH.fullmatch(drop) and drop.endswith("]"):
        *steps, number = _STEP.findall(drop)
        listed = _rows(tree, steps)
        del listed[int(number) : int(number) + 1]


def part(tree: Mapping[str, Any], name: str) -> Tree:
    """What stands there by names; nothing where something else does."""
    found = tree.get(name)
    return found if isinstance(found, dict) else {}


def rows(tree: Mapping[str, Any], name: str) -> list[Tree]:
    found = tree.get(name)
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []


def words(text: object) -> list[str]:
    """Parted by commas or lines."""
    written = text if isinstance(text, str) else ""
    return [word for word in (one.strip() for one in re.split(r"[,\n]", written)) if word]


def iso(text: str) -> str:
    """`30m`, `12 hours`, `7d` as files write them; anything else stays for the check to tell."""
    found = _LENGTH.fullmatch(text.strip().lower())
    return _UNITS[found[2][0]].format(found[1]) if found else text.strip()


def short(duration: str) -> str:
    """`PT12H` -> `12h`; anything else as it is."""
    found = re.fullmatch(r"P(?:(\d+)(D)|T(\d+)([HM]))", duration)
    if not found:
        return duration
    number, unit = (found[1], found[2]) if found[1] else (found[3], found[4])
    return f"{number}{unit.lower()}"


def _listed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {name: _listed(one) for name, one in value.items()}
    if inner and all(name.isdecimal() for name in inner):
        return [inner[name] for name in sorted(inner, key=int)]
    return inner


def _rows(tree: Tree, steps: Sequence[str]) -> list[Any]:
    """The list at a path, which is made where there is none; one that nobody sees elsewhere."""
    here: Any = tree
    for step, following in zip(steps, (*steps[1:], None), strict=True):
        if isinstance(here, list):
            here = here[int(step)] if step.isdecimal() and int(step) < len(here) else {}
        elif isinstance(here, dict):
            empty: Any = {} if following and not following.isdecimal() else []
            here = here.setdefault(step, empty)
        else:
            return []
    return here if isinstance(here, list) else []
