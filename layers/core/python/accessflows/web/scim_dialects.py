"""How identity providers write what the standard writes otherwise.

Pure. Only what they are known to send is put right; anything else goes on as it came."""

import json
import re
from typing import Any

_ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
_MANAGER = f"{_ENTERPRISE}:manager"
_MANAGERS = frozenset({"manager", _MANAGER.casefold()})
_QUOTED = re.compile(r'("(?:[^"\\]|\\.)*")')
_OF_MANAGER = re.compile(
    rf"(?<![\w:.])(?:{re.escape(_ENTERPRISE)}:)?manager(?=\s+eq\b)", re.IGNORECASE
)
_BARE = re.compile(r'\b(eq\s+)(?!true\b|false\b|null\b)([^\s()\[\]"]+)', re.IGNORECASE)
_WORDS = {"true": True, "false": False}


def spoken(method: str, body: bytes) -> bytes:
    """The body of a call as the standard has it."""
    if method not in ("PATCH", "POST", "PUT") or not body:
        return body
    try:
        said = json.loads(body)
    except ValueError:
        return body
    if not isinstance(said, dict):
        return body
    operations = _of(said, "operations")
    if isinstance(operations, list):
        name = next(key for key in said if key.casefold() == "operations")
        plain = [_operation(op) if isinstance(op, dict) else op for op in operations]
        return json.dumps({**said, name: plain}).encode()
    return json.dumps(_resource(said)).encode()


def meant(text: str) -> str:
    """A filter as the standard has it: Entra ID asks for `manager eq`, and leaves quotes out."""
    parts = _QUOTED.split(text)
    parts[::2] = [
        _BARE.sub(r'\1"\2"', _OF_MANAGER.sub(f"{_MANAGER}.value", part)) for part in parts[::2]
    ]
    return "".join(parts)


def _operation(operation: dict[str, Any]) -> dict[str, Any]:
    """Entra ID names managers in ways of its own, writes flags as words, and capitalises verbs."""
    path, value = operation.get("path"), operation.get("value")
    plain = {**operation, "op": str(operation.get("op", "")).lower()}
    if isinstance(path, str) and path.casefold() in _MANAGERS:
        return _manager(plain["op"], value)
    if isinstance(value, dict):
        # Okta repeats the group's id beside its new name; nobody can change an id.
        kept = {k: v for k, v in value.items() if path or k.casefold() not in ("id", "schemas")}
        return {**plain, "value": _resource(kept)}
    if isinstance(path, str) and path.casefold() == "active" and isinstance(value, str):
        return {**plain, "value": _WORDS.get(value.casefold(), value)}
    if isinstance(value, list):
        # `"$ref": null` beside a member's id would remove only whoever has no reference.
        return {**plain, "value": [_without_nulls(entry) for entry in value]}
    return plain


def _without_nulls(entry: object) -> object:
    if not isinstance(entry, dict):
        return entry
    return {name: value for name, value in entry.items() if value is not None}


def _manager(verb: str, value: object) -> dict[str, Any]:
    """The manager as a bare id, an entry, or a list of one; an empty one is none."""
    if isinstance(value, list):
        value = value[0] if value else None
    named = value if isinstance(value, dict) else {"value": value}
    if verb == "remove" or not named.get("value"):
        return {"op": "remove", "path": _MANAGER}
    # What is not said anew would go on referring to whoever was the manager before.
    return {"op": verb, "path": _MANAGER, "value": {"$ref": f"Users/{named['value']}", **named}}


def _resource(said: dict[str, Any]) -> dict[str, Any]:
    plain = dict(said)
    for name, value in said.items():
        if name.casefold() == "active" and isinstance(value, str):
            plain[name] = _WORDS.get(value.casefold(), value)
        elif name.casefold() == _MANAGER.casefold() and isinstance(value, str):
            plain[name] = {"value": value}
        elif name == _ENTERPRISE and isinstance(value, dict):
            plain[name] = _enterprise(value)
    return plain


def _enterprise(said: dict[str, Any]) -> dict[str, Any]:
    manager = said.get("manager")
    return {**said, "manager": {"value": manager}} if isinstance(manager, str) else said


def _of(said: dict[str, Any], name: str) -> object:
    return next((value for key, value in said.items() if key.casefold() == name), None)
