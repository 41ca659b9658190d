"""A thousand resources of the company's own system in one call, on the deployed stack."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from accessflows.model.limits import MOST_RESOURCES
from local import own_system
from local.company import Company
from tests.deployed import switch_fallback

FUNCTION = "acme-crm-access"
REGIONS = ("north", "south", "east", "west", "middle")
PERMISSIONS = ["read", "write", "admin"]


@pytest.fixture(scope="module")
def accounts(company: Company) -> list[str]:
    """A thousand accounts, 200 a region, and one that no flow covers."""
    names = [f"account-{n:04d}" for n in range(MOST_RESOURCES)]
    tags = {name: {"region": REGIONS[n % len(REGIONS)]} for n, name in enumerate(names)}
    own_system.install(company.stack, FUNCTION, {"crm_account": {**tags, "stray": {}}})
    company.sync_inventory()
    # The functions wake with a smaller call.
    assert company.call("rita", "GET", "/me")[0] == 200
    return names


def wanted(names: list[str], **wish: Any) -> dict[str, Any]:
    resource = {"integration": "crm", "resource_type": "crm_account", "permissions": PERMISSIONS}
    return {"resources": [{**resource, "resource": name} for name in names], **wish}


@pytest.fixture
def tomorrow() -> str:
    """A start until which nothing is granted."""
    return (datetime.now(UTC) + timedelta(days=1)).isoformat()


@pytest.mark.req("R83.limits", "R84.split")
def test_f19_a_thousand_resources_in_one_call_become_a_request_a_flow(
    company: Company, accounts: list[str], tomorrow: str
) -> None:
    body = wanted(accounts, duration="PT10M", starts_at=tomorrow)
    status, answer = company.call("rita", "POST", "/access-requests", body)
    assert status == 201, answer
    requests = answer["requests"]
    company.asked.extend(request["id"] for request in requests)
    assert {r["flow"]["id"]: r["status"] for r in requests} == {
        f"crm-{region}": "Scheduled" for region in REGIONS
    }
    shown = company.request("rita", requests[0]["id"])
    assert [len(batch["entitlements"]) for batch in shown["batches"]] == [100] * 6
    (decision,) = shown["trace"]["decisions"]
    assert (decision["entitlements"], len(decision["asked"][0]["resources"])) == (600, 200)


@pytest.mark.req("R84.whole", "R84.fallback")
def test_one_account_without_a_flow_refuses_all_or_is_for_the_admins(
    company: Company, accounts: list[str], tomorrow: str
) -> None:
    body = wanted([*accounts[:10], "stray"], duration="PT10M", starts_at=tomorrow)
    mine = company.call("rita", "GET", "/access-requests")
    switch_fallback(company, on=False)
    try:
        status, refused = company.call("rita", "POST", "/access-requests", body)
    finally:
        switch_fallback(company, on=True)
    assert (status, refused["type"]) == (403, "urn:accessflows:problem:no-access-flow")
    named = [(e["resource"], e["permission"]) for e in refused["refused"][0]["entitlements"]]
    assert named == [("stray", permission) for permission in PERMISSIONS]
    assert company.call("rita", "GET", "/access-requests") == mine
    body["justification"] = "audit"
    status, answer = company.call("rita", "POST", "/access-requests", body)
    assert status == 201, answer
    company.asked.extend(request["id"] for request in answer["requests"])
    found = {request["flow"]["id"]: request["status"] for request in answer["requests"]}
    assert found.pop("fallback") == "Pending Approval"
    assert found == {f"crm-{region}": "Scheduled" for region in REGIONS}


@pytest.mark.req("R39.lambda")
def test_the_company_s_own_function_grants_and_revokes(
    company: Company, accounts: list[str]
) -> None:
    body = wanted(accounts[0:200:5], duration="PT10M")
    status, answer = company.call("rita", "POST", "/access-requests", body)
    assert status == 201, answer
    (request,) = answer["requests"]
    company.asked.append(request["id"])
    active = company.wait_until("rita", request["id"], "Active", seconds=180)
    assert active["access_details"] == ["Sign in as rita.quest."]
    assert [batch["state"] for batch in active["batches"]] == ["granted"] * 2
    held = own_system.held(company.stack, FUNCTION)
    assert held == [f"{request['id']}-1", f"{request['id']}-2"]
    path = f"/access-requests/{request['id']}/revoke"
    assert company.call("rita", "POST", path, {})[0] == 200
    company.wait_until("rita", request["id"], "Revoked", seconds=180)
    assert own_system.held(company.stack, FUNCTION) == []
