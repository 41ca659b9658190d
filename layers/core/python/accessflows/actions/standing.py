"""Standing: the whole configuration as it counts now, and refusing one that does not fit."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from accessflows.model.configuration import (
    Configuration,
    CurrentSet,
    Entry,
    Path,
    Problem,
    Section,
    spell,
)
from accessflows.model.flow import AccessFlow
from accessflows.model.refusal import BadInput

_FIRST_ERRORS = 10


class FlowReader(Protocol):
    """What is needed of the store of flows to know what counts."""

    def current_set(self) -> CurrentSet: ...

    def entries(self, section: Section, versions: Mapping[str, int]) -> tuple[Entry, ...]: ...


def standing(store: FlowReader, current: CurrentSet) -> Configuration:
    """Every open entry as its author wrote it, and the account settings. It names no people.

    Request settings stand in it as such; the flows that they were compiled to do not.
    """
    return Configuration().but(
        **{
            section: tuple(
                _as_written(entry)
                for entry in store.entries(section, current.open(section))
                if not _is_compiled(entry)
            )
            for section in Section
        },
        settings=current.settings,
        on_call_sources=current.on_call_sources,
    )


def refuse_problems(
    configuration: Configuration, problems: Sequence[Problem], within: Path = ()
) -> None:
    """Raises BadInput with the first errors.

    within: the path of the entry in question, which need not be named in what is about it.
    """
    if not problems:
        return
    errors = [
        {"field": _field(configuration, problem.path, within), "message": problem.message}
        for problem in problems[:_FIRST_ERRORS]
    ]
    said = "\n".join(
        f"{e['field']}: {e['message']}" if e["field"] else e["message"] for e in errors
    )
    raise BadInput(said, count=len(problems), errors=errors)


def place(configuration: Configuration, path: Path) -> str:
    """`flows[production].targets[0].bundle`: entries by their ids, which stay."""
    section, rest = str(path[0]), path[1:]
    entries = getattr(configuration, section, None)
    if not rest or not isinstance(rest[0], int) or not isinstance(entries, tuple):
        return spell(path)
    entry_id = getattr(entries[rest[0]], "id", rest[0])
    inner = spell(rest[1:])
    return f"{section}[{entry_id}]" + (f".{inner}" if inner else "")


def _field(configuration: Configuration, path: Path, within: Path) -> str:
    if within and path[: len(within)] == within:
        return spell(path[len(within) :])
    return place(configuration, path)


def _is_compiled(entry: Entry) -> bool:
    """Whether it is a flow that follows from request settings."""
    return isinstance(entry, AccessFlow) and entry.made_from is not None


def _as_written(entry: Entry) -> Entry:
    return entry.but(version=0) if isinstance(entry, AccessFlow) else entry
