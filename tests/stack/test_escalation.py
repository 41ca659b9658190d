"""Tiers and the inbox on the deployed stack, with seconds between tiers."""

import pytest

from local.company import Company, wait_for

PENDING = "Pending Approval"


def approve(company: Company, person: str, request_id: str) -> tuple[int, str]:
    status, answer = company.call(person, "POST", f"/approvals/{request_id}/approve", {})
    return status, answer.get("status", "")


def inbox(company: Company, person: str) -> set[str]:
    status, answer = company.call(person, "GET", "/approvals")
    assert status == 200, answer
    return {request["id"] for request in answer["requests"]}


@pytest.mark.flow("tiered")
@pytest.mark.req("R61.moves", "R61.once", "R61.timeout", "R58", "R59")
def test_three_tiers_are_asked_once_each_and_then_it_times_out(
    company: Company, bucket: str
) -> None:
    request_id = company.ask("rita", bucket)["id"]
    rejected = company.wait_until("rita", request_id, "Rejected", seconds=60)
    assert rejected["cause"] == "timed_out"
    events = [event for event in rejected["events"] if event["kind"] == "tier_opened"]
    assert [event["details"] for event in events] == [{"tier": 1}, {"tier": 2}, {"tier": 3}]
    for person in ("ben", "anna", "eve", "ada"):
        asked = [
            mail
            for mail in company.mails(f"{person}@example.com", request_id)
            if "/approve/" in mail.text
        ]
        assert len(asked) == 1


@pytest.mark.flow("tiered")
@pytest.mark.req("R61.any_of", "N14")
def test_a_member_of_an_open_tier_finds_it_in_their_inbox_and_approves(
    company: Company, bucket: str
) -> None:
    request_id = company.ask("rita", bucket)["id"]
    assert request_id not in inbox(company, "eve")
    wait_for("eve's turn", lambda: request_id in inbox(company, "eve"), seconds=20)
    body = {"decisions": [{"request_id": request_id, "decision": "approve"}]}
    status, answer = company.call("eve", "POST", "/approvals/bulk", body)
    assert (status, answer["decisions"][0]["request"]["status"]) == (200, "Granting")
    company.wait_until("rita", request_id, "Active")


@pytest.mark.flow("tiered")
@pytest.mark.req("R61.keeps")
def test_who_was_asked_first_approves_though_a_tier_is_open(company: Company, bucket: str) -> None:
    request_id = company.ask("rita", bucket)["id"]
    wait_for("tier 1", lambda: company.request("rita", request_id)["tiers_open"], seconds=20)
    assert approve(company, "ben", request_id) == (200, "Granting")


@pytest.mark.flow("tiered-all-of")
@pytest.mark.req("R61.stands_in")
def test_a_tier_stands_in_for_the_group_that_does_not_answer(company: Company, bucket: str) -> None:
    request_id = company.ask("rita", bucket)["id"]
    assert approve(company, "anna", request_id) == (200, PENDING)
    wait_for("tier 1", lambda: company.request("rita", request_id)["tiers_open"], seconds=20)
    assert approve(company, "eve", request_id) == (200, "Granting")
