"""The functions of the API need every permission of their roles. A new line in `cdk/grants.py`
asks for an act here that needs it: one call a line, by what it does."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from local.company import Company
from tests.stack.driving import Act, api
from tests.stack.permissions import stripped
from tests.stack.privilege.world import WHY, ask, granted

pytestmark = pytest.mark.every_grant

TOMORROW = (datetime.now(UTC) + timedelta(days=1)).isoformat()
FLOW = {
    "id": "least-privilege",
    "name": "Least privilege",
    "requestors": {"conditions": [{"attribute": "group", "values": ["developers"]}]},
    "targets": [
        {
            "integration": "aws-demo",
            "resource_type": "s3_bucket",
            "permissions": ["read"],
            "resources": {"names": ["acme-drawer"]},
        }
    ],
}
FLOWS = "/configuration/access-flows"
TOKENS = "/configuration/identity-sources/suite/tokens"
USER = {
    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
    "userName": "least.privilege@example.com",
    "displayName": "Least Privilege",
    "active": True,
}
GROUP = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Least"}
PUSHED = {"authorization": "Bearer {token}", "content-type": "application/scim+json"}

ACTS: dict[str, tuple[Act, ...]] = {
    "inventory_api": (
        Act("rita", "GET", "/inventory/resources?name=least"),
        Act("rita", "GET", "/apps"),
        Act("rita", "GET", "/bundles"),
        Act("rita", "GET", "/access-scopes"),
        Act("rita", "GET", "/bundles/drawers/contents"),
        Act("rita", "GET", "/access-scopes/more-drawers/contents"),
    ),
    "activity_api": (
        Act("ada", "GET", "/activity"),
        Act("ada", "GET", "/activity?grantee=rita"),
        Act("ada", "GET", "/activity?requester=rita"),
        Act("ada", "POST", "/activity/revoke", {"request_ids": ["{active}"], "reason": WHY}),
    ),
    "approvals_api": (
        Act("anna", "GET", "/approvals"),
        Act("anna", "POST", "/approvals/{asked}/approve", {}),
        Act("anna", "POST", "/approvals/{on_call}/approve", {}),
        Act("anna", "POST", "/me/delegations", {"delegate_id": "ben", "to": TOMORROW}),
        Act("anna", "GET", "/me/delegations"),
        Act("ben", "GET", "/approvals"),
    ),
    "admin_api": (
        Act("ada", "GET", FLOWS),
        Act("ada", "GET", f"{FLOWS}/automatic"),
        Act("ada", "GET", f"{FLOWS}/automatic/versions"),
        Act("ada", "GET", f"{FLOWS}/automatic/ratings"),
        Act("ada", "GET", "/configuration/changes"),
        Act("ada", "POST", FLOWS, FLOW),
    ),
    "tokens_api": (
        Act("ada", "POST", TOKENS, {"name": WHY, "lives_for": "PT1H"}),
        Act("ada", "GET", TOKENS),
        Act("ada", "DELETE", f"{TOKENS}/{{token_id}}"),
    ),
    "scim_api": (
        Act(None, "POST", "/scim/v2/Users", USER, PUSHED),
        Act(None, "GET", "/scim/v2/Users", None, PUSHED),
        Act(None, "POST", "/scim/v2/Groups", {**GROUP, "members": [{"value": "{user}"}]}, PUSHED),
        Act(None, "PUT", "/scim/v2/Groups/{group}", GROUP, PUSHED),
        Act(None, "DELETE", "/scim/v2/Users/{user}", None, PUSHED),
    ),
}


@pytest.fixture(scope="module")
def made(company: Company) -> dict[str, str]:
    """What the acts are about, by name."""
    token, unused = (
        company.call("ada", "POST", TOKENS, {"name": name, "lives_for": "PT1H"})[1]
        for name in ("Tests", "Unused")
    )
    return {
        "asked": ask(company, "any-of", "dora"),
        "on_call": ask(company, "on-call"),
        "active": granted(company, "extendable"),
        "token": token["token"],
        "token_id": unused["id"],
        **_pushed(company, token["token"]),
    }


@pytest.mark.parametrize("function", ACTS)
def test_all_that_it_may_do_is_needed(
    company: Company, made: dict[str, str], function: str
) -> None:
    with stripped(company, function) as role:
        for act in ACTS[function]:
            role.learn(api(company, function, act.about(made)))


def _pushed(company: Company, token: str) -> dict[str, str]:
    """A user and a group of an identity source."""

    def push(path: str, body: dict[str, Any]) -> str:
        headers = {name: text.replace("{token}", token) for name, text in PUSHED.items()}
        url = f"{company.stack.outputs['api_url']}/scim/v2{path}"
        answer = company.http("POST", url, json=body, headers=headers)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    user = push("/Users", {**USER, "userName": "pushed@example.com"})
    group = push("/Groups", {**GROUP, "displayName": "Pushed", "members": [{"value": user}]})
    return {"user": user, "group": group}
