"""What pydantic says of an entry, in words for the admin who wrote it."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel, TypeAdapter
from pydantic_core import ErrorDetails

from accessflows.model.access_link import Domain
from accessflows.model.configuration import Path
from accessflows.model.flow import TimeOfDay
from accessflows.model.person import Email, PersonId, Phone
from accessflows.model.value import Identifier, Name

# The tags of our unions stand in pydantic's paths, but not in the file.
_TAGS = frozenset({"integration", "bundle", "access_scope", "any", "names", "tags", "except"})

_SHAPES: Mapping[Any, str] = {
    Identifier: "1 to 64 lower-case letters, digits, `-` and `_`, starting with a letter or digit",
    Name: "1 to 64 letters, digits, spaces, `-` and `_`, starting with a letter or digit",
    PersonId: "1 to 64 letters, digits, `-`, `_` and `.`, starting with a letter or digit",
    Email: "an address such as anna@example.com",
    Phone: "a number with its country, such as +4930123456",
    TimeOfDay: "a time such as 09:30",
    Domain: "a domain such as partner.example",
}
_SHAPE_OF_PATTERN = {
    TypeAdapter(shape).json_schema()["pattern"]: words for shape, words in _SHAPES.items()
}

_Say = Callable[[ErrorDetails, str], str]

_SAYINGS: Mapping[str, _Say] = {
    "missing": lambda _, __: "is missing",
    "string_type": lambda _, written: f"must be text, not {written}{_quote(written)}",
    "bool_type": lambda _, written: f"must be true or false, not {written}",
    "int_type": lambda _, written: f"must be a whole number, not {written}",
    "tuple_type": lambda _, written: f"must be a list such as [a, b], not {written}",
    "frozen_set_type": lambda _, written: f"must be a list such as [a, b], not {written}",
    "dict_type": lambda _, written: f"must hold fields, not {written}",
    "model_type": lambda _, written: f"must hold fields, not {written}",
    "enum": lambda error, written: f"must be {_expected(error)}, not {written}",
    "literal_error": lambda error, written: f"must be {_expected(error)}, not {written}",
    "string_pattern_mismatch": lambda error, written: (
        f"{written} is not {_shape(error)}"
        if error["input"]
        else f"is empty: write {_shape(error)}"
    ),
    "string_too_short": lambda _, __: "is empty",
    "string_too_long": lambda error, _: f"is longer than {error['ctx']['max_length']} characters",
    "too_short": lambda error, _: f"needs {error['ctx']['min_length']} or more",
    "too_long": lambda error, _: f"takes no more than {error['ctx']['max_length']}",
    "greater_than_equal": lambda error, _: f"must not be less than {error['ctx']['ge']}",
    "less_than_equal": lambda error, _: f"must not be more than {error['ctx']['le']}",
    "value_error": lambda error, _: str(error["ctx"]["error"]),
    "union_tag_not_found": lambda _, __: "must be {names: [...]} or {tags: {key: [values]}}",
    "union_tag_invalid": lambda _, __: "must be {names: [...]} or {tags: {key: [values]}}",
}


def explain(
    schema: object,
    data: object,
    errors: Iterable[ErrorDetails],
    written: Mapping[Path, str],
) -> Iterator[tuple[Path, str]]:
    """Where each mistake stands in the entry as written, and what it is; one for each place.

    schema: the model, or what else stands in an annotation.
    written: how the entry's scalars stand in the file, where they are no text.
    """
    said: dict[Path, tuple[str, str]] = {}
    for details in errors:
        path = _path_in_file(details["loc"], data)
        kind = details["type"]
        if kind == "too_short" and details["input"]:
            continue  # Only short of what was wrong inside, which is said there.
        message = _message(schema, path, details, written)
        before = said.get(path)
        if before and before[0] == "literal_error":
            message = f"{message}, or write {_bare(before[1])}"
        said[path] = (kind, message)
    for path, (_, message) in said.items():
        yield path, message


def nearest(word: object, known: Sequence[str]) -> str:
    """`; did you mean ...?` where something similar is known, else nothing."""
    found = get_close_matches(str(word), known, n=1)
    return f"; did you mean {found[0]}?" if found else ""


def _message(schema: object, path: Path, details: ErrorDetails, written: Mapping[Path, str]) -> str:
    kind = details["type"]
    if kind == "extra_forbidden":
        return f"unknown field{nearest(path[-1], _fields_at(schema, path[:-1]))}"
    say = _SAYINGS.get(kind)
    return say(details, _as_written(details["input"], written.get(path))) if say else details["msg"]


def _path_in_file(loc: tuple[int | str, ...], data: object) -> Path:
    """Pydantic's path without the names of validators and the tags of unions."""
    plain = tuple(part for part in loc if not (isinstance(part, str) and "[" in part))
    return _walk(plain, data) or plain or loc


def _walk(loc: Path, data: object) -> Path | None:
    """The path through the data that takes every part but tags; none if there is no such."""
    if not loc:
        return ()
    part, rest = loc[0], loc[1:]
    if isinstance(data, Mapping):
        inner = data.get(part)
        there = part in data or not rest
    elif isinstance(data, list) and isinstance(part, int):
        inner, there = data[part], True
    else:
        inner, there = None, False
    further = _walk(rest, inner) if there else None
    if further is not None:
        return (part, *further)
    return _walk(rest, data) if part in _TAGS else None


def _fields_at(schema: object, path: Path) -> list[str]:
    """The fields that the schema knows at a path."""
    models = set(_models_in(schema))
    for part in (part for part in path if isinstance(part, str)):
        models = {
            inner
            for outer in models
            for name, field in outer.model_fields.items()
            if part == (field.alias or name)
            for inner in _models_in(field.annotation)
        }
    return [field.alias or name for m in models for name, field in m.model_fields.items()]


def _models_in(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models_in(part)


def _as_written(value: object, written: str | None) -> str:
    match value:
        case None:
            return "nothing"
        case dict():
            return "fields"
        case list():
            return "a list"
        case str():
            return repr(value)
        case bool():
            read = str(value).lower()
            return read if written in (None, read) else f"{written} (which YAML reads as {read})"
        case _:
            return written or str(value)


def _quote(written: str) -> str:
    return "" if written in ("nothing", "fields", "a list") else ": write it in quotes"


def _expected(error: ErrorDetails) -> str:
    return _bare(str(error["ctx"]["expected"]))


def _bare(words: str) -> str:
    return words.replace("'", "").removeprefix("must be ").partition(", not ")[0]


def _shape(error: ErrorDetails) -> str:
    pattern = error["ctx"]["pattern"]
    return _SHAPE_OF_PATTERN.get(pattern, f"of the form {pattern}")
