"""What is in the layers: our package, and third-party packages installed from their lock.

Both with the bytecode of the stage's Python where this machine has it, since a Lambda cannot keep
what it compiles: every cold start would compile everything again."""

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock

from cdk.places import BUILD, CORE_LAYER
from cdk.stage import Stage

# Where Lambda mounts layers, and what tracebacks should name.
MOUNTED = "/opt"
# Times change on the way into a Lambda, and with them what bytecode is checked by otherwise.
NEVER_CHECKED = "unchecked-hash"


def third_party(stage: Stage, requirements: Path, build: Path = BUILD) -> Path:
    """The layer's folder, with `python/` inside. Built only where no build has this stamp.

    Stage `aws` takes wheels for Lambda's Linux, whatever machine this is; the local stage takes
    what this machine runs, as the emulator's functions do.
    Raises subprocess.CalledProcessError where uv fails; uv has said why on stderr.
    """
    stamp = hashlib.sha256(requirements.read_bytes()).hexdigest()
    return _built(
        build / "deps", stage, stamp, lambda folder: _install(stage, requirements, folder)
    )


def core(stage: Stage, source: Path = CORE_LAYER, build: Path = BUILD) -> Path:
    """The layer's folder: a copy of the sources. Built only where no build has this stamp."""
    files = sorted(file for file in source.rglob("*") if file.is_file() and _is_source(file))
    digest = hashlib.sha256()
    for file in files:
        digest.update(f"{file.relative_to(source)}\0".encode() + file.read_bytes() + b"\0")
    return _built(
        build / "core", stage, digest.hexdigest(), lambda folder: _copy(files, source, folder)
    )


def _is_source(file: Path) -> bool:
    return not {"__pycache__", ".mypy_cache"} & set(file.parts)


def _built(builds: Path, stage: Stage, stamp: str, fill: Callable[[Path], None]) -> Path:
    interpreter = _interpreter(stage)
    how = "compiled" if interpreter else "source"
    builds.mkdir(parents=True, exist_ok=True)
    with FileLock(builds.with_suffix(".lock")):
        folder = builds / f"{stage.name}-{stage.python}-{how}-{stamp[:12]}"
        if not folder.exists():
            unfinished = folder.with_suffix(".unfinished")
            shutil.rmtree(unfinished, ignore_errors=True)
            fill(unfinished)
            if interpreter:
                _compile(interpreter, unfinished)
            unfinished.rename(folder)
    return folder


def _interpreter(stage: Stage) -> str | None:
    """A Python of the stage's version, if this machine has one."""
    if f"{sys.version_info.major}.{sys.version_info.minor}" == stage.python:
        return sys.executable
    return shutil.which(f"python{stage.python}")


def _compile(interpreter: str, folder: Path) -> None:
    """Files that cannot be compiled, such as templates of code, stay as they are."""
    command = [
        *(interpreter, "-m", "compileall", "-qq", "--invalidation-mode", NEVER_CHECKED),
        *("-s", str(folder), "-p", MOUNTED, str(folder)),
    ]
    subprocess.run(command, check=False, stdout=sys.stderr)


def _copy(files: list[Path], source: Path, folder: Path) -> None:
    for file in files:
        copy = folder / file.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, copy)


def _install(stage: Stage, requirements: Path, folder: Path) -> None:
    for_whom = (
        ["--python-platform=x86_64-manylinux_2_28", f"--python-version={stage.python}"]
        if stage.is_aws
        else [f"--python={sys.executable}"]
    )
    packages = folder / "python"
    command = [
        *(sys.executable, "-m", "uv", "pip", "install", "--quiet", "--link-mode=copy"),
        *("--no-deps", "--require-hashes", "--only-binary=:all:", *for_whom),
        *("--target", str(packages), "--requirement", str(requirements)),
    ]
    subprocess.run(command, check=True, stdout=sys.stderr)
    (packages / ".lock").unlink(missing_ok=True)
