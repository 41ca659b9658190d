"""Look up: the configuration as it counts now, page by page, for admins."""

from collections.abc import Mapping
from typing import NamedTuple, Protocol

from accessflows.model.configuration import CurrentSet, Entry, Section
from accessflows.model.limits import PAGE_SIZE
from accessflows.model.value import Value


class Store(Protocol):
    """What is needed of the store of flows."""

    def current_set(self) -> CurrentSet: ...

    def entries(self, section: Section, versions: Mapping[str, int]) -> tuple[Entry, ...]: ...


class ConfigurationPage(NamedTuple):
    """Some entries, by id in order, and the cursor of what follows, if anything does."""

    entries: tuple[Value, ...]
    cursor: str | None


def flows(store: Store, cursor: str | None) -> ConfigurationPage:
    """The open flows. cursor: the id of the last one of the page before."""
    counting = store.current_set().flows
    beyond = [flow_id for flow_id in sorted(counting) if cursor is None or flow_id > cursor]
    shown = beyond[:PAGE_SIZE]
    entries = store.entries(Section.FLOWS, {flow_id: counting[flow_id] for flow_id in shown})
    return ConfigurationPage(entries, shown[-1] if len(beyond) > PAGE_SIZE else None)
