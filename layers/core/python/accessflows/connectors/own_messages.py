"""The messages between Access Flows and an organisation's own code, version 1.

docs/own-systems.md tells their writers of them. Fields are only ever added; what is not known in
an answer is left alone."""

import hashlib
import json
from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from accessflows.model.integration import Integration
from accessflows.model.request import Batch
from accessflows.model.value import Instant, Message, Text

VERSION = 1
# Of evidence and instructions, in a row that holds both beside a hundred entitlements.
_MOST_EVIDENCE_BYTES = 8_000
_MOST_DETAILS_CHARACTERS = 400


class ListedResource(Message):
    """A resource as the system lists it."""

    resource_type: str
    name: str
    path: str | None = None
    tags: dict[str, str] = {}
    permissions: tuple[str, ...] = ()


class Listing(Message):
    """A page of what there is. cursor: none on the last one."""

    resources: tuple[ListedResource, ...]
    cursor: Text | None = None


class Granted(Message):
    """The system holds the grant, or refused it and holds nothing of it."""

    status: Literal["granted", "refused"]
    message: str = ""
    access_details: str | None = None

    @property
    def state(self) -> dict[str, Any] | None:
        if not self.access_details:
            return None
        return {"access_details": " ".join(self.access_details.split())[:_MOST_DETAILS_CHARACTERS]}


class Observed(Message):
    """What the system holds of a grant now."""

    holds: bool
    until: Instant | None = None
    evidence: dict[str, Any] = Field(default_factory=dict)

    @property
    def kept_evidence(self) -> dict[str, Any]:
        """The evidence, or its hash where it is too large to keep."""
        text = json.dumps(self.evidence, sort_keys=True, separators=(",", ":"))
        if len(text) <= _MOST_EVIDENCE_BYTES:
            return self.evidence
        return {"bytes": len(text), "sha256": hashlib.sha256(text.encode()).hexdigest()}


class Revoked(Message):
    """The grant is gone. residual_until: until when a session may outlive it."""

    status: Literal["revoked"]
    residual_until: Instant | None = None


def discover_message(integration: Integration, cursor: str | None) -> dict[str, Any]:
    return {**_head("discover", integration), "cursor": cursor}


def grant_message(integration: Integration, batch: Batch, until: datetime | None) -> dict[str, Any]:
    end = None if until is None else until.strftime("%Y-%m-%dT%H:%M:%SZ")
    return {**batch_message("grant", integration, batch), "until": end}


def batch_message(action: str, integration: Integration, batch: Batch) -> dict[str, Any]:
    """The message for `observe` and `revoke`."""
    return {
        **_head(action, integration),
        "grant_id": batch.grant_id,
        "principal": batch.principal,
        "entitlements": [
            {"resource_type": e.resource_type, "resource": e.resource, "permission": e.permission}
            for e in batch.entitlements
        ],
    }


def _head(action: str, integration: Integration) -> dict[str, Any]:
    return {"version": VERSION, "action": action, "integration": integration.id}
