"""What no flow covers on the deployed stack: admins decide, for a few hours at most."""

from datetime import timedelta

import pytest

from local.company import Company, wait_for
from tests.stack.insides import executions, move_back, row, stop_executions

WHY = "the pager went off"


@pytest.mark.flow("automatic")
@pytest.mark.req("R108", "R109.admins", "R109.justification", "R109.no_extension")
@pytest.mark.req("R78.fallback", "R84.split", "R84.fallback")
def test_what_no_flow_covers_is_asked_of_admins_and_granted_for_hours(
    company: Company, bucket: str
) -> None:
    company.open_buckets({"acme-uncovered": {"flow": "none"}})
    company.sync_inventory()
    both = {"resources": [company.bucket(bucket), company.bucket("acme-uncovered")]}
    status, problem = company.call("rita", "POST", "/access-requests", both)
    assert status == 400
    assert "justification" in problem["detail"]
    status, answer = company.call(
        "rita", "POST", "/access-requests", {**both, "justification": WHY}
    )
    assert status == 201, answer
    ids = {request["flow"]["id"]: request["id"] for request in answer["requests"]}
    company.asked.extend(ids.values())
    assert sorted(ids) == ["automatic", "fallback"]

    mail = company.wait_for_mail("ada@example.com", ids["fallback"])
    path = f"/approvals/{ids['fallback']}/approve"
    assert company.call("anna", "POST", path, {})[0] == 403
    assert company.http("POST", mail.link, data={"decision": "approve"}).status_code == 200
    active = company.wait_until("rita", ids["fallback"], "Active")
    assert active["duration"] == "PT4H"
    assert company.reads("rita", "acme-uncovered")
    extend = f"/access-requests/{ids['fallback']}/extend"
    status, problem = company.call("rita", "POST", extend)
    assert (status, problem["type"]) == (409, "urn:accessflows:problem:not-extendable")


@pytest.mark.req("R109.admins", "R94.timed_out")
def test_f16_a_fallback_request_that_no_admin_answers_times_out_without_its_execution(
    company: Company,
) -> None:
    company.open_buckets({"acme-unanswered": {"flow": "none"}})
    company.sync_inventory()
    request_id = company.ask("rita", "acme-unanswered", justification=WHY)["id"]
    wait_for("its execution", lambda: executions(company, request_id))
    stop_executions(company, request_id)
    move_back(
        company, request_id, timedelta(hours=25), "submitted_at", "approval_timeout_at", "due_at"
    )
    path = f"/approvals/{request_id}/approve"
    assert company.call("ada", "POST", path, {})[0] == 409
    assert row(company, request_id)["status"] == "Pending Approval"
    company.invoke("accessflows-sweep", {})
    rejected = company.request("rita", request_id)
    assert (rejected["status"], rejected["cause"]) == ("Rejected", "timed_out")
    assert not company.reads("rita", "acme-unanswered")
