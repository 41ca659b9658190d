"""Whoever is on call approves, on the deployed stack."""

import pytest

from local.company import Company


@pytest.mark.flow("on-call")
@pytest.mark.req("R49.file", "R5.on_call", "R9.on_call")
def test_whoever_is_on_call_approves_from_the_mail_and_nobody_else(
    company: Company, bucket: str
) -> None:
    request_id = company.ask("rita", bucket)["id"]
    mail = company.wait_for_mail("anna@example.com", request_id)
    assert company.mails("ben@example.com", request_id) == []
    assert company.call("ben", "POST", f"/approvals/{request_id}/approve", {})[0] == 403
    inbox = company.call("anna", "GET", "/approvals")[1]["requests"]
    assert request_id in [request["id"] for request in inbox]
    company.http("POST", mail.link, data={"decision": "approve"})
    company.wait_until("rita", request_id, "Active")
