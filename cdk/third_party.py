"""Third-party packages for the second layer, installed once for each lock and target."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from filelock import FileLock

from cdk.places import BUILD, THIRD_PARTY
from cdk.stage import Stage


def third_party(stage: Stage, requirements: Path = THIRD_PARTY, build: Path = BUILD) -> Path:
    """The layer's folder, with `python/` inside. Built only where no build has this stamp.

    Stage `aws` takes wheels for Lambda's Linux, whatever machine this is; the local stage takes
    what this machine runs, as the emulator's functions do.
    Raises subprocess.CalledProcessError where pip fails; pip has said why on stderr.
    """
    build.mkdir(parents=True, exist_ok=True)
    with FileLock(build / "deps.lock"):
        folder = build / "deps" / _stamp(stage, requirements)
        if not folder.exists():
            unfinished = folder.with_suffix(".unfinished")
            shutil.rmtree(unfinished, ignore_errors=True)
            _install(stage, requirements, unfinished / "python")
            unfinished.rename(folder)
    return folder


def _stamp(stage: Stage, requirements: Path) -> str:
    digest = hashlib.sha256(requirements.read_bytes()).hexdigest()[:12]
    return f"{stage.name}-{stage.python}-{digest}"


def _install(stage: Stage, requirements: Path, target: Path) -> None:
    lambda_linux = [
        "--platform=manylinux2014_x86_64",
        "--platform=manylinux_2_28_x86_64",
        "--implementation=cp",
        f"--python-version={stage.python}",
    ]
    command = [
        *(sys.executable, "-m", "pip", "install", "-qq", "--disable-pip-version-check"),
        *("--no-deps", "--require-hashes", "--no-compile", "--only-binary=:all:"),
        *(lambda_linux if stage.is_aws else []),
        *("--target", str(target), "--requirement", str(requirements)),
    ]
    quiet = {**os.environ, "PIP_ROOT_USER_ACTION": "ignore"}
    subprocess.run(command, check=True, env=quiet, stdout=sys.stderr)
