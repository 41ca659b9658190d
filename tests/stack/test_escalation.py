"""Tiers on the deployed stack, with seconds between them.

All is asked for at once, and each test waits for its own moment:

    asked (security: ben) --5 s--> tier 1 (leads: anna) --5 s--> tier 2 (eve) --5 s--> tier 3 (ada)
                          --60 s--> timed out"""

from collections.abc import Iterator

import pytest

from local.company import Company, wait_for
from tests.stack.insides import executions, row, stop_executions

PENDING = "Pending Approval"
# Who asks for what in flow `tiered`; a person has room for a few policies only.
ASKED = {
    "tier-1": "rita",
    "tier-2": "rita",
    "tier-3": "rita",
    "earlier-tier": "dora",
    "group-first-asked": "dora",
    "rejected": "dora",
    "nobody": "anna",
}


@pytest.fixture(scope="module")
def asked(company: Company) -> Iterator[dict[str, str]]:
    """The ids of requests that were all submitted at the same time, by what becomes of them."""
    buckets = {f"acme-tiered-{name}": {"flow": "tiered"} for name in ASKED}
    buckets |= {"acme-tiered-stands-in": {"flow": "tiered-all-of"}, "acme-unnoticed": {}}
    company.open_buckets(buckets)
    company.sync_inventory()
    unnoticed = company.ask("rita", "acme-unnoticed", justification="soon")["id"]
    wait_for("its execution", lambda: executions(company, unnoticed))
    stop_executions(company, unnoticed)
    found = {name: company.ask(who, f"acme-tiered-{name}")["id"] for name, who in ASKED.items()}
    stands_in = company.ask("rita", "acme-tiered-stands-in")["id"]
    yield {**found, "stands-in": stands_in, "unnoticed": unnoticed}
    company.end_all("ada")


@pytest.fixture(autouse=True)
def tidy(asked: dict[str, str]) -> None:
    """Everything ends with the module."""


def approve(
    company: Company, person: str, request_id: str, reason: str = "go ahead"
) -> tuple[int, str]:
    """The API's status, and the request's."""
    body = {"reason": reason}
    status, answer = company.call(person, "POST", f"/approvals/{request_id}/approve", body)
    return status, answer.get("status", "")


def inbox(company: Company, person: str) -> set[str]:
    status, answer = company.call(person, "GET", "/approvals")
    assert status == 200, answer
    return {request["id"] for request in answer["requests"]}


def wait_for_tier(company: Company, number: int, request_id: str) -> None:
    def is_open() -> bool:
        return company.request("ada", request_id)["tiers_open"] >= number

    wait_for(f"tier {number}", is_open, seconds=60)


@pytest.mark.req("R61.timeout")
def test_an_approval_after_the_time_out_is_refused_though_no_timer_has_noticed_it(
    company: Company, asked: dict[str, str]
) -> None:
    request_id = asked["unnoticed"]

    def standing() -> bool:
        return company.request("rita", request_id)["status"] == "Rejected"

    wait_for("the time-out", standing)
    assert row(company, request_id)["status"] == PENDING
    status, problem = company.call(
        "anna", "POST", f"/approvals/{request_id}/approve", {"reason": "late"}
    )
    assert (status, problem["request_status"]) == (409, "Rejected")
    assert "timed out" in problem["detail"]
    # The sweep may have come by since.
    assert row(company, request_id)["status"] in (PENDING, "Rejected")


@pytest.mark.req("R61.moves", "R58", "R59")
def test_the_first_tier_approves(company: Company, asked: dict[str, str]) -> None:
    wait_for_tier(company, 1, asked["tier-1"])
    assert approve(company, "anna", asked["tier-1"]) == (200, "Granting")


@pytest.mark.req("R61.stands_in")
def test_a_tier_stands_in_for_the_group_that_does_not_answer(
    company: Company, asked: dict[str, str]
) -> None:
    assert approve(company, "anna", asked["stands-in"]) == (200, PENDING)
    wait_for_tier(company, 1, asked["stands-in"])
    assert approve(company, "eve", asked["stands-in"]) == (200, "Granting")


@pytest.mark.req("R61.moves", "R61.any_of", "N14")
def test_the_second_tier_finds_it_in_its_inbox_and_approves(
    company: Company, asked: dict[str, str]
) -> None:
    wait_for("eve's turn", lambda: asked["tier-2"] in inbox(company, "eve"))
    body = {"decisions": [{"request_id": asked["tier-2"], "decision": "approve"}]}
    status, answer = company.call("eve", "POST", "/approvals/bulk", body)
    assert (status, answer["decisions"][0]["request"]["status"]) == (200, "Granting")


@pytest.mark.req("R61.keeps")
def test_an_earlier_tier_approves_though_a_later_one_is_open(
    company: Company, asked: dict[str, str]
) -> None:
    wait_for_tier(company, 2, asked["earlier-tier"])
    assert approve(company, "anna", asked["earlier-tier"]) == (200, "Granting")


@pytest.mark.req("R61.rejection")
def test_a_rejection_by_a_tier_is_final(company: Company, asked: dict[str, str]) -> None:
    wait_for_tier(company, 2, asked["rejected"])
    path = f"/approvals/{asked['rejected']}"
    status, answer = company.call("eve", "POST", f"{path}/reject", {"reason": "no"})
    assert (status, answer["status"], answer["cause"]) == (200, "Rejected", "person")
    assert approve(company, "ben", asked["rejected"])[0] == 409


@pytest.mark.req("R61.moves")
def test_the_third_tier_approves(company: Company, asked: dict[str, str]) -> None:
    wait_for_tier(company, 3, asked["tier-3"])
    assert approve(company, "ada", asked["tier-3"]) == (200, "Granting")


@pytest.mark.req("R61.keeps")
def test_who_was_asked_first_approves_though_every_tier_is_open(
    company: Company, asked: dict[str, str]
) -> None:
    wait_for_tier(company, 3, asked["group-first-asked"])
    assert approve(company, "ben", asked["group-first-asked"]) == (200, "Granting")


@pytest.mark.req("R61.once", "R61.timeout", "R58", "R59")
def test_each_tier_is_asked_once_and_then_it_times_out(
    company: Company, asked: dict[str, str]
) -> None:
    rejected = company.wait_until("anna", asked["nobody"], "Rejected")
    assert rejected["cause"] == "timed_out"
    opened = [event for event in rejected["events"] if event["kind"] == "tier_opened"]
    assert [event["details"] for event in opened] == [{"tier": 1}, {"tier": 2}, {"tier": 3}]
    for person in ("ben", "anna", "eve", "ada"):
        mails = company.mails(f"{person}@example.com", asked["nobody"])
        assert len([mail for mail in mails if "/approve/" in mail.text]) == 1


@pytest.mark.req("R61.any_of", "R61.stands_in")
def test_what_a_tier_approved_is_there(company: Company, asked: dict[str, str]) -> None:
    for name in ("tier-1", "tier-2", "tier-3", "earlier-tier", "group-first-asked"):
        who = ASKED[name]
        company.wait_until(who, asked[name], "Active")
        assert company.reads(who, f"acme-tiered-{name}")
    company.wait_until("rita", asked["stands-in"], "Active")


@pytest.mark.req("R61.timeout")
def test_f16_what_no_timer_noticed_times_out_by_the_sweep(
    company: Company, asked: dict[str, str]
) -> None:
    # By now it is overdue for as long as the sweep leaves a request to its machine.
    company.invoke("accessflows-sweep", {})
    request = company.request("rita", asked["unnoticed"])
    assert (request["status"], request["cause"]) == ("Rejected", "timed_out")
    assert row(company, asked["unnoticed"])["status"] == "Rejected"
    assert request["events"][-1]["kind"] == "rejected"
