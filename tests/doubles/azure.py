"""Microsoft Entra's sign-in and Azure Resource Manager, which refuse what the real ones refuse.

Source: "OAuth 2.0 client credentials flow"; Azure REST API reference, "Role Assignments"
(2022-04-01); Azure RBAC documentation, "Troubleshoot Azure RBAC"."""

import re
from collections.abc import Mapping
from typing import Any

from tests.doubles.json_server import Asked, Reply

TENANT = "72f988bf-0000-0000-0000-00000000000a"
CREDENTIALS = {
    "tenant_id": TENANT,
    "client_id": "c1000000-0000-0000-0000-00000000000c",
    "client_secret": "not-a-real-secret",
}
_ASSIGNMENTS = "/providers/Microsoft.Authorization/roleAssignments"
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_FILTER = re.compile(r"principalId eq '([0-9a-f-]{36})'")


class AzureCloud:
    """people: object ids there are. assignments: by path, in lower case.

    address: as it stands in links to next pages. page: how many resource groups one holds.
    """

    def __init__(self) -> None:
        self.address = ""
        self.page = 2
        self.people: set[str] = set()
        self.subscriptions: dict[str, dict[str, Any]] = {}
        self.groups: dict[str, list[dict[str, Any]]] = {}
        self.assignments: dict[str, dict[str, Any]] = {}
        self.failing: list[Reply] = []
        self.asked: list[Asked] = []
        self.tokens: list[str] = []

    def add(self, subscription: str, *groups: str) -> None:
        self.subscriptions[subscription] = {
            "id": f"/subscriptions/{subscription}",
            "subscriptionId": subscription,
            "displayName": "Payments",
            "state": "Enabled",
            "tags": {"team": "payments"},
        }
        self.groups[subscription] = [
            {"id": f"/subscriptions/{subscription}/resourceGroups/{name}", "name": name}
            for name in groups
        ]

    def put(self, scope: str, name: str, properties: Mapping[str, Any]) -> dict[str, Any]:
        """Somebody's doing, ours or not."""
        path = f"{scope}{_ASSIGNMENTS}/{name}"
        self.assignments[path.lower()] = {
            "id": path,
            "name": name,
            "type": "Microsoft.Authorization/roleAssignments",
            "properties": {**properties, "scope": scope},
        }
        return self.assignments[path.lower()]

    def answer(self, asked: Asked) -> Reply:
        self.asked.append(asked)
        if self.failing:
            return self.failing.pop(0)
        if asked.path == f"/{TENANT}/oauth2/v2.0/token":
            return self._signed_in(asked.body)
        if asked.headers.get("authorization") not in {f"Bearer {token}" for token in self.tokens}:
            return error(401, "InvalidAuthenticationToken", "The access token is invalid.")
        scope, found, name = asked.path.partition(_ASSIGNMENTS)
        if found:
            if asked.query.get("api-version") != "2022-04-01":
                return error(400, "InvalidApiVersionParameter", "no such version")
            return self._of_assignments(asked, scope, name.strip("/"))
        subscription = asked.path.split("/")[2]
        if subscription not in self.subscriptions:
            return error(404, "SubscriptionNotFound", f"{subscription} could not be found")
        if asked.path.endswith("/resourcegroups"):
            return self._groups(subscription, int(asked.query.get("$skiptoken", 0)))
        return 200, self.subscriptions[subscription]

    def _signed_in(self, form: Mapping[str, str]) -> Reply:
        wanted = {
            "grant_type": "client_credentials",
            "client_id": CREDENTIALS["client_id"],
            "client_secret": CREDENTIALS["client_secret"],
            "scope": "https://management.azure.com/.default",
        }
        if form != wanted:
            return 401, {"error": "invalid_client", "error_description": "AADSTS7000215"}
        self.tokens.append(f"eyJ.{len(self.tokens)}")
        return 200, {
            "token_type": "Bearer",
            "expires_in": 3599,
            "access_token": self.tokens[-1],
        }

    def _groups(self, subscription: str, start: int) -> Reply:
        every = self.groups[subscription]
        end = start + self.page
        answer: dict[str, Any] = {"value": every[start:end]}
        if end < len(every):
            path = f"/subscriptions/{subscription}/resourcegroups"
            answer["nextLink"] = f"{self.address}{path}?api-version=2021-04-01&$skiptoken={end}"
        return 200, answer

    def _of_assignments(self, asked: Asked, scope: str, name: str) -> Reply:
        subscription = scope.split("/")[2]
        if subscription not in self.subscriptions:
            return error(404, "SubscriptionNotFound", f"{subscription} could not be found")
        ids = {group["id"].lower() for group in self.groups[subscription]}
        if "/resourceGroups/" in scope and scope.lower() not in ids:
            return error(404, "ResourceGroupNotFound", f"{scope} could not be found")
        match asked.method:
            case "GET":
                return self._listed(scope, asked.query)
            case "PUT":
                return self._assigned(scope, name, asked.body["properties"])
            case "DELETE":
                gone = self.assignments.pop(f"{scope}{_ASSIGNMENTS}/{name}".lower(), None)
                return (200, gone) if gone else (204, None)
            case _:
                return error(405, "MethodNotAllowed", asked.method)

    def _listed(self, scope: str, query: Mapping[str, str]) -> Reply:
        """At the scope, above it and below it."""
        wanted = _FILTER.fullmatch(query.get("$filter", ""))
        if wanted is None:
            return error(400, "UnsupportedQuery", "the filter is not supported")
        value = [
            one
            for one in self.assignments.values()
            if one["properties"]["principalId"] == wanted[1]
            and (
                _is_within(one["properties"]["scope"], scope)
                or _is_within(scope, one["properties"]["scope"])
            )
        ]
        return 200, {"value": value}

    def _assigned(self, scope: str, name: str, properties: Mapping[str, Any]) -> Reply:
        if not _GUID.fullmatch(name):
            return error(400, "InvalidRoleAssignmentId", "the name is no GUID")
        if properties["principalId"] not in self.people:
            said = f"Principal {properties['principalId']} does not exist in the directory."
            return error(400, "PrincipalNotFound", said)
        before = self.assignments.get(f"{scope}{_ASSIGNMENTS}/{name}".lower())
        if before and _key(before["properties"]) != _key(properties):
            return error(400, "RoleAssignmentUpdateNotPermitted", "only the description may change")
        if not before and any(
            one["properties"]["scope"].lower() == scope.lower()
            and _key(one["properties"]) == _key(properties)
            for one in self.assignments.values()
        ):
            return error(409, "RoleAssignmentExists", "The role assignment already exists.")
        return (200 if before else 201), self.put(scope, name, properties)


def error(status: int, code: str, message: str) -> Reply:
    """A failure, in the words of Azure Resource Manager."""
    return status, {"error": {"code": code, "message": message}}


def _key(properties: Mapping[str, Any]) -> tuple[str, str]:
    return properties["principalId"], properties["roleDefinitionId"].rpartition("/")[2]


def _is_within(scope: str, other: str) -> bool:
    return scope.lower() == other.lower() or scope.lower().startswith(f"{other.lower()}/")
