"""Runs in the emulator's own environment, instead of its command: the emulator, less three habits.

For each process of a function it unpacks all layers, thousands of files, and deletes them after;
it starts a Python that imports everything anew; and it parses the condition of a query for each row
of the partition that it looks through. None of it changes what it answers, and together they are
most of what a local stack costs. So layers are unpacked once here, processes are forked from one
that has imported them (ready_python.py), and conditions parsed once. The emulator's version is
pinned: these names are its own, and a missing one stops the start.
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
from functools import cache, lru_cache
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

_READY = Path(__file__).with_name("ready_python.py")
_LAYERS = "_LAMBDA_LAYERS_DIRS"


class Ready:
    """A Python that has imported what a function's layers hold, and forks its processes."""

    def __init__(self, folders: tuple[str, ...]) -> None:
        self._orders, theirs = socket.socketpair()
        self._lock = Lock()
        # It lives as long as this process holds its end of the socket.
        subprocess.Popen([sys.executable, "-P", str(_READY), *folders], stdin=theirs.fileno())
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
    layers = options["env"].get(_LAYERS)
    if command[0] != sys.executable or not layers:
        return subprocess.Popen(command, **options)
    folders = [Path(layer, "python").resolve() for layer in layers.split(os.pathsep)]
    with _readying:
        ready = _ready(tuple(str(folder) for folder in folders if folder.is_dir()))
    return ready.start(command[1], options["cwd"], options["env"])


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
