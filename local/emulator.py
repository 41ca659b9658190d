"""The emulator's process: one a port, with all it starts, ended by its process group."""

import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PYTHON = ROOT / ".local" / "emulator" / "bin" / "python"
PROGRAM = ROOT / "local" / "run_emulator.py"
ACCESS_KEY = "test"
REGION = "us-east-1"
STARTS_WITHIN = 60
STOPS_WITHIN = 20.0


class EmulatorError(Exception):
    """The emulator could not be started. The message says why and what to do."""


class Emulator:
    """folder: holds the state, the log and the process id of the one at this port."""

    def __init__(self, port: int, folder: Path) -> None:
        self.port = port
        self.folder = folder
        self.url = f"http://127.0.0.1:{port}"
        self.log = folder / "emulator.log"
        self._pid_file = folder / "emulator.pid"

    def start(self) -> bool:
        """Start it and wait until it answers; False where ours answers already.

        One of ours that was left half-started or half-stopped is ended first.
        Raises EmulatorError where the port is another program's, or it does not come up.
        """
        if self._pid() is not None and self.is_healthy():
            return False
        self.kill()
        if _is_taken(self.port):
            raise EmulatorError(
                f"port {self.port} is used by a program that this project did not start; "
                f"end that program, or choose another port: make demo PORT={self.port + 100}"
            )
        self._wait_until_healthy(self._spawn())
        return True

    def stop(self) -> bool:
        """End it and all it started, state kept; False where none of ours runs."""
        pid = self._pid()
        if pid is None:
            return self.kill()
        os.kill(pid, signal.SIGTERM)
        until = time.monotonic() + STOPS_WITHIN
        while _runs(pid) and time.monotonic() < until:
            time.sleep(0.1)
        self.kill()
        return True

    def kill(self) -> bool:
        """End it and all it started at once; False where nothing was left.

        What it did since its start is lost: it saves its state when it is stopped, not before.
        """
        if not self._pid_file.exists():
            return False
        group = int(self._pid_file.read_text())
        found = _is_ours(group)
        if found:
            os.killpg(group, signal.SIGKILL)
            # Its last threads hold the port a little longer than `ps` shows it alive.
            until = time.monotonic() + STOPS_WITHIN
            while (_is_ours(group) or _is_taken(self.port)) and time.monotonic() < until:
                time.sleep(0.05)
        self._pid_file.unlink()
        return found

    def is_healthy(self) -> bool:
        try:
            self.get("/_ministack/health")
        except (OSError, ValueError):
            return False
        return True

    def get(self, path: str) -> Any:
        """What the emulator itself answers, from its own addresses. Raises OSError."""
        with urllib.request.urlopen(self.url + path, timeout=5) as answer:  # noqa: S310 (is HTTP)
            return json.load(answer)

    def _spawn(self) -> "subprocess.Popen[bytes]":
        if not PYTHON.exists():
            raise EmulatorError("the emulator is not installed: run `make demo`, which installs it")
        for part in ("state", "s3", "tmp"):
            (self.folder / part).mkdir(parents=True, exist_ok=True)
        self._forget_stream_positions()
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                # -P: what lies beside the program is not the emulator's to import.
                [str(PYTHON), "-P", str(PROGRAM)],
                env=self._environment(),
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # A session of its own, so that its functions' processes end with it.
                start_new_session=True,
            )
        self._pid_file.write_text(str(process.pid))
        return process

    def _forget_stream_positions(self) -> None:
        """Let functions read table streams from their start again.

        The emulator keeps how far they had read, and not the streams, which begin anew: without
        this, they would wait for as many records as there once were.
        """
        saved = self.folder / "state" / "lambda.json"
        if saved.exists():
            state = json.loads(saved.read_text())
            state["payload"]["dynamodb_stream_positions"]["data"] = {}
            saved.write_text(json.dumps(state))

    def _environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "TMPDIR": str(self.folder / "tmp"),
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(self.port),
            "AUTH": "true",
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": ACCESS_KEY,
            "MINISTACK_REGION": REGION,
            "PERSIST_STATE": "1",
            "STATE_DIR": str(self.folder / "state"),
            "S3_PERSIST": "1",
            "S3_DATA_DIR": str(self.folder / "s3"),
            # These would listen on ports of their own, on every interface.
            "SFTP_ENABLED": "0",
            "IOT_MTLS_ENABLED": "0",
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def _wait_until_healthy(self, process: "subprocess.Popen[bytes]") -> None:
        until = time.monotonic() + STARTS_WITHIN
        while time.monotonic() < until:
            if self.is_healthy():
                return
            if process.poll() is not None:
                break
            time.sleep(0.1)
        self.kill()
        raise EmulatorError(f"the emulator did not come up; its log ends:\n{self._last_lines()}")

    def _last_lines(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])

    def _pid(self) -> int | None:
        """Of the running process, where it is ours."""
        if not self._pid_file.exists():
            return None
        pid = int(self._pid_file.read_text())
        return pid if _runs(pid) and _is_ours(pid) else None


def forget(folder: Path) -> None:
    """Remove the state of an emulator that has ended."""
    for part in ("state", "s3", "tmp"):
        shutil.rmtree(folder / part, ignore_errors=True)


def _is_taken(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _processes() -> list[tuple[int, int, str, str]]:
    """Process id, group, state and whole command of every process."""
    listed = subprocess.run(
        ["ps", "-A", "-ww", "-o", "pid=,pgid=,stat=,command="],
        capture_output=True,
        text=True,
        check=True,
    )
    rows = (line.split(None, 3) for line in listed.stdout.splitlines())
    return [(int(row[0]), int(row[1]), row[2], row[3]) for row in rows if len(row) == 4]


def _runs(pid: int) -> bool:
    return any(row[0] == pid and not row[2].startswith("Z") for row in _processes())


def _is_ours(group: int) -> bool:
    """Whether a process of the group runs that is the emulator, or a function it started."""
    ours = (str(PYTHON.parent), "node")
    return any(
        row[1] == group and not row[2].startswith("Z") and any(mark in row[3] for mark in ours)
        for row in _processes()
    )
