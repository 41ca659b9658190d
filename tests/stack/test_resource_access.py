"""Request settings of one resource on the deployed stack: a default, and two groups that differ."""

from typing import Any

import pytest

from local.company import Company

LEDGER = "acme-ledger"
ADDRESS = f"/resources?integration=aws-demo&resource_type=s3_bucket&resource={LEDGER}"


def look(company: Company, person: str) -> Any:
    status, shown = company.call(person, "GET", ADDRESS)
    assert status == 200, shown
    return shown


def refusal(company: Company, person: str, **wish: Any) -> tuple[int, str]:
    body = {"resources": [company.bucket(LEDGER)], **wish}
    status, problem = company.call(person, "POST", "/access-requests", body)
    return status, problem["type"].removeprefix("urn:accessflows:problem:")


def decide(company: Company, decision: str, request_id: str) -> None:
    status, answer = company.call("eve", "POST", f"/approvals/{request_id}/{decision}", {})
    assert status == 200, answer


@pytest.mark.req("R125.own", "R125.not_required", "R126.locked", "R126.details")
@pytest.mark.req("R127.presets", "R127.custom", "R128.automatic", "R128.manual", "R128.told")
def test_a_reviewer_lets_people_in_unless_their_group_has_its_own_setting(company: Company) -> None:
    company.open_buckets({LEDGER: {}})
    company.sync_inventory()
    shown = look(company, "rita")
    assert (shown["state"], shown["can_ask"][0]["duration_presets"]) == (
        "locked",
        ["PT30M", "PT1H"],
    )
    assert refusal(company, "rita", duration="PT45M") == (422, "duration-not-offered")
    assert refusal(company, "ben") == (409, "standing-access")
    assert look(company, "ben")["state"] == "standing"
    assert refusal(company, "anna", duration="PT45M") == (400, "bad-input")

    rejected = company.ask("rita", LEDGER, duration="PT1H")["id"]
    assert look(company, "rita")["state"] == "pending"
    decide(company, "reject", rejected)
    approved = company.ask("rita", LEDGER, duration="PT30M")["id"]
    at_once = company.ask("anna", LEDGER, duration="PT45M", justification="the audit")["id"]
    company.wait_for_mail("eve@example.com", approved)
    decide(company, "approve", approved)
    company.wait_until("rita", approved, "Active")
    assert company.reads("rita", LEDGER)
    shown = look(company, "rita")
    assert (shown["state"], len(shown["access_details"])) == ("active", 1)
    assert company.wait_until("anna", at_once, "Active")["duration"] == "PT45M"
    for request_id in (rejected, approved):
        company.wait_for_mail("rita@example.com", request_id)
