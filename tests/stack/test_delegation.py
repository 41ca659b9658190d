"""Deciding in somebody's place, and looking after a space, on the deployed stack."""

from datetime import UTC, datetime, timedelta

import pytest

from local.company import Company

CONFIGURATION = "/configuration"


@pytest.mark.flow("any-of")
@pytest.mark.req("N12.delegate", "N12.told", "N12.ended", "R129.delegated")
def test_a_delegate_approves_by_mail_in_the_place_of_who_is_away(
    company: Company, bucket: str
) -> None:
    until = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    body = {"delegate_id": "sue", "to": until, "reason": "on leave"}
    status, made = company.call("anna", "POST", "/me/delegations", body)
    assert (status, made["running"]) == (201, True)
    request = company.ask("rita", bucket, duration="PT1M")
    mail = company.wait_for_mail("sue@example.com", request["id"])
    assert "on behalf of Anna Prover" in mail.text
    awaiting = company.call("sue", "GET", "/approvals")[1]["requests"]
    assert {"id": "anna", "name": "Anna Prover"} in [one["on_behalf_of"] for one in awaiting]
    company.http("POST", mail.link, data={"decision": "approve"})
    active = company.wait_until("rita", request["id"], "Active")
    assert [(vote["person_id"], vote["on_behalf_of"]) for vote in active["votes"]] == [
        ("sue", "anna")
    ]
    assert company.reads("rita", bucket)
    assert company.call("sue", "DELETE", f"/me/delegations/{made['id']}")[0] == 200
    assert company.call("anna", "GET", "/me/delegations")[1] == {"given": [], "taken": []}


@pytest.mark.req("R122.roles", "R123")
def test_an_owner_of_a_space_opens_and_closes_a_bundle_of_it(company: Company) -> None:
    settings = f"{CONFIGURATION}/settings"
    headers = {"if-match": "*"}
    assert company.call("ada", "PATCH", settings, {"spaces": True}, **headers)[0] == 200
    space = {"id": "shop", "name": "Shop", "owners": ["leo"]}
    assert company.call("ada", "POST", f"{CONFIGURATION}/spaces", space)[0] == 201
    target = {"integration": "aws-demo", "resource_type": "s3_bucket", "permissions": ["read"]}
    bundle = {"id": "shelf", "name": "Shelf", "targets": [target]}
    path = f"{CONFIGURATION}/bundles"
    assert company.call("leo", "POST", path, bundle)[0] == 403
    assert company.call("leo", "POST", path, {**bundle, "space": "shop"})[0] == 201
    entries = company.call("leo", "GET", path)[1]["entries"]
    assert [entry["id"] for entry in entries] == ["shelf"]
    assert company.call("leo", "DELETE", f"{path}/shelf", **headers)[0] == 200
    assert company.call("ada", "DELETE", f"{CONFIGURATION}/spaces/shop", **headers)[0] == 200
    assert company.call("ada", "PATCH", settings, {"spaces": False}, **headers)[0] == 200
