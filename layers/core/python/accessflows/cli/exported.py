"""Files that `accessflows export` writes and a plan reads: one JSON value a line."""

from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from accessflows.model.value import Value

V = TypeVar("V", bound=Value)

INVENTORY = "inventory.jsonl"
PEOPLE = "people.jsonl"
REQUESTS = "requests.jsonl"


class NotExported(Exception):
    """The file cannot be read as what it should hold."""


def write(file: Path, values: Iterable[Value]) -> int:
    """As they come, so that a large table never stands in memory. Answers how many."""
    with file.open("w", encoding="utf-8") as lines:
        each = (value.model_dump_json(by_alias=True, exclude_none=True) for value in values)
        return sum(lines.write(line + "\n") > 0 for line in each)


def read(file: Path, model: type[V]) -> tuple[V, ...]:
    """Raises NotExported with the first line that is not what it should be."""
    found = []
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise NotExported(f"{file} cannot be read: {error}") from error
    for number, line in enumerate(text.splitlines(), start=1):
        try:
            found.append(model.model_validate_json(line))
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(map(str, first["loc"])) or "the line"
            raise NotExported(
                f"{file}: line {number} is not as `accessflows export` writes it: "
                f"{where}: {first['msg']}"
            ) from error
    return tuple(found)
