"""Runs in the emulator's own environment: a Python that has imported what functions import.

Each process of a function is a fork of it, and has to import no more than what is its own. Started
with the folders of the function's layers; its standard input is a socket. An order is a line of
JSON, sent along with the process's three streams and the end of a pipe that nobody else holds, so
that whoever reads the other end learns when the process is gone. It answers with the process id,
and ends with the socket.
"""

import gc
import importlib
import json
import os
import pkgutil
import runpy
import signal
import socket
import sys
from collections.abc import Sequence
from functools import cache
from types import ModuleType
from typing import TypedDict

LONGEST = 1 << 16
STREAMS = 4


class Order(TypedDict):
    """Which script to run, in which folder, with exactly which environment."""

    script: str
    folder: str
    environment: dict[str, str]


def main(folders: Sequence[str]) -> None:
    sys.path[:0] = folders
    # As in the emulator's script: what is imported logs there, its answers alone go to the other.
    sys.stdout = sys.stderr
    import_all("accessflows", parts=("actions", "notices", "stores", "web"))
    read_descriptions_once()
    gc.freeze()
    orders = socket.socket(fileno=os.dup(0))
    # Whoever asked learns from the pipe when a process ends; nobody waits for it.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        text, streams, *_ = socket.recv_fds(orders, LONGEST, STREAMS)
        while text and not text.endswith(b"\n"):
            text += orders.recv(LONGEST)
        if not text:
            return
        pid = os.fork()
        if pid == 0:
            orders.close()
            become(json.loads(text), streams)
            return
        for stream in streams:
            os.close(stream)
        orders.sendall(f"{pid}\n".encode())


def import_all(package: str, parts: Sequence[str]) -> None:
    """What these parts of a package hold, and all that they import. A layer may lack some."""
    for part in parts:
        found = _imported(f"{package}.{part}")
        for module in pkgutil.iter_modules(found.__path__ if found else ()):
            _imported(f"{package}.{part}.{module.name}")


def read_descriptions_once() -> None:
    """What botocore reads of AWS's services stays read, that of tables is read here already.

    It is megabytes of JSON, which every client of every process would read again.
    """
    try:
        from botocore import UNSIGNED, config, loaders, session
    except ImportError:
        return
    read = cache(loaders.JSONFileLoader().load_file)
    setattr(loaders.JSONFileLoader, "load_file", lambda _, path: read(path))  # noqa: B010
    unsigned = config.Config(signature_version=UNSIGNED)
    session.get_session().create_client("dynamodb", "us-east-1", config=unsigned)


def become(order: Order, streams: Sequence[int]) -> None:
    """The process that was ordered. Its end of the pipe stays open for as long as it runs."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for number, stream in enumerate(streams[:3]):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(order["folder"])
    os.environ.clear()
    os.environ.update(order["environment"])
    # As a Python does that starts.
    sys.path[:0] = filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))
    sys.argv, sys.stdout = [order["script"]], sys.__stdout__
    runpy.run_path(order["script"], run_name="__main__")


def _imported(name: str) -> ModuleType | None:
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


if __name__ == "__main__":
    main(sys.argv[1:])
