"""How identity providers write what the standard writes otherwise.

Pure. Only what they are known to send is put right; anything else goes on as it came."""

import json
from typing import Any

_ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
_MANAGER = f"{_ENTERPRISE}:manager".casefold()
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


def _operation(operation: dict[str, Any]) -> dict[str, Any]:
    """Entra ID names a manager by the bare id, writes flags as words, and capitalises verbs."""
    path, value = operation.get("path"), operation.get("value")
    plain = {**operation, "op": str(operation.get("op", "")).lower()}
    if isinstance(value, dict):
        # Okta repeats the group's id beside its new name; nobody can change an id.
        kept = {k: v for k, v in value.items() if path or k.casefold() not in ("id", "schemas")}
        return {**plain, "value": _resource(kept)}
    if isinstance(path, str) and path.casefold() == _MANAGER and isinstance(value, str):
        return {**plain, "value": {"value": value}} if value else {"op": "remove", "path": path}
    if isinstance(path, str) and path.casefold() == "active" and isinstance(value, str):
        return {**plain, "value": _WORDS.get(value.casefold(), value)}
    return plain


def _resource(said: dict[str, Any]) -> dict[str, Any]:
    plain = dict(said)
    for name, value in said.items():
        if name.casefold() == "active" and isinstance(value, str):
            plain[name] = _WORDS.get(value.casefold(), value)
        elif name.casefold() == _MANAGER and isinstance(value, str):
            plain[name] = {"value": value}
        elif name == _ENTERPRISE and isinstance(value, dict):
            plain[name] = _enterprise(value)
    return plain


def _enterprise(said: dict[str, Any]) -> dict[str, Any]:
    manager = said.get("manager")
    return {**said, "manager": {"value": manager}} if isinstance(manager, str) else said


def _of(said: dict[str, Any], name: str) -> object:
    return next((value for key, value in said.items() if key.casefold() == name), None)
