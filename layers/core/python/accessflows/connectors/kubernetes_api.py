"""The API of one Kubernetes cluster, as plain JSON over HTTPS: five calls.

No call is repeated: whether to call again is for the machine and the sweep, by what the row says.
Source: Kubernetes documentation, "Kubernetes API Concepts"; API reference, "Status"."""

from collections.abc import Iterator, Mapping
from typing import Any

from accessflows.http_json import BadStatus, HttpJson
from accessflows.model.refusal import TargetRefused

# Three calls of a grant and one to observe it fit into the 30 s of the function that makes them.
_SECONDS = 5
_MERGE_PATCH = {"Content-Type": "application/merge-patch+json"}
_PAGE = 500
_MOST_PAGES = 200
_REFUSED = frozenset({400, 403, 404, 422})


class ClusterFailed(Exception):
    """The cluster answered with an error. What it did is not known."""


class ClusterApi:
    """server: address of the API. ca: PEM, of a cluster with an authority of its own."""

    def __init__(self, server: str, *, token: str, ca: str | None) -> None:
        headers = {"Authorization": f"Bearer {token}"}
        self._http = HttpJson(server.rstrip("/"), headers=headers, ca=ca)

    def create(self, path: str, document: Mapping[str, Any]) -> bool:
        """Make it; false where there is one of its name. Raises TargetRefused."""
        try:
            _document(self._http.call("POST", path, body=document, seconds=_SECONDS))
        except BadStatus as error:
            if _reason(error) == "AlreadyExists":
                return False
            if error.status in _REFUSED and _reason(error):
                raise TargetRefused(f"the cluster refused this: {_message(error)}") from error
            raise _failed(error) from error
        return True

    def read(self, path: str) -> dict[str, Any] | None:
        """What is there; none where Kubernetes says that nothing is."""
        try:
            return _document(self._http.call("GET", path, seconds=_SECONDS))
        except BadStatus as error:
            if _is_absence(error):
                return None
            raise _failed(error) from error

    def patch(self, path: str, changes: Mapping[str, Any]) -> None:
        try:
            self._http.call("PATCH", path, body=changes, headers=_MERGE_PATCH, seconds=_SECONDS)
        except BadStatus as error:
            raise _failed(error) from error

    def delete(self, path: str, options: Mapping[str, Any]) -> None:
        """Gone already is success."""
        try:
            self._http.call("DELETE", path, body=options, seconds=_SECONDS)
        except BadStatus as error:
            if not _is_absence(error):
                raise _failed(error) from error

    def items(self, path: str) -> Iterator[dict[str, Any]]:
        """Everything that is listed there. Raises ClusterFailed, even half way."""
        following = ""
        for _ in range(_MOST_PAGES):
            page = self._page(path, following)
            yield from page["items"]
            following = page["metadata"].get("continue", "")
            if not following:
                return
        raise ClusterFailed(f"{path} lists more than {_MOST_PAGES * _PAGE}")

    def _page(self, path: str, following: str) -> dict[str, Any]:
        query = [("limit", str(_PAGE)), *([("continue", following)] if following else ())]
        try:
            return _document(self._http.call("GET", path, query=query, seconds=_SECONDS))
        except BadStatus as error:
            raise _failed(error) from error


def _document(answered: Any) -> dict[str, Any]:
    if not isinstance(answered, dict) or "metadata" not in answered:
        raise ClusterFailed("the cluster answered something else than was asked for")
    return answered


def _is_absence(error: BadStatus) -> bool:
    """Whether Kubernetes says so: a 404 of some other server is no evidence."""
    return error.status == 404 and _reason(error) == "NotFound"


def _reason(error: BadStatus) -> str:
    """Kubernetes' own word for an error; empty for what no Kubernetes sent."""
    body = error.body if isinstance(error.body, dict) else {}
    return str(body.get("reason", "")) if body.get("kind") == "Status" else ""


def _message(error: BadStatus) -> str:
    body = error.body if isinstance(error.body, dict) else {}
    return str(body.get("message", "it said no more"))[:300]


def _failed(error: BadStatus) -> ClusterFailed:
    return ClusterFailed(f"the cluster answered HTTP {error.status}: {_message(error)}")
