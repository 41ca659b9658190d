"""The OpenAPI document of the whole API, written at synth from the functions' own routes."""

import importlib
import json
from functools import cache
from pathlib import Path
from typing import Any

from aws_lambda_powertools.event_handler.openapi.merge import OpenAPIMerge
from filelock import FileLock

from accessflows.rules.scopes import scope_of
from accessflows.web.problems import CONTENT_TYPE
from cdk.places import BUILD
from cdk.routes import AUTHORISED, BY_SIGNED_LINK, BY_SOURCE_TOKEN, CONFIGURED, OPEN_TO_ALL

TITLE = "Access Flows"
VERSION = "1"
DESCRIPTION = (
    "Ask for access, decide on it, and change what decides. Refusals are problem documents "
    "(RFC 9457) whose `type` is stable. Lists come in pages: send the `cursor` of one to get the "
    "next."
)
_METHODS = frozenset({"get", "post", "put", "patch", "delete", "head"})
# What Powertools writes for an answer of its own, which here is a problem document.
_NOT_OURS = ("HTTPValidationError", "ValidationError", "ResponseValidationError")
_PROBLEM = {
    "type": "object",
    "title": "Problem",
    "description": "A refusal: what was wrong and what to do. More members say more.",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "examples": ["urn:accessflows:problem:bad-input"]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "description": "What is wrong with the body, field by field.",
            "items": {
                "type": "object",
                "required": ["field", "message"],
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
}
_SOURCE = {
    "type": "http",
    "scheme": "bearer",
    "description": "A token that an admin made for an identity source",
}
_PERSON = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "JWT",
    "description": "The access token of a person who signed in.",
}
_TOKEN = {
    "type": "http",
    "scheme": "bearer",
    "description": "A token that a person made, `POST /me/tokens`, or an admin for a service, "
    "`POST /tokens`, with the scope that is named.",
}
_REFUSED = {
    "description": "Refused",
    "content": {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
# What a change is answered with where the account wants two people for it.
_WAITS = {
    "description": "Nothing has changed yet: it waits until another admin approves it",
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "description": "The proposed change, as `GET /configuration/changes/{id}` shows it",
            }
        }
    },
}
_CHANGES = frozenset(
    {
        "PATCH /configuration/settings",
        *(f"POST /configuration/{section}" for section in CONFIGURED),
        *(
            f"{method} /configuration/{section}/{{entry_id}}"
            for section in CONFIGURED
            for method in ("PUT", "DELETE")
        ),
    }
)
_RETRY_AFTER = {
    "description": "In how many seconds to try again",
    "required": True,
    "schema": {"type": "integer", "minimum": 1},
}
_TOO_OFTEN = {
    **_REFUSED,
    "description": "Done too often by the same person; the account's settings say how often is",
    "headers": {"Retry-After": _RETRY_AFTER},
}
_LIMITED = frozenset(
    {
        "POST /access-requests",
        "POST /access-requests/{request_id}/request-again",
        "POST /access-requests/{request_id}/pass-mfa",
        "POST /me/mfa/confirm",
    }
)
_PAGES = {
    "/approve/{token}": "The page where an approver decides",
    "/join/{token}": "The page of an access link",
    "/confirm/{token}": "The page where a visitor confirms an address",
    "/ask/{token}": "The request form of a visitor",
    "/status/{token}": "The status page of a visitor's request",
}


class TwoSchemas(Exception):
    """Two functions give one name to two schemas."""


@cache
def document() -> dict[str, Any]:
    """Every route of the API: those of the functions' resolvers, the pages behind links, its own.

    Raises TwoSchemas, OpenAPIMergeError where functions contradict each other.
    """
    merge = OpenAPIMerge(
        title=TITLE,
        version=VERSION,
        description=DESCRIPTION,
        security=[{"person": []}],
        on_conflict="error",
    )
    schemas: dict[str, Any] = {}
    for name in AUTHORISED:
        app = importlib.import_module(f"functions.{name}").app
        part = json.loads(app.get_openapi_json_schema(title=TITLE, version=VERSION))
        _add(schemas, part["components"]["schemas"])
        merge.add_schema(part)
    whole = merge.get_openapi_schema()
    for route, operation in _operations(whole):
        operation["responses"].pop("422", None)
        operation["responses"]["default"] = _REFUSED
        if route in _CHANGES:
            operation["responses"]["202"] = _WAITS
        if route in _LIMITED:
            operation["responses"]["429"] = _TOO_OFTEN
        if scope := scope_of(route):
            operation["security"] = [{"person": []}, {"token": [scope.value]}]
    _add_pages(whole["paths"])
    whole["components"] = {
        "schemas": {"Problem": _PROBLEM, **schemas},
        "securitySchemes": {"person": _PERSON, "token": _TOKEN, "source": _SOURCE},
    }
    return whole


def with_document(function: Path, build: Path = BUILD) -> Path:
    """A folder with the function that serves the document, and the document beside it."""
    folder = build / "api_document"
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(build / "api_document.lock"):
        (folder / function.name).write_bytes(function.read_bytes())
        (folder / "openapi.json").write_text(json.dumps(document()), encoding="utf-8")
    return folder


def _add(schemas: dict[str, Any], more: dict[str, Any]) -> None:
    for name, schema in more.items():
        if name not in _NOT_OURS and schemas.setdefault(name, schema) != schema:
            raise TwoSchemas(f"{name} is the name of two schemas: give one of them another")


def _operations(whole: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Route, operation."""
    return [
        (f"{method.upper()} {path}", operation)
        for path, item in whole["paths"].items()
        for method, operation in item.items()
        if method in _METHODS
    ]


def _add_pages(paths: dict[str, Any]) -> None:
    """What no resolver serves, and no person signs in for."""
    token = {"name": "token", "in": "path", "required": True, "schema": {"type": "string"}}
    page = {"description": "A page", "content": {"text/html": {"schema": {"type": "string"}}}}
    too_often = {"429": {**page, "headers": {"Retry-After": _RETRY_AFTER}}}
    for key in (key for routes in BY_SIGNED_LINK.values() for key in routes):
        method, path = key.split(" ")
        paths.setdefault(path, {})[method.lower()] = {
            "summary": f"{_PAGES[path]}; only its form, posted, changes something",
            "parameters": [token],
            "security": [],
            "responses": {"200": page, **(too_often if method == "POST" else {}), "default": page},
        }
    rest = {"name": "proxy", "in": "path", "required": True, "schema": {"type": "string"}}
    for key in BY_SOURCE_TOKEN["scim_api"]:
        method, path = key.split(" ")
        paths.setdefault(path.replace("+", ""), {})[method.lower()] = {
            "summary": "SCIM 2.0 (RFC 7644), for identity providers; it describes itself at "
            "ServiceProviderConfig, ResourceTypes and Schemas",
            "parameters": [rest],
            "security": [{"source": []}],
            "responses": {
                "default": {
                    "description": "As the protocol says",
                    "content": {"application/scim+json": {"schema": {"type": "object"}}},
                }
            },
        }
    ((key,),) = OPEN_TO_ALL.values()
    paths[key.split(" ")[1]] = {
        "get": {
            "summary": "This document",
            "security": [],
            "responses": {
                "200": {
                    "description": "OpenAPI",
                    "content": {"application/json": {"schema": {"type": "object"}}},
                }
            },
        }
    }
