"""A Kubernetes API with namespaces and bindings, which refuses what a real one refuses.

Source: Kubernetes documentation, "Kubernetes API Concepts" and "Using RBAC Authorization"."""

from collections.abc import Mapping
from itertools import count
from typing import Any

from tests.doubles.json_server import Asked, Reply

RBAC = "/apis/rbac.authorization.k8s.io/v1"


class Cluster:
    """token: of the only account there is.

    bindable: roles that it may bind, as `ClusterRole/view`.
    failing: replies to give before any real one; asked: what was asked, in order.
    """

    def __init__(self, token: str, *, bindable: tuple[str, ...]) -> None:
        self.token = token
        self.bindable = bindable
        self.namespaces: dict[str, Mapping[str, str]] = {}
        self.bindings: dict[str, dict[str, Any]] = {}
        self.failing: list[Reply] = []
        self.asked: list[Asked] = []
        self._versions = count(1_000)

    def answer(self, asked: Asked) -> Reply:
        self.asked.append(asked)
        if self.failing:
            return self.failing.pop(0)
        if asked.headers.get("authorization") != f"Bearer {self.token}":
            return status(401, "Unauthorized", "Unauthorized")
        if asked.method == "GET" and asked.path == "/api/v1/namespaces":
            return self._listed(asked.query)
        if not asked.path.startswith(RBAC):
            return 404, None
        match asked.method:
            case "POST":
                return self._created(asked.path, asked.body)
            case "GET":
                return self._found(asked.path)
            case "PATCH":
                return self._patched(asked)
            case "DELETE":
                return self._deleted(asked.path, asked.body)
            case _:
                return status(405, "MethodNotAllowed", "the server does not allow this method")

    def put(self, path: str, binding: dict[str, Any]) -> dict[str, Any]:
        """Somebody else's doing, or ours: it gets an identity and a version of its own."""
        number = next(self._versions)
        metadata = {
            **binding["metadata"],
            "uid": f"uid-{number}",
            "resourceVersion": str(number),
        }
        self.bindings[path] = {**binding, "metadata": metadata}
        return self.bindings[path]

    def _listed(self, query: Mapping[str, str]) -> Reply:
        names = sorted(self.namespaces)
        start, limit = int(query.get("continue", 0)), int(query.get("limit", 0)) or len(names)
        items = [
            {"metadata": {"name": name, "labels": self.namespaces[name]}}
            for name in names[start : start + limit]
        ]
        more = start + limit < len(names)
        metadata = {"continue": str(start + limit)} if more else {}
        return 200, {"kind": "NamespaceList", "metadata": metadata, "items": items}

    def _created(self, path: str, binding: dict[str, Any]) -> Reply:
        name = binding["metadata"]["name"]
        role = f"{binding['roleRef']['kind']}/{binding['roleRef']['name']}"
        in_cluster = path == f"{RBAC}/clusterrolebindings"
        if binding["kind"] != ("ClusterRoleBinding" if in_cluster else "RoleBinding"):
            return status(400, "BadRequest", "the kind does not match the resource")
        if name != name.lower() or len(name) > 253:
            return status(422, "Invalid", f'metadata.name: Invalid value: "{name}"')
        if role not in self.bindable:
            return status(403, "Forbidden", f"user may not bind {role}")
        if not in_cluster:
            namespace = path.removeprefix(f"{RBAC}/namespaces/").removesuffix("/rolebindings")
            if namespace not in self.namespaces:
                return status(404, "NotFound", f'namespaces "{namespace}" not found')
        if f"{path}/{name}" in self.bindings:
            return status(409, "AlreadyExists", f'rolebindings "{name}" already exists')
        return 201, self.put(f"{path}/{name}", binding)

    def _found(self, path: str) -> Reply:
        found = self.bindings.get(path)
        return (200, found) if found else _not_found(path)

    def _patched(self, asked: Asked) -> Reply:
        if asked.headers.get("content-type") != "application/merge-patch+json":
            return status(415, "UnsupportedMediaType", "the body is in no known patch format")
        found = self.bindings.get(asked.path)
        if found is None:
            return _not_found(asked.path)
        changes = asked.body["metadata"]
        if _differs(changes, found):
            return status(409, "Conflict", "the object has been modified")
        annotations = found["metadata"].get("annotations", {}) | changes["annotations"]
        kept = {key: value for key, value in annotations.items() if value is not None}
        found["metadata"] |= {"annotations": kept, "resourceVersion": str(next(self._versions))}
        return 200, found

    def _deleted(self, path: str, options: Mapping[str, Any] | None) -> Reply:
        found = self.bindings.get(path)
        if found is None:
            return _not_found(path)
        if _differs((options or {}).get("preconditions", {}), found):
            return status(409, "Conflict", "the preconditions do not hold")
        del self.bindings[path]
        return 200, {"kind": "Status", "apiVersion": "v1", "status": "Success"}


def status(code: int, reason: str, message: str) -> Reply:
    """A failure, in Kubernetes' words."""
    return code, {
        "kind": "Status",
        "apiVersion": "v1",
        "status": "Failure",
        "reason": reason,
        "message": message,
        "code": code,
    }


def _not_found(path: str) -> Reply:
    return status(404, "NotFound", f'rolebindings "{path.rpartition("/")[2]}" not found')


def _differs(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> bool:
    """Whether the preconditions among these do not hold."""
    return any(
        key in wanted and wanted[key] != found["metadata"][key]
        for key in ("uid", "resourceVersion")
    )
