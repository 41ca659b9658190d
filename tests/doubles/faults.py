"""Bad luck for any connector: each call takes the next fault of its method, until none is left.

Faulty(connector, revoke=[throttle] * 3, grant=[crash_after])"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NoReturn

from accessflows.model.integration import Integration
from accessflows.model.request import Batch
from accessflows.ports import Capabilities, Connector, Observation

# A fault is given the call and does with it what it likes.
Fault = Callable[[Callable[[], Any]], Any]


class Crash(Exception):
    """The process died here."""


class Throttled(Exception):
    """The target said: not now."""


class NoAnswer(Exception):
    """The caller stopped waiting; the call is still on its way."""


def crash_before(call: Callable[[], Any]) -> NoReturn:
    raise Crash


def crash_after(call: Callable[[], Any]) -> NoReturn:
    call()
    raise Crash


def throttle(call: Callable[[], Any]) -> NoReturn:
    raise Throttled


def slow(wait: Callable[[], None]) -> Fault:
    """wait: moves the clock; then the call lands."""

    def fault(call: Callable[[], Any]) -> Any:
        wait()
        return call()

    return fault


def lands_later(pending: list[Callable[[], Any]]) -> Fault:
    """The caller gets no answer; whoever holds `pending` lets the call land, or does not."""

    def fault(call: Callable[[], Any]) -> NoReturn:
        pending.append(call)
        raise NoAnswer

    return fault


class Faulty:
    """A connector around another. What makes no call at the target has no faults."""

    def __init__(
        self,
        connector: Connector,
        *,
        grant: Sequence[Fault] = (),
        observe: Sequence[Fault] = (),
        revoke: Sequence[Fault] = (),
    ) -> None:
        self._connector = connector
        self._faults = {"grant": list(grant), "observe": list(observe), "revoke": list(revoke)}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connector, name)

    def capabilities(self, integration: Integration) -> Capabilities:
        return self._connector.capabilities(integration)

    def grant(
        self, integration: Integration, batch: Batch, until: datetime | None
    ) -> dict[str, Any] | None:
        return self._under("grant", lambda: self._connector.grant(integration, batch, until))

    def observe(self, integration: Integration, batch: Batch) -> Observation:
        return self._under("observe", lambda: self._connector.observe(integration, batch))

    def revoke(self, integration: Integration, batch: Batch) -> datetime | None:
        return self._under("revoke", lambda: self._connector.revoke(integration, batch))

    def _under(self, method: str, call: Callable[[], Any]) -> Any:
        faults = self._faults[method]
        return faults.pop(0)(call) if faults else call()
