"""Azure Resource Manager: subscriptions, resource groups and role assignments.

Source: Azure REST API reference, "Subscriptions - Get" (2022-12-01), "Resource Groups - List"
(2021-04-01), "Role Assignments" (2022-04-01); Azure RBAC documentation, "List role assignments
using the REST API" and "Troubleshoot Azure RBAC"."""

from collections.abc import Iterator, Mapping
from typing import Any

from accessflows.connectors.access_tokens import AccessTokens
from accessflows.connectors.azure_assignments import ASSIGNMENTS
from accessflows.http_json import BadStatus, HttpJson
from accessflows.model.refusal import TargetRefused

RESOURCE_MANAGER = "https://management.azure.com"
_SUBSCRIPTIONS = "2022-12-01"
_RESOURCE_GROUPS = "2021-04-01"
_ROLE_ASSIGNMENTS = "2022-04-01"
_SECONDS = 5
_MOST_PAGES = 200
_REFUSED = frozenset({400, 403, 404})


class AzureFailed(Exception):
    """Azure answered with an error. What it did is not known. code: Azure's own word, if any."""

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class AzureApi:
    """As the application whose credentials the secret holds. base_url: of links to next pages."""

    def __init__(self, http: HttpJson, tokens: AccessTokens, secret: str, *, base_url: str) -> None:
        self._http = http
        self._tokens = tokens
        self._secret = secret
        self._base_url = base_url

    def subscription(self, subscription: str) -> dict[str, Any]:
        return self._call("GET", f"/subscriptions/{subscription}", _SUBSCRIPTIONS)

    def resource_groups(self, subscription: str) -> Iterator[dict[str, Any]]:
        return self._pages(f"/subscriptions/{subscription}/resourcegroups", _RESOURCE_GROUPS)

    def assignments(self, scope: str, principal: str) -> list[dict[str, Any]]:
        """The principal's at the scope, and those above and below it; none where it is gone."""
        query = ("$filter", f"principalId eq '{principal}'")
        try:
            return list(self._pages(f"{scope}{ASSIGNMENTS}", _ROLE_ASSIGNMENTS, query))
        except AzureFailed as error:
            # What is assigned at a resource group goes with it.
            if error.code == "ResourceGroupNotFound":
                return []
            raise

    def assign(self, scope: str, name: str, document: Mapping[str, Any]) -> None:
        """Make the assignment of this name, or change its description. Raises TargetRefused."""
        path = f"{scope}{ASSIGNMENTS}/{name}"
        try:
            self._call("PUT", path, _ROLE_ASSIGNMENTS, body=document)
        except AzureFailed as error:
            cause = error.__cause__
            if error.code and isinstance(cause, BadStatus) and cause.status in _REFUSED:
                raise TargetRefused(f"Azure refused this: {error}") from error
            raise

    def remove(self, scope: str, name: str) -> None:
        """Gone already is success, which Azure answers without a body."""
        self._call("DELETE", f"{scope}{ASSIGNMENTS}/{name}", _ROLE_ASSIGNMENTS)

    def _pages(self, path: str, version: str, *query: tuple[str, str]) -> Iterator[dict[str, Any]]:
        page = self._call("GET", path, version, *query)
        for _ in range(_MOST_PAGES):
            yield from page["value"]
            following = page.get("nextLink")
            if not following:
                return
            if not following.startswith(f"{self._base_url}/"):
                raise AzureFailed("Azure's next page is somewhere else, where no token is sent")
            page = self._call("GET", following.removeprefix(self._base_url), None)
        raise AzureFailed(f"{path} has more than {_MOST_PAGES} pages")

    def _call(
        self,
        method: str,
        path: str,
        version: str | None,
        *query: tuple[str, str],
        body: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """version: none for a link that has it. Raises AzureFailed."""
        versioned = [("api-version", version)] if version else []
        try:
            answer = self._http.call(
                method,
                path,
                query=[*versioned, *query],
                headers={"Authorization": f"Bearer {self._tokens.of(self._secret)}"},
                body=body,
                seconds=_SECONDS,
            )
        except BadStatus as error:
            if error.status == 401:
                self._tokens.forget(self._secret)
            raise _failed(error) from error
        if not isinstance(answer, dict) and method != "DELETE":
            raise AzureFailed("Azure answered something else than an object")
        return answer or {}


def _failed(error: BadStatus) -> AzureFailed:
    body = error.body if isinstance(error.body, dict) else {}
    said = body.get("error")
    said = said if isinstance(said, dict) else {}
    code = str(said.get("code", ""))
    message = str(said.get("message", "it said no more"))[:300]
    return AzureFailed(f"HTTP {error.status} {code}: {message}", code)
