"""Role bindings of Kubernetes, one per grant: their names, addresses and documents. Pure.

Kubernetes knows no end of a binding: it is noted in an annotation, for people and for `observe`.
Source: Kubernetes documentation, "Using RBAC Authorization" and "Object Names and IDs"."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import quote

from accessflows.model.request import Batch
from accessflows.model.target import Entitlement

NAMESPACE = "namespace"
CLUSTER = "cluster"

_GROUP = "rbac.authorization.k8s.io"
_VERSION = f"{_GROUP}/v1"
_MANAGED_BY = "app.kubernetes.io/managed-by"
_US = "accessflows"
_ENDS_AT = "accessflows/ends-at"
# A label of DNS, as namespaces are named.
_NAMESPACE_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_ROLE = re.compile(r"(Role|ClusterRole)/([A-Za-z0-9][A-Za-z0-9:._-]{0,252})")


class Role(NamedTuple):
    """What a binding binds to. kind: Role, of the binding's namespace, or ClusterRole."""

    kind: str
    name: str


def role_of(written: object) -> Role | None:
    """The role written as `ClusterRole/view` or `Role/deployer`; none where it is neither."""
    found = _ROLE.fullmatch(written) if isinstance(written, str) else None
    return Role(found[1], found[2]) if found else None


def is_resource(entitlement: Entitlement) -> bool:
    """Whether a binding can be made there at all."""
    if entitlement.resource_type == CLUSTER:
        return entitlement.resource == CLUSTER
    return _NAMESPACE_NAME.fullmatch(entitlement.resource) is not None


def name_of(batch: Batch) -> str:
    return f"accessflows-{batch.grant_id.lower()}"


def collection_of(batch: Batch) -> str:
    """The path under which the batch's binding is made."""
    (entitlement,) = batch.entitlements
    if entitlement.resource_type == CLUSTER:
        return f"/apis/{_VERSION}/clusterrolebindings"
    return f"/apis/{_VERSION}/namespaces/{quote(entitlement.resource, safe='')}/rolebindings"


def path_of(batch: Batch) -> str:
    return f"{collection_of(batch)}/{name_of(batch)}"


def binding(batch: Batch, role: Role, until: datetime | None) -> dict[str, Any]:
    """The document that lets the batch's principal do what the role says."""
    in_cluster = batch.entitlements[0].resource_type == CLUSTER
    return {
        "apiVersion": _VERSION,
        "kind": "ClusterRoleBinding" if in_cluster else "RoleBinding",
        "metadata": {
            "name": name_of(batch),
            "labels": {_MANAGED_BY: _US, "accessflows/grant": batch.grant_id},
            "annotations": {} if until is None else {_ENDS_AT: _text(until)},
        },
        "subjects": [{"apiGroup": _GROUP, "kind": "User", "name": batch.principal}],
        "roleRef": {"apiGroup": _GROUP, **role._asdict()},
    }


def new_end(found: Mapping[str, Any], until: datetime | None) -> dict[str, Any]:
    """The merge patch that moves the end of this binding, as it was read, and of no other."""
    return {
        "metadata": {
            "uid": found["metadata"]["uid"],
            "resourceVersion": found["metadata"]["resourceVersion"],
            "annotations": {_ENDS_AT: None if until is None else _text(until)},
        }
    }


def deletion(found: Mapping[str, Any]) -> dict[str, Any]:
    """The options that delete this binding, as it was read, and no other of its name."""
    metadata = found["metadata"]
    preconditions = {key: metadata[key] for key in ("uid", "resourceVersion")}
    return {"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": preconditions}


def end_of(found: Mapping[str, Any]) -> datetime | None:
    """The end that is noted. Raises ValueError where something else is."""
    noted = (found["metadata"].get("annotations") or {}).get(_ENDS_AT)
    return None if noted is None else datetime.fromisoformat(noted)


def is_ours(found: Mapping[str, Any], batch: Batch) -> bool:
    """Whether it carries our label, or still gives the batch's principal something.

    A label that somebody took off must not keep access alive."""
    labels = found["metadata"].get("labels") or {}
    return labels.get(_MANAGED_BY) == _US or batch.principal in _users(found)


def gives(found: Mapping[str, Any], batch: Batch, role: Role | None) -> bool:
    """Whether it binds the batch's principal, nobody else, and to this role; none for any."""
    bound = Role(found["roleRef"]["kind"], found["roleRef"]["name"])
    return _users(found) == [batch.principal] and role in {None, bound}


def read_of(found: Mapping[str, Any]) -> dict[str, Any]:
    """What it says, as evidence."""
    metadata = found["metadata"]
    bound = found["roleRef"]
    return {
        "uid": metadata["uid"],
        "resource_version": metadata["resourceVersion"],
        "role": f"{bound['kind']}/{bound['name']}",
        "subjects": _users(found),
        "until": (metadata.get("annotations") or {}).get(_ENDS_AT),
    }


def _users(found: Mapping[str, Any]) -> list[str]:
    """Whom it names; those that are no users, with their kind."""
    return [
        subject["name"] if subject["kind"] == "User" else f"{subject['kind']} {subject['name']}"
        for subject in found.get("subjects") or ()
    ]


def _text(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")
