"""Projects of Google Cloud and their allow policies, by the Resource Manager API, version 3.

Source: Resource Manager API reference, `projects.search`, `projects.getIamPolicy` and
`projects.setIamPolicy`."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from accessflows.connectors.access_tokens import AccessTokens
from accessflows.connectors.google_policies import Policy
from accessflows.http_json import BadStatus, HttpJson
from accessflows.model.refusal import TargetRefused

RESOURCE_MANAGER = "https://cloudresourcemanager.googleapis.com"
SCOPE = "https://www.googleapis.com/auth/cloud-platform"
_SECONDS = 5
_PAGE = 300
_MOST_PAGES = 100
_REFUSED = frozenset({400, 403, 404})


class GoogleFailed(Exception):
    """Google answered with an error. What it did is not known."""


class Projects:
    """As the service account sees them whose key the secret holds."""

    def __init__(self, http: HttpJson, tokens: AccessTokens, secret: str) -> None:
        self._http = http
        self._tokens = tokens
        self._secret = secret

    def listed(self) -> Iterator[dict[str, Any]]:
        """Every active project that the account may see."""
        query = {"query": "state:ACTIVE", "pageSize": str(_PAGE)}
        for _ in range(_MOST_PAGES):
            page = self._expect("GET", "/v3/projects:search", query=query)
            yield from page.get("projects", ())
            if not page.get("nextPageToken"):
                return
            query["pageToken"] = page["nextPageToken"]
        raise GoogleFailed(f"the account sees more than {_MOST_PAGES * _PAGE} projects")

    def policy(self, project: str) -> Policy:
        """Raises TargetRefused where the account may not read it, or there is no such project."""
        asked = {"options": {"requestedPolicyVersion": 3}}
        return self._expect("POST", _path(project, "getIamPolicy"), body=asked)

    def set_policy(self, project: str, policy: Policy) -> bool:
        """Write it over the one that was read; false where that has changed since.

        Raises TargetRefused.
        """
        try:
            self._expect("POST", _path(project, "setIamPolicy"), body={"policy": policy})
        except _Conflict:
            return False
        return True

    def _expect(
        self, method: str, path: str, *, query: Mapping[str, str] | None = None, body: Any = None
    ) -> dict[str, Any]:
        try:
            answer = self._http.call(
                method,
                path,
                query=tuple((query or {}).items()),
                headers={"Authorization": f"Bearer {self._tokens.of(self._secret)}"},
                body=body,
                seconds=_SECONDS,
            )
        except BadStatus as error:
            if error.status == 401:
                self._tokens.forget(self._secret)
            raise _failure(error) from error
        if not isinstance(answer, dict):
            raise GoogleFailed("Google answered something else than an object")
        return answer


class _Conflict(GoogleFailed):
    """The policy was changed since it was read."""


def _path(project: str, verb: str) -> str:
    return f"/v3/projects/{quote(project, safe='')}:{verb}"


def _failure(error: BadStatus) -> Exception:
    """By Google's own word for it; what has none was not said by this API."""
    body = error.body if isinstance(error.body, dict) else {}
    said = body.get("error")
    said = said if isinstance(said, dict) else {}
    message = f"HTTP {error.status}: {str(said.get('message', 'it said no more'))[:300]}"
    if said.get("status") == "ABORTED":
        return _Conflict(f"Google answered {message}")
    if error.status in _REFUSED and said.get("status"):
        return TargetRefused(f"Google refused this with {message}")
    return GoogleFailed(f"Google answered {message}")
