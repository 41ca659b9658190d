"""YAML as plain data, with the line of everything and the traps of YAML named.

Only what `safe_load` knows is read. A key written twice, a number that YAML reads otherwise than
people do (012, 12:00), a date, a tag, an alias within itself: each is a problem, never a guess."""

import datetime as dt
import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import yaml
from yaml.constructor import ConstructorError, SafeConstructor

Path = tuple[str | int, ...]

MOST_NODES = 200_000

_PLAIN_TAGS = frozenset({"tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"})


class Flaw(NamedTuple):
    """What is wrong, where, and on which line; 0 where no line is to blame."""

    path: Path
    message: str
    line: int


class Document(NamedTuple):
    """One file. written: how a scalar stands in the file, where it is no text."""

    data: Any
    lines: dict[Path, int]
    written: dict[Path, str]
    flaws: list[Flaw]

    def line(self, path: Path) -> int:
        """The line of the nearest thing around that exists; 0 in an empty file."""
        around = (path[:end] for end in range(len(path), -1, -1))
        return next((self.lines[part] for part in around if part in self.lines), 0)


def read_document(text: str) -> Document:
    """A YAML text. What cannot be read stands as None in the data, with its flaw."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        return _unreadable(f"is no YAML: {error.problem}", mark.line + 1 if mark else 0)
    except (yaml.YAMLError, RecursionError) as error:
        return _unreadable(f"is no YAML: {' '.join(str(error).split())}", 0)
    reader = _Reader()
    data = reader.read(node, (), frozenset()) if node else None
    return Document(data, reader.lines, reader.written, reader.flaws)


def _unreadable(message: str, line: int) -> Document:
    return Document(None, {}, {}, [Flaw((), message, line)])


class _Reader:
    """Walks the nodes of one file."""

    def __init__(self) -> None:
        self.lines: dict[Path, int] = {}
        self.written: dict[Path, str] = {}
        self.flaws: list[Flaw] = []
        self._constructor = SafeConstructor()
        self._nodes = 0

    def read(self, node: yaml.Node, path: Path, around: frozenset[int]) -> Any:
        self._nodes += 1
        self.lines.setdefault(path, _line(node))
        if id(node) in around:
            return self._flaw(path, "an alias may not stand within what it names", node)
        if self._nodes > MOST_NODES:
            if self._nodes == MOST_NODES + 1:
                self._flaw(path, f"the file holds more than {MOST_NODES} things", node)
            return None
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, path)
        if node.tag not in _PLAIN_TAGS:
            return self._flaw(path, f"the tag {node.tag} is not allowed", node)
        within = around | {id(node)}
        if isinstance(node, yaml.SequenceNode):
            return [self.read(n, (*path, i), within) for i, n in enumerate(node.value)]
        return dict(self._entries(node, path, within))

    def _entries(
        self, node: yaml.Node, path: Path, within: frozenset[int]
    ) -> Iterator[tuple[str, Any]]:
        first: dict[str, int] = {}
        for key_node, value_node in node.value:
            if key_node.tag == "tag:yaml.org,2002:merge":
                self._flaw(path, "merging by << is not allowed: write the fields out", key_node)
                continue
            if key_node.tag != "tag:yaml.org,2002:str":
                self._flaw(path, f"the key {key_node.value} is no text: quote it", key_node)
                continue
            key = key_node.value
            at = (*path, key)
            if key in first:
                self._flaw(at, f"is written twice, first on line {first[key]}", key_node)
                continue
            first[key] = self.lines[at] = _line(key_node)
            yield key, self.read(value_node, at, within)

    def _scalar(self, node: yaml.ScalarNode, path: Path) -> Any:
        try:
            value = self._constructor.construct_object(node)
        except (ConstructorError, ValueError) as error:
            said = error.problem if isinstance(error, ConstructorError) else error
            return self._flaw(path, f"{node.value!r} cannot be read: {said}", node)
        if isinstance(value, str):
            return value
        self.written[path] = node.value
        read_as = _read_as(value, node.value)
        if read_as:
            return self._flaw(
                path, f"YAML reads {node.value} as {read_as}: write it in quotes", node
            )
        return value

    def _flaw(self, path: Path, message: str, node: yaml.Node) -> None:
        self.flaws.append(Flaw(path, message, _line(node)))


def _read_as(value: object, written: str) -> str | None:
    """What YAML makes of a scalar that people read otherwise; none where both agree."""
    match value:
        case bool() | None:
            return None
        case int() if str(value) != written:
            return f"the number {value}"
        case float() if ":" in written or not math.isfinite(value):
            return f"the number {value}"
        case dt.date():
            return "a date"
        case bytes():
            return "binary data"
        case _:
            return None


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1
