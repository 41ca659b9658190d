"""Settings of a Kubernetes cluster: where it is, and which roles may be bound. Pure.

server: https://...; secret: holds `token` and, for a cluster with a CA of its own, `ca`;
permissions: {namespace: {view: ClusterRole/view}, cluster: {audit: ClusterRole/auditor}}."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from accessflows.connectors import credentials
from accessflows.connectors.kubernetes_bindings import CLUSTER, NAMESPACE, Role, role_of
from accessflows.connectors.settings_checks import unknown, unnameable
from accessflows.http_json import address_problem

_KNOWN = ("server", "secret", "permissions")
_TYPES = (NAMESPACE, CLUSTER)


def problems(settings: Mapping[str, Any]) -> list[str]:
    """What is wrong, in words."""
    return [
        *unknown(settings, _KNOWN),
        *_server(settings.get("server")),
        *credentials.problems(settings),
        *_permissions(settings.get("permissions")),
    ]


def roles(settings: Mapping[str, Any]) -> dict[str, dict[str, Role]]:
    """The role of each permission, by type of resource; what is wrongly written is left out."""
    declared = settings.get("permissions")
    if not isinstance(declared, Mapping):
        return {}
    found: dict[str, dict[str, Role]] = {}
    for resource_type in _TYPES:
        of_type = declared.get(resource_type)
        if isinstance(of_type, Mapping):
            read = {str(name): role_of(role) for name, role in of_type.items()}
            found[resource_type] = {name: role for name, role in read.items() if role}
    return {resource_type: named for resource_type, named in found.items() if named}


def _server(server: object) -> Iterator[str]:
    if server is None:
        yield "server is missing: write the address of the cluster's API, such as https://k8s:6443"
    elif problem := address_problem(server):
        yield f"server {problem}"
    elif urlsplit(str(server)).query:
        yield f"server is {server!r}: write nothing but the address, as in a kubeconfig"


def _permissions(declared: object) -> Iterator[str]:
    if not isinstance(declared, Mapping) or not declared:
        yield (
            "permissions is missing: name the roles that may be bound, such as "
            "{namespace: {view: ClusterRole/view}}"
        )
        return
    yield from (f"permissions: {message}" for message in unknown(declared, _TYPES))
    for resource_type in _TYPES:
        if resource_type in declared:
            yield from _of_type(resource_type, declared[resource_type])


def _of_type(resource_type: str, named: object) -> Iterator[str]:
    where = f"permissions.{resource_type}"
    if not isinstance(named, Mapping) or not named:
        yield f"{where}: name a role for each permission, such as {{view: ClusterRole/view}}"
        return
    yield from unnameable(where, named)
    for permission, written in named.items():
        role = role_of(written)
        if role is None:
            yield (
                f"{where}.{permission} is {written!r}: write ClusterRole/<name> or Role/<name>, "
                "one role and no pattern"
            )
        elif resource_type == CLUSTER and role.kind != "ClusterRole":
            yield f"{where}.{permission} is {written!r}: only a ClusterRole can be bound there"
