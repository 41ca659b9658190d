"""Whole stories on the deployed stack: real IAM users, real mails, real machines."""

import threading

import pytest

from accessflows.model.event import Event, first_broken
from local.company import Company, wait_for
from tests.stack.insides import executions


def vote(company: Company, person: str, request_id: str, decision: str, **form: str) -> str:
    """Decide from the mail; the page that answers."""
    mail = company.wait_for_mail(f"{person}@example.com", request_id)
    page = company.http("POST", mail.link, data={"decision": decision, **form})
    return page.text


@pytest.mark.flow("any-of")
@pytest.mark.req("N20", "N1.iam", "N1.timer", "N1.evidence", "R1", "R47", "R54", "R92")
@pytest.mark.req(
    "R4.self_serve", "R10.requested", "R39.aws_iam", "R43.revoked", "R43.told", "R96.expired"
)
def test_refused_asked_approved_by_mail_in_and_refused_again(company: Company, bucket: str) -> None:
    assert not company.reads("rita", bucket)
    request = company.ask("rita", bucket, duration="PT10S", justification="month end")
    assert request["status"] == "Pending Approval"
    assert not company.reads("rita", bucket)
    vote(company, "anna", request["id"], "approve", reason="go ahead")
    active = company.wait_until("rita", request["id"], "Active")
    assert company.reads("rita", bucket)
    assert company.policies("demo-rita") == [f"accessflows-{request['id']}-1"]
    assert active["access_details"]
    ended = company.wait_until("rita", request["id"], "Expired")
    assert not company.reads("rita", bucket)
    assert company.policies("demo-rita") == []
    (batch,) = ended["batches"]
    assert (batch["state"], batch["evidence"]["found"]) == ("absent", False)
    events = [Event.model_validate(event) for event in ended["events"]]
    assert [event.kind for event in events] == [
        "submitted",
        "approved",
        "activated",
        "revocation_started",
        "revocation_retried",
        "ended",
    ]
    assert first_broken(events) is None
    wait_for("the mail about the end", lambda: company.mails("rita@example.com", "ended"))


@pytest.mark.flow("all-of")
@pytest.mark.req("R53", "R55.distinct")
def test_f06_two_approvers_of_all_of_at_the_same_instant_both_count(
    company: Company, bucket: str
) -> None:
    request = company.ask("rita", bucket, duration="PT1M")
    links = [
        company.wait_for_mail(f"{person}@example.com", request["id"]).link
        for person in ("anna", "ben")
    ]
    barrier = threading.Barrier(2)

    def click(link: str) -> None:
        barrier.wait()
        company.http("POST", link, data={"decision": "approve"})

    threads = [threading.Thread(target=click, args=(link,)) for link in links]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    active = company.wait_until("rita", request["id"], "Active")
    assert {vote["person_id"] for vote in active["votes"]} == {"anna", "ben"}
    assert company.reads("rita", bucket)
    company.call("rita", "POST", f"/access-requests/{request['id']}/revoke", {})


@pytest.mark.flow("any-of")
@pytest.mark.req("R94.approver")
def test_a_rejection_from_the_mail_gives_nothing(company: Company, bucket: str) -> None:
    request = company.ask("rita", bucket)
    vote(company, "ben", request["id"], "reject", reason="not this month")
    rejected = company.wait_until("rita", request["id"], "Rejected")
    assert (rejected["cause"], rejected["reason"]) == ("person", "not this month")
    assert not company.reads("rita", bucket)
    told = company.wait_for_mail("rita@example.com", "not this month")
    assert "reject" in told.subject.casefold()


@pytest.mark.flow("any-of")
@pytest.mark.req("R98.cancel")
def test_the_requester_cancels_and_the_link_is_outdated(company: Company, bucket: str) -> None:
    request = company.ask("rita", bucket)
    link = company.wait_for_mail("anna@example.com", request["id"]).link
    status, answer = company.call("rita", "POST", f"/access-requests/{request['id']}/cancel")
    assert (status, answer["status"]) == (200, "Cancelled")
    page = company.http("POST", link, data={"decision": "approve"})
    assert page.status_code == 410
    assert "Rita" in page.text
    assert company.request("rita", request["id"])["status"] == "Cancelled"


@pytest.mark.flow("automatic")
@pytest.mark.req("R46", "R105.requester", "R96.person", "R95.observed")
def test_the_requester_revokes_early(company: Company, bucket: str) -> None:
    request = company.ask("rita", bucket)
    company.wait_until("rita", request["id"], "Active")
    assert company.reads("rita", bucket)
    path = f"/access-requests/{request['id']}/revoke"
    status, answer = company.call("rita", "POST", path, {"reason": "done"})
    assert (status, answer["status"], answer["cause"]) == (200, "Revoking", "person")
    revoked = company.wait_until("rita", request["id"], "Revoked")
    assert not company.reads("rita", bucket)
    assert revoked["batches"][0]["state"] == "absent"


@pytest.mark.flow("any-of")
@pytest.mark.req("N7.authority")
def test_who_is_not_an_approver_cannot_decide(company: Company, bucket: str) -> None:
    request = company.ask("rita", bucket)
    status, problem = company.call("eve", "POST", f"/approvals/{request['id']}/approve", {})
    assert (status, problem["type"]) == (403, "urn:accessflows:problem:not-an-approver")
    assert company.call(None, "POST", f"/approvals/{request['id']}/approve", {})[0] == 401
    assert company.request("rita", request["id"])["status"] == "Pending Approval"


@pytest.mark.flow("any-of")
@pytest.mark.req("R68.requester", "R68.alias", "R69")
def test_f12_who_asks_is_neither_asked_nor_allowed_to_approve(
    company: Company, bucket: str
) -> None:
    request = company.ask("anna", bucket)
    company.wait_for_mail("ben@example.com", request["id"])
    asked = [m for m in company.mails("anna@example.com", request["id"]) if "/approve/" in m.text]
    assert asked == []
    status, _ = company.call("anna", "POST", f"/approvals/{request['id']}/approve", {})
    assert status == 403


@pytest.mark.req("R94.timed_out", "R65.required", "R66.required")
def test_nobody_decides_in_time(company: Company) -> None:
    company.open_buckets({"acme-impatient": {}})
    company.sync_inventory()
    body = {"resources": [company.bucket("acme-impatient")]}
    status, problem = company.call("rita", "POST", "/access-requests", body)
    assert status == 400
    assert "justification" in problem["detail"]
    request = company.ask("rita", "acme-impatient", justification="soon")
    status, problem = company.call("anna", "POST", f"/approvals/{request['id']}/approve", {})
    assert status == 400
    assert "reason" in problem["detail"]
    rejected = company.wait_until("rita", request["id"], "Rejected")
    assert rejected["cause"] == "timed_out"
    late = {"reason": "late"}
    assert company.call("anna", "POST", f"/approvals/{request['id']}/approve", late)[0] == 409


@pytest.mark.req("R41", "R44.idle", "R44.admin")
def test_indefinite_access_is_ended_by_an_admin(company: Company) -> None:
    company.open_buckets({"acme-forever": {}})
    company.sync_inventory()
    request = company.ask("rita", "acme-forever")
    active = company.wait_until("rita", request["id"], "Active")
    assert "ends_at" not in active
    assert company.reads("rita", "acme-forever")
    wait_for("no execution", lambda: not executions(company, request["id"], "RUNNING"))
    status, _ = company.call("ada", "POST", f"/access-requests/{request['id']}/revoke", {})
    assert status == 200
    company.wait_until("rita", request["id"], "Revoked")
    assert not company.reads("rita", "acme-forever")


@pytest.mark.flow("any-of")
@pytest.mark.req("N7.page", "N7.once", "N7.outdated")
def test_f15_reading_a_link_changes_nothing_and_it_is_used_once(
    company: Company, bucket: str
) -> None:
    request = company.ask("rita", bucket, duration="PT1M")
    links = {
        person: company.wait_for_mail(f"{person}@example.com", request["id"]).link
        for person in ("anna", "ben")
    }
    before = company.request("rita", request["id"])
    for method in ("GET", "HEAD"):
        for _ in range(100):
            assert company.http(method, links["anna"]).status_code == 200
    assert company.request("rita", request["id"]) == before
    assert company.http("POST", links["anna"][:-1], data={"decision": "approve"}).status_code >= 400
    assert company.http("POST", links["anna"], data={"decision": "approve"}).status_code == 200
    for link in links.values():
        late = company.http("POST", link, data={"decision": "reject"})
        assert late.status_code in (409, 410)
        assert "Anna Prover" in late.text
    company.wait_until("rita", request["id"], "Active")
    company.call("rita", "POST", f"/access-requests/{request['id']}/revoke", {})


@pytest.mark.flow("any-of")
@pytest.mark.req("R29.sync")
def test_a_bucket_that_gains_the_tag_is_covered_from_the_next_sync(
    company: Company, bucket: str
) -> None:
    company.open_buckets({bucket: {"flow": "none"}})
    company.sync_inventory()
    body = {"resources": [company.bucket(bucket)]}
    assert company.call("rita", "POST", "/access-requests/dry-run", body)[1]["refused"]
    company.open_buckets({bucket: {"flow": "any-of"}})
    company.sync_inventory()
    assert not company.call("rita", "POST", "/access-requests/dry-run", body)[1]["refused"]
