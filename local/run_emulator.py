"""Runs in the emulator's own environment, instead of its command: the emulator, less four habits.

For each process of a function it unpacks all layers, thousands of files, and deletes them after;
it starts a Python that imports everything anew; it parses the condition of a query for each row
that it looks through; and for one page of an index it looks through all rows of the partition. None
of it changes what it answers, and together they are most of what a local stack costs. So layers are
unpacked once here, processes are forked from one that has imported them (ready_python.py),
conditions parsed once, and an index gives the rows of the page. The emulator's version is pinned:
these names are its own, and a missing one stops the start.
"""

import hashlib
import json
import operator
import os
import re
import select
import signal
import socket
import subprocess
import sys
import tempfile
import zipfile
from contextvars import ContextVar
from functools import cache, lru_cache
from itertools import islice
from pathlib import Path
from threading import Lock
from types import SimpleNamespace
from typing import Any

from ministack.app import main
from ministack.core import lambda_runtime
from ministack.services import dynamodb

# Beside the names of indexes, of which none is like this.
_SORTED = "(sorted)"
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

_READY = Path(__file__).with_name("ready_python.py")
_LAYERS = "_LAMBDA_LAYERS_DIRS"


class Ready:
    """A Python that has imported what a function's layers hold, and forks its processes."""

    def __init__(self, folders: tuple[str, ...], told: tuple[tuple[str, str], ...] = ()) -> None:
        """told: what of their environment matters while it imports."""
        self._orders, theirs = socket.socketpair()
        self._lock = Lock()
        # It lives as long as this process holds its end of the socket.
        subprocess.Popen(
            [sys.executable, "-P", str(_READY), *folders],
            env={**os.environ, **dict(told)},
            stdin=theirs.fileno(),
        )
        theirs.close()

    def start(self, script: str, folder: str, environment: dict[str, str]) -> "Forked":
        order = {"script": script, "folder": folder, "environment": environment}
        (stdin, to_stdin), (stdout, to_stdout), (stderr, to_stderr), (gone, held) = (
            os.pipe() for _ in range(4)
        )
        given = (stdin, to_stdout, to_stderr, held)
        with self._lock:
            socket.send_fds(self._orders, [json.dumps(order).encode() + b"\n"], given)
            for end in given:
                os.close(end)
            answer = self._orders.recv(64)
        if not answer:
            raise RuntimeError("the Python that functions are forked from ended; see the log")
        return Forked(int(answer), (to_stdin, stdout, stderr), gone)


class Forked:
    """The process of a function, as far as the emulator deals with one. Its code is not known."""

    def __init__(self, pid: int, streams: tuple[int, int, int], gone: int) -> None:
        self.pid = pid
        self.stdin = os.fdopen(streams[0], "w", buffering=1, encoding="utf-8")
        self.stdout = os.fdopen(streams[1], encoding="utf-8")
        self.stderr = os.fdopen(streams[2], encoding="utf-8", errors="replace")
        self._gone = os.fdopen(gone, "rb", buffering=0)

    def poll(self) -> int | None:
        return 0 if self._is_gone_within(0) else None

    def wait(self, timeout: float) -> int:
        if not self._is_gone_within(timeout):
            raise subprocess.TimeoutExpired("a function's process", timeout)
        return 0

    def terminate(self) -> None:
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        self._signal(signal.SIGKILL)

    def _signal(self, which: signal.Signals) -> None:
        if self.poll() is None:
            os.kill(self.pid, which)

    def _is_gone_within(self, seconds: float) -> bool:
        ended = select.poll()
        ended.register(self._gone)
        return bool(ended.poll(seconds * 1000))


_ready = cache(Ready)
_readying = Lock()


def _start(command: list[str], **options: Any) -> Any:
    """A process, forked where it is that of a function in Python with layers."""
    environment: dict[str, str] = options["env"]
    layers = environment.get(_LAYERS)
    if command[0] != sys.executable or not layers:
        return subprocess.Popen(command, **options)
    folders = [Path(layer, "python").resolve() for layer in layers.split(os.pathsep)]
    # A logger reads its level and its service's name when it is made.
    told = sorted(pair for pair in environment.items() if pair[0].startswith("POWERTOOLS_"))
    with _readying:
        ready = _ready(tuple(str(folder) for folder in folders if folder.is_dir()), tuple(told))
    return ready.start(command[1], options["cwd"], environment)


lambda_runtime.subprocess = SimpleNamespace(**vars(subprocess) | {"Popen": _start})

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
_query_as_emulated = dynamodb._query
_members_as_emulated = dynamodb._index_members
_index_as_emulated = dynamodb._index_item
_asked: ContextVar[dict[str, Any] | None] = ContextVar("asked", default=None)


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


def _query(data: dict[str, Any]) -> Any:
    asked = _asked.set(data)
    try:
        return _query_as_emulated(data)
    finally:
        _asked.reset(asked)


def _members(table: dict[str, Any]) -> dict[str, Any]:
    """Index -> partition -> keys of its rows. Of what a query asks for, only what it gives."""
    members: dict[str, Any] = _members_as_emulated(table)
    data = _asked.get() or {}
    clauses = _clauses(data.get("KeyConditionExpression", ""))
    index, limit = data.get("IndexName"), data.get("Limit")
    # A page that goes on from another is left to the emulator.
    if not clauses or not limit or index not in members or data.get("ExclusiveStartKey"):
        return members
    names, values = data["ExpressionAttributeNames"], data["ExpressionAttributeValues"]
    wanted = {names[name]: (holds, [values[one]["S"] for one in of]) for name, holds, of in clauses}
    (of_partition,), (of_row,) = dynamodb._index_key_lists(dynamodb._index_def(table, index))
    _, (partition,) = wanted.pop(of_partition)
    rows = _sorted_rows(table, members, index, partition, of_row)
    within = (
        (pk, sk)
        for key, pk, sk in (rows if data.get("ScanIndexForward", True) else reversed(rows))
        if all(holds(key, *operands) for holds, operands in wanted.values())
    )
    return members | {index: {partition: list(islice(within, limit))}}


def _sorted_rows(
    table: dict[str, Any], members: dict[str, Any], index: str, partition: str, of_row: str
) -> list[tuple[str, str, str]]:
    """A partition of an index as the index orders it, kept until a row of the table changes."""
    kept = members.setdefault(_SORTED, {})
    if (index, partition) not in kept:
        items, rows = table["items"], members[index].get(partition, ())
        kept[index, partition] = sorted((items[pk][sk][of_row]["S"], pk, sk) for pk, sk in rows)
    found: list[tuple[str, str, str]] = kept[index, partition]
    return found


def _index_item(table: dict[str, Any], *change: Any, **how: Any) -> None:
    table.get(dynamodb._INDEX_MEMBERS, {}).pop(_SORTED, None)
    _index_as_emulated(table, *change, **how)


dynamodb._query = _query
dynamodb._index_members = _members
dynamodb._index_item = _index_item
dynamodb._evaluate_condition = _evaluate
dynamodb._index_order_value = _order

if __name__ == "__main__":
    sys.exit(main())
