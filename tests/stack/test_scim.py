"""Identity providers push to the deployed stack: a suite not ours, and somebody who leaves."""

import json
from typing import Any

import pytest
from scim2_client.engines.wsgi import WSGISCIMClient
from scim2_tester import Status, check_server

from local.company import Company, wait_for
from tests.doubles.scim import Answered, Called, passing_on

CORE = "urn:ietf:params:scim:schemas:core:2.0"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


def new_token(company: Company, source: str) -> str:
    path = f"/configuration/identity-sources/{source}/tokens"
    status, made = company.call("ada", "POST", path, {"name": "Tests", "lives_for": "PT1H"})
    assert status == 201, made
    return str(made["token"])


@pytest.mark.req("R115.scim")
def test_the_protocol_is_kept_as_others_read_it(company: Company) -> None:
    def call(called: Called) -> Answered:
        url = f"{company.stack.outputs['api_url']}{called.path}?{called.query}"
        answer = company.http(
            called.method, url.rstrip("?"), data=called.body, headers=dict(called.headers)
        )
        return Answered(answer.status_code, dict(answer.headers), answer.content)

    client = WSGISCIMClient(
        passing_on(call),
        base_url="http://localhost/scim/v2",
        headers={"Authorization": f"Bearer {new_token(company, 'suite')}"},
    )
    results = check_server(client)
    wrong = [r for r in results if r.status in (Status.ERROR, Status.CRITICAL)]
    assert not wrong, "\n".join(f"{r.title}: {r.reason}" for r in wrong)
    assert sum(r.status is Status.SUCCESS for r in results) > 50


@pytest.mark.flow("automatic")
@pytest.mark.req("R115.scim", "R115.requester", "N10.left", "R44.left")
def test_who_is_deactivated_at_the_provider_loses_what_they_had(
    company: Company, bucket: str
) -> None:
    company.open_buckets({"acme-pending": {"flow": "any-of"}})
    company.sync_inventory()
    token = new_token(company, "okta")

    def scim(method: str, path: str, body: Any) -> Any:
        url = f"{company.stack.outputs['api_url']}/scim/v2{path}"
        headers = {"authorization": f"Bearer {token}", "content-type": "application/scim+json"}
        answer = company.http(method, url, data=json.dumps(body), headers=headers)
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None

    user = {
        "schemas": [f"{CORE}:User"],
        "userName": "sue@example.com",
        "displayName": "Sue Ferris",
        "active": True,
    }
    assert scim("POST", "/Users", user)["id"] == "sue"
    group = {"schemas": [f"{CORE}:Group"], "displayName": "Pushed", "members": [{"value": "sue"}]}
    scim("POST", "/Groups", group)
    status, me = company.call("sue", "GET", "/me")
    assert (status, sorted(me["by_source"])) == (200, ["configuration", "okta"])
    assert "Pushed" in [each["name"] for each in me["groups"]]

    held = company.ask("sue", bucket)
    pending = company.ask("sue", "acme-pending", duration="PT1H")
    company.wait_until("sue", held["id"], "Active")
    assert company.reads("sue", bucket)
    scim(
        "PATCH",
        "/Users/sue",
        {"schemas": [PATCH], "Operations": [{"op": "replace", "value": {"active": False}}]},
    )
    wait_for("the end", lambda: not company.reads("sue", bucket))
    assert company.wait_until("ada", held["id"], "Revoked")["cause"] == "left"
    company.wait_until("ada", pending["id"], "Cancelled")
    assert company.call("sue", "GET", "/me")[0] in (401, 403)
    scim(
        "PATCH",
        "/Users/sue",
        {"schemas": [PATCH], "Operations": [{"op": "replace", "value": {"active": True}}]},
    )
    assert company.call("sue", "GET", "/me")[0] == 200
