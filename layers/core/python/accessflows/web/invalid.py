"""What was sent and does not read well, in plain words: which field, and what is wrong with it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from accessflows.model.configuration import Path, spell
from accessflows.model.refusal import Refusal
from accessflows.notices.words import plain
from accessflows.plain_words import explain
from accessflows.web.problems import document

_BODY = "body"
# How a message begins that goes on from its subject.
_SAID_OF_IT = ("is ", "must ", "needs ", "takes ")
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


def complaints(
    error: ValidationError, schema: object, data: object, called: Mapping[str, str]
) -> dict[str, str]:
    """The same of a form, by field, as sentences that make sense away from it.

    data: what was validated. called: the subject of such a sentence, by field.
    """
    found = {}
    for path, said in explain(schema, data, error.errors(include_url=False), {}):
        field = str(path[0]) if path else ""
        found[field] = f"{plain(_of(called.get(field, field), path[1:], said))}."
    return found


def _of(subject: str, inner: Path, said: str) -> str:
    """inner: where in the field; without a name it is a place in a list, which tells little."""
    if any(isinstance(part, str) for part in inner):
        return f"{subject}, {spell(inner)}: {said}"
    if not subject:
        return f"{said[:1].upper()}{said[1:]}"
    return f"{subject} {said}" if said.startswith(_SAID_OF_IT) else f"{subject}: {said}"


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
