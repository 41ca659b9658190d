"""Functions that run at the same time, one step after the other, as a test says whose turn it is.

A step is what happens between two calls of whatever is made to `wait`."""

from collections.abc import Callable, Collection
from typing import Any

from greenlet import (  # type: ignore[import-untyped]  # it has no stubs
    GreenletExit,
    getcurrent,
    greenlet,
)


class Waiting:
    """Passes everything on; but before a call of these methods it is somebody else's turn."""

    def __init__(self, inner: Any, methods: Collection[str]) -> None:
        self._inner = inner
        self._methods = methods

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if name not in self._methods:
            return found

        def wait(*arguments: Any, **named: Any) -> Any:
            getcurrent().parent.switch(name, lambda: found(*arguments, **named))
            return found(*arguments, **named)

        return wait


class Runner:
    """One that runs. about_to: the method it waits to call, and that call."""

    def __init__(self, run: Callable[[], None]) -> None:
        self._greenlet = greenlet(run)
        self.about_to: tuple[str, Callable[[], Any]] | None = None
        self.step()

    @property
    def is_done(self) -> bool:
        return self._greenlet.dead

    def step(self) -> None:
        said = self._greenlet.switch()
        self.about_to = None if self.is_done else said

    def kill(self) -> None:
        """The process ends here."""
        self._greenlet.throw(GreenletExit)
        self.about_to = None
