"""What was sent and does not read well, in plain words: which field, and what is wrong with it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from accessflows.model.configuration import spell
from accessflows.model.refusal import Refusal
from accessflows.notices.words import plain
from accessflows.plain_words import explain
from accessflows.web.problems import document

_BODY = "body"
NOTHING: Mapping[str, str] = MappingProxyType({})


def invalid(
    errors: Sequence[ErrorDetails], schema: object, body: str | None
) -> tuple[HTTPStatus, dict[str, Any]]:
    """The problem document. errors: as pydantic tells them, their paths begun by where the value
    was sent; schema: of the body, none where the route takes none."""
    told = [{"field": field, "message": message} for field, message in _told(errors, schema, body)]
    detail = "; ".join(f"{one['field'] or _BODY}: {one['message']}" for one in told)
    status = HTTPStatus.BAD_REQUEST
    return status, document(status, "bad-input", detail, errors=told)


def complaints(error: ValidationError, schema: object, data: object) -> dict[str, str]:
    """The same of a form, by field, as sentences. data: what was validated."""
    told = explain(schema, data, error.errors(include_url=False), {})
    found = {}
    for path, said in told:
        words = f"{spell(path[1:])}: {said}" if path[1:] else f"{said[:1].upper()}{said[1:]}"
        found[str(path[0]) if path else ""] = f"{plain(words)}."
    return found


def sentence(refusal: Refusal) -> str:
    """What a refusal says, as a sentence of a page."""
    said = plain(str(refusal))
    return said[:1].upper() + said[1:].rstrip(".") + "."


def problems_of(refusal: Refusal) -> dict[str, str]:
    """The same under the field that it is about, under an empty name where it is about none."""
    return {str(refusal.detail.get("field", "")): sentence(refusal)}


def _told(
    errors: Sequence[ErrorDetails], schema: object, body: str | None
) -> Iterator[tuple[str, str]]:
    in_body = [error for error in errors if error["loc"][:1] == (_BODY,)]
    for error in errors:
        if error not in in_body:
            name, *inner = error["loc"][1:]
            for _, message in explain(schema, {}, [error], {}):
                yield spell((name, *inner)), message
    data = _parsed(body)
    if in_body and data is _UNREADABLE:
        yield "", "is not JSON"
    elif in_body and data is None:
        yield "", "is missing: send a JSON object"
    elif in_body:
        inside = [ErrorDetails({**error, "loc": error["loc"][1:]}) for error in in_body]
        for path, message in explain(schema, data, inside, {}):
            yield spell(path), message


_UNREADABLE = object()


def _parsed(body: str | None) -> object:
    try:
        return json.loads(body) if body else None
    except ValueError:
        return _UNREADABLE
