"""Asking for somebody else, and again, on the deployed stack."""

import pytest

from local.company import Company

TICKET = {"type": "jira", "id": "OPS-1"}


@pytest.mark.flow("on-behalf")
@pytest.mark.req("R19.grantees", "R19.not_self", "R106.on_behalf", "R101", "R104", "R87")
@pytest.mark.req("R23.list", "R102.recent")
def test_a_colleague_receives_and_only_the_requester_ends_it(company: Company, bucket: str) -> None:
    found = company.call("rita", "GET", "/me/grantees")[1]["grantees"]
    assert ("dora", ["on-behalf"]) in [(grantee["id"], grantee["flows"]) for grantee in found]
    wish = {"ticket": TICKET, "duration": "PT5M"}
    for_herself = {**wish, "resources": [company.bucket(bucket)], "justification": "mine"}
    _, answer = company.call("rita", "POST", "/access-requests/dry-run", for_herself)
    # The flow is not for oneself, which leaves the admins.
    assert [request["flow"]["id"] for request in answer["requests"]] == ["fallback"]
    request = company.ask("rita", bucket, **wish, grantee_id="dora")
    assert request["ticket"]["url"] == "https://tracker.example/browse/OPS-1"
    company.wait_until("dora", request["id"], "Active")
    assert company.reads("dora", bucket)
    assert not company.reads("rita", bucket)
    path = f"/access-requests/{request['id']}"
    assert company.call("dora", "POST", f"{path}/revoke", {})[0] == 403
    assert company.call("rita", "POST", f"{path}/favorite")[0] == 403
    assert company.call("rita", "POST", f"{path}/revoke", {})[0] == 200
    company.wait_until("dora", request["id"], "Revoked")
    assert not company.reads("dora", bucket)
    recent = company.call("dora", "GET", "/me/access")[1]["recent"]
    assert request["id"] in [each["id"] for each in recent]
    status, again = company.call("rita", "POST", f"{path}/request-again")
    assert (status, again["requests"][0]["grantee_id"]) == (201, "dora")
    company.wait_until("dora", again["requests"][0]["id"], "Active")
    end = f"/access-requests/{again['requests'][0]['id']}/revoke"
    assert company.call("rita", "POST", end, {})[0] == 200
