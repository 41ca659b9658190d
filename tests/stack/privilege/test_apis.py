"""The functions of the API need every permission of their roles. A new line in `cdk/grants.py`
asks for an act here that needs it: one call a line, by what it does."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from local.company import Company
from tests.stack.driving import Act, api
from tests.stack.permissions import stripped
from tests.stack.privilege.world import (
    GROUP,
    PLACE,
    SCIM,
    TOKENS,
    USER,
    WHY,
    ask,
    bucket,
    granted,
    pushed,
)

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
PEOPLE = {"Idempotency-Key": "invite-gwen"}
GWEN = {"email": "gwen@example.com", "name": "Gwen Guest"}
LINKS = "/configuration/access-flows/partners/links"
PUSHED = {"authorization": "Bearer {token}", **SCIM}


def wish(flow: str, **more: Any) -> dict[str, Any]:
    return {"resources": [Company.bucket(bucket(flow))], **more}


ACTS: dict[str, tuple[Act, ...]] = {
    "requests_api": (
        Act("rita", "GET", "/me"),
        Act("rita", "GET", "/access-flows"),
        Act("rita", "GET", "/me/access"),
        Act("rita", "GET", "/access-requests?role=requester"),
        Act("rita", "GET", "/access-requests?role=grantee"),
        Act("rita", "POST", "/access-requests/dry-run", {"bundles": ["drawers"]}),
        Act("rita", "POST", "/access-requests/dry-run", wish("emergency", justification=WHY)),
        Act("rita", "POST", "/access-requests", wish("any-of")),
        Act("anna", "GET", "/access-requests/{asked}"),
    ),
    "users_api": (
        Act("ada", "POST", "/users", GWEN, PEOPLE),
        Act("ada", "GET", "/users?search=gwen"),
        Act("ada", "GET", "/groups"),
        Act("ada", "POST", "/users/{user}/deactivate"),
        Act("ada", "DELETE", "/users/{invited}"),
    ),
    "links_api": (
        Act("ada", "POST", LINKS, {"name": "Partners"}),
        Act("ada", "GET", LINKS),
        Act("ada", "DELETE", f"{LINKS}/{{link}}"),
    ),
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
        Act("ada", "GET", "/audit?subject=request:{active}"),
        Act("ada", "GET", "/reports/summary?person=rita"),
        Act("ada", "GET", f"/reports/access-graph?{PLACE}"),
        Act("ada", "GET", "/reports/access-graph?person=rita"),
        Act("ada", "GET", "/audit?subject=person:rita"),
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

    def make(path: str, **body: Any) -> str:
        status, made = company.call("ada", "POST", path, body)
        assert status == 201, made
        return str(made["id"])

    return {
        "asked": ask(company, "any-of", "dora"),
        "on_call": ask(company, "on-call"),
        "active": granted(company, "extendable"),
        "token_id": make(TOKENS, name="Unused", lives_for="PT1H"),
        "link": make(LINKS, name="Unused"),
        "invited": make("/users", name="Ivy Invited", email="ivy@example.com"),
        **pushed(company),
    }


@pytest.mark.parametrize("function", ACTS)
def test_all_that_it_may_do_is_needed(
    company: Company, made: dict[str, str], function: str
) -> None:
    with stripped(company, function) as role:
        for act in ACTS[function]:
            role.learn(api(company, function, act.about(made)))
