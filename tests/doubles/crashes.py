"""Stores that die before the n-th write, to see what a run leaves behind."""

from typing import Any


class Crash(Exception):
    """The process ended here."""


class Crashing:
    """Passes everything on to a store, but raises in place of the `writes_left`-th write.

    writes_left is shared by the stores that die together: a list of one number.
    """

    def __init__(self, store: Any, writes_left: list[int], writes: tuple[str, ...]) -> None:
        self._store = store
        self._left = writes_left
        self._writes = writes

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._store, name)
        if name not in self._writes:
            return found

        def write(*arguments: Any, **named: Any) -> Any:
            if self._left[0] == 0:
                raise Crash
            self._left[0] -= 1
            return found(*arguments, **named)

        return write
