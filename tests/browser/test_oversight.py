"""An admin looks after what is going on, in Chromium, on the deployed stack."""

import csv
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from local.company import Company
from tests.browser.conftest import SignIn

BUCKETS = ("acme-seen-one", "acme-seen-two")


@pytest.fixture
def held(company: Company) -> list[dict[str, Any]]:
    """Rita's active access to two buckets, asked for one by one."""
    company.open_buckets({bucket: {"flow": "automatic"} for bucket in BUCKETS})
    company.sync_inventory()
    asked = [company.ask("rita", bucket, duration="PT1H")["id"] for bucket in BUCKETS]
    return [company.wait_until("rita", request_id, "Active") for request_id in asked]


def heading(page: Page, name: str) -> None:
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()


@pytest.mark.req("R107.bulk", "R114.dashboard", "R114.activity", "R130.csv", "R113.invite")
def test_an_admin_finds_ends_takes_along_reads_the_audit_and_invites_without_any_script(
    company: Company, sign_in: SignIn, held: list[dict[str, Any]]
) -> None:
    page = sign_in("ada", path="/admin", java_script_enabled=False)
    heading(page, "Dashboard")
    page.get_by_role("link", name="People", exact=True).click()
    page.get_by_label("How a word of the name").fill("quest")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="Rita Quest").click()
    heading(page, "Rita Quest")
    for bucket in BUCKETS:
        page.get_by_label(f"Choose {bucket}").check()
    page.get_by_role("button", name="End what is chosen").click()
    heading(page, "End these 2 requests?")
    page.get_by_label("Your reason").fill("their laptop is gone")
    page.get_by_role("button", name="Yes, end them").click()
    heading(page, "What became of them")
    expect(page.get_by_text("Revoking")).to_have_count(2)
    for request in held:
        company.wait_until("rita", request["id"], "Revoked")
    assert not any(company.reads("rita", bucket) for bucket in BUCKETS)

    page.goto("/admin/activity?grantee=rita%40example.com&status=Revoked")
    with page.expect_download() as coming:
        page.get_by_role("link", name="CSV").click()
    with coming.value.path().open(encoding="utf-8-sig", newline="") as file:
        rows = {row["request"]: row for row in csv.DictReader(file)}
    assert {rows[request["id"]]["reason"] for request in held} == {"their laptop is gone"}

    page.get_by_role("link", name=f"Audit of {BUCKETS[0]}, {held[0]['id']}").click()
    expect(page.get_by_text("The chain is whole.")).to_be_visible()
    expect(page.get_by_text("their laptop is gone")).to_be_visible()

    page.goto("/admin/people/invite")
    page.get_by_label("Mail address").fill("zoe@example.com")
    page.get_by_label("Full name").fill("Zoe Guest")
    page.get_by_role("button", name="Invite").click()
    heading(page, "Zoe Guest")


@pytest.mark.req("N19.person", "N19.resource", "N19.holders")
def test_the_graph_leads_by_keyboard_from_a_person_to_who_holds_a_resource(
    sign_in: SignIn, held: list[dict[str, Any]]
) -> None:
    page = sign_in("ada", path="/admin/graph")
    page.get_by_label("Name of a person or a resource").fill("rita")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Rita Quest").press("Enter")
    heading(page, "What Rita Quest could reach")
    # Of the drawing and of the list, which say the same.
    page.goto(f"/admin/graph?name={BUCKETS[0]}")
    page.get_by_role("link", name=BUCKETS[0]).press("Enter")
    heading(page, f"Who could reach {BUCKETS[0]}")
    holders = page.get_by_role("region", name="Who has it now")
    expect(holders.get_by_role("link", name="Rita Quest")).to_be_visible()
