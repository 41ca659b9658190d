"""Runs in the emulator's own environment, instead of its command: the emulator, less two habits.

It unpacks all layers, thousands of files, for each process of a function, and deletes them after;
and it parses the condition of a query anew for each row that it looks at. Neither changes what it
answers, and together they are most of what a local stack costs. Which is why both are done once
here. The emulator's version is pinned: these names are its own, and a missing one stops the start.
"""

import hashlib
import sys
import tempfile
import zipfile
from functools import lru_cache
from pathlib import Path
from threading import Lock
from types import SimpleNamespace

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

_tokens = lru_cache(maxsize=4096)(dynamodb._tokenize)
dynamodb._tokenize = lambda expression: list(_tokens(expression))
dynamodb._condition_syntax_error = lru_cache(maxsize=4096)(dynamodb._condition_syntax_error)

sys.exit(main())
