"""Runs in the emulator's own environment, instead of its command: the emulator, less two habits.

It unpacks all layers, thousands of files, for each process of a function, and deletes them after;
and it parses the condition of a query anew for each row of the partition that it looks through.
Neither changes what it answers, and together they are most of what a local stack costs. So layers
are unpacked once here, and conditions parsed once. The emulator's version is pinned: these names
are its own, and a missing one stops the start.
"""

import hashlib
import operator
import re
import sys
import tempfile
import zipfile
from functools import lru_cache
from pathlib import Path
from threading import Lock
from types import SimpleNamespace
from typing import Any

from ministack.app import main
from ministack.core import lambda_runtime
from ministack.services import dynamodb

_UNPACKED = Path(tempfile.gettempdir()) / "unpacked"
_unpacking = Lock()


class UnpackedOnce:
    """What the emulator needs of a zip file. Its folders become links to one that is shared."""

    def __init__(self, file: str) -> None:
        self._file = Path(file)

    def __enter__(self) -> "UnpackedOnce":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.unlink()

    def namelist(self) -> tuple[str, ...]:
        """Nothing to look through for paths that lead outside: `extractall` lets none out."""
        return ()

    def extractall(self, folder: str) -> None:
        kept = _UNPACKED / hashlib.sha256(self._file.read_bytes()).hexdigest()
        with _unpacking:
            if not kept.exists():
                unfinished = Path(tempfile.mkdtemp(dir=_UNPACKED))
                with zipfile.ZipFile(self._file) as archive:
                    archive.extractall(unfinished)
                unfinished.rename(kept)
        link = Path(folder)
        link.rmdir()
        link.symlink_to(kept)


_UNPACKED.mkdir(exist_ok=True)
lambda_runtime.zipfile = SimpleNamespace(
    ZipFile=UnpackedOnce, BadZipFile=zipfile.BadZipFile, LargeFileError=zipfile.LargeZipFile
)

_CLAUSE = re.compile(
    r"\(*(?P<name>#\w+) (?P<sign>=|<=|<|>=|>) (?P<value>:\w+)\)*"
    r"|\(*(?P<between>#\w+) BETWEEN (?P<least>:\w+) AND (?P<most>:\w+)\)*"
    r"|\(*begins_with ?\((?P<begins>#\w+), ?(?P<start>:\w+)\)+"
)
_COMPARES = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_as_emulated = dynamodb._evaluate_condition
_order_as_emulated = dynamodb._index_order_value


@lru_cache(maxsize=4096)
def _clauses(expression: str) -> tuple[tuple[str, Any, tuple[str, ...]], ...]:
    """Alias, comparison and values of each part of the condition of a query; none where it has
    another form than PynamoDB gives it."""
    found: list[tuple[str, Any, tuple[str, ...]]] = []
    for part in re.split(r" AND (?!:)", expression):
        match = _CLAUSE.fullmatch(part)
        if match is None:
            return ()
        named = match.groupdict()
        if named["name"]:
            found.append((named["name"], _COMPARES[named["sign"]], (named["value"],)))
        elif named["between"]:
            limits = (named["least"], named["most"])
            found.append((named["between"], _is_between, limits))
        else:
            found.append((named["begins"], str.startswith, (named["start"],)))
    return tuple(found)


def _order(item: dict[str, dict[str, Any]], name: str, kind: str) -> Any:
    """What an item is sorted by."""
    held = item.get(name) if kind == "S" else None
    return held["S"] if held and "S" in held else _order_as_emulated(item, name, kind)


def _is_between(value: str, least: str, most: str) -> bool:
    return least <= value <= most


def _evaluate(
    expression: str,
    item: dict[str, dict[str, Any]],
    values: dict[str, dict[str, Any]],
    names: dict[str, str],
    slot: str = "ConditionExpression",
) -> bool:
    """Keys are texts in all our tables; whatever else there is, the emulator compares itself."""
    clauses = _clauses(expression) if slot == "KeyConditionExpression" else ()
    try:
        for name, holds, wanted in clauses:
            if not holds(item[names[name]]["S"], *(values[one]["S"] for one in wanted)):
                return False
    except KeyError:
        clauses = ()
    return bool(clauses) or _as_emulated(expression, item, values, names, slot=slot)


dynamodb._evaluate_condition = _evaluate
dynamodb._index_order_value = _order

if __name__ == "__main__":
    sys.exit(main())
