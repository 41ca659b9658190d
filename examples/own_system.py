"""A system of your own behind Access Flows: the Lambda function to begin with.

This one keeps its grants as objects in a bucket, named by the grant's id, and lists the resources
that `resources.json` in it names, with their tags: {"crm_account": {"north": {"team": "sales"}}}.
Put calls to your system in their place. What each message holds, and what it must be answered, is
in docs/own-systems.md."""

import json
import os
from functools import cache
from typing import Any

import boto3
from botocore.exceptions import ClientError

PERMISSIONS = ["read", "write", "admin"]
PAGE = 400

Answer = dict[str, Any]


def handler(message: dict[str, Any], _context: object) -> Answer:
    match message["action"]:
        case "discover":
            return discover(int(message["cursor"] or 0))
        case "grant":
            return grant(message)
        case "observe":
            return observe(message)
        case "revoke":
            return revoke(message)
        case unknown:
            raise ValueError(f"no such action: {unknown}")


def discover(start: int) -> Answer:
    """A page of all there is; the cursor says where the next one begins."""
    named = _read("resources.json") or {}
    every = [
        {"resource_type": kind, "name": name, "tags": tags, "permissions": PERMISSIONS}
        for kind, names in sorted(named.items())
        for name, tags in sorted(names.items())
    ]
    more = start + PAGE < len(every)
    return {"resources": every[start : start + PAGE], "cursor": str(start + PAGE) if more else None}


def grant(message: dict[str, Any]) -> Answer:
    """The same grant again, perhaps with a later end, replaces itself."""
    if message["principal"].startswith("blocked-"):
        return {"status": "refused", "message": f"{message['principal']} is blocked here"}
    kept = {key: message[key] for key in ("principal", "entitlements", "until")}
    _s3().put_object(Bucket=_bucket(), Key=_key(message), Body=json.dumps(kept))
    return {"status": "granted", "access_details": f"Sign in as {message['principal']}."}


def observe(message: dict[str, Any]) -> Answer:
    """What is held now, whether or not its end has passed."""
    kept = _read(_key(message))
    if kept is None:
        return {"holds": False}
    evidence = {"principal": kept["principal"], "entitlements": len(kept["entitlements"])}
    return {"holds": True, "until": kept["until"], "evidence": evidence}


def revoke(message: dict[str, Any]) -> Answer:
    """Gone already is success."""
    _s3().delete_object(Bucket=_bucket(), Key=_key(message))
    return {"status": "revoked"}


def _key(message: dict[str, Any]) -> str:
    return f"grants/{message['grant_id']}.json"


def _read(key: str) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = json.load(_s3().get_object(Bucket=_bucket(), Key=key)["Body"])
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchKey":
            return None
        raise
    return found


def _bucket() -> str:
    return os.environ["GRANTS_BUCKET"]


@cache
def _s3() -> Any:
    return boto3.client("s3")
