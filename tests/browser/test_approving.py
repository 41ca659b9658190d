"""Approving in Chromium, on the deployed stack: by keyboard, many at once, by code, for others."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pyotp
import pytest
from playwright.sync_api import Page, expect

from local.company import Company
from tests.browser.conftest import SignIn

BUCKET = "acme-approving"
OTHER = "acme-approving-too"


def awaited(company: Company, *buckets: str) -> list[dict[str, Any]]:
    company.open_buckets({bucket: {"flow": "any-of"} for bucket in buckets})
    company.sync_inventory()
    return [company.ask("rita", bucket, duration="PT1M") for bucket in buckets]


def press_until(page: Page, name: str) -> None:
    """Tab on until the focus is on what is called so."""
    for _ in range(80):
        page.keyboard.press("Tab")
        focused = page.evaluate(
            "document.activeElement.ariaLabel || document.activeElement.textContent.trim()"
        )
        if focused == name:
            return
    raise AssertionError(f"no key leads to {name!r}")


@pytest.mark.req("R129.page", "N11.page", "N14")
def test_an_approver_decides_by_keyboard_alone_one_and_then_many(
    company: Company, sign_in: SignIn
) -> None:
    one, other = awaited(company, BUCKET, OTHER)
    page = sign_in("anna", path="/inbox")
    page.goto("/inbox")
    press_until(page, f"Look at it: Rita Quest: {BUCKET}")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Asked for before")).to_be_visible()
    press_until(page, "Approve")
    page.keyboard.press("Enter")
    expect(page.get_by_text("approved it on")).to_be_visible()
    company.wait_until("rita", one["id"], "Active")
    page.goto("/inbox")
    press_until(page, f"Choose: Rita Quest: {OTHER}")
    page.keyboard.press("Space")
    press_until(page, "Approve")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Your decision on 1 request is recorded")).to_be_visible()
    company.wait_until("rita", other["id"], "Active")


@pytest.mark.req("R63.pending", "R64.enrol")
def test_a_code_leads_from_setting_up_the_app_to_active_access(
    company: Company, sign_in: SignIn
) -> None:
    company.open_buckets({BUCKET: {"flow": "mfa"}})
    company.sync_inventory()
    request = company.ask("rita", BUCKET, grantee_id="mia", duration="PT1M")
    page = sign_in("mia", path=f"/account/confirm/{request['id']}")
    page.get_by_role("button", name="Set up an app").click()
    app = pyotp.TOTP(page.locator("code.secret").inner_text())
    page.get_by_label("Six digits").fill(app.at(datetime.now(UTC)))
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("heading", name=f"Confirm the access to {BUCKET}")).to_be_visible()
    # The app may be a step ahead: nobody waits here for the next code.
    page.get_by_label("Six digits").fill(app.at(datetime.now(UTC) + timedelta(seconds=30)))
    page.get_by_role("button", name="Confirm").click()
    expect(page.locator(".badge").first).to_have_text("Pending Approval")
    assert company.call("anna", "POST", f"/approvals/{request['id']}/approve", {})[0] == 200
    company.wait_until("mia", request["id"], "Active")
    page.reload()
    expect(page.locator(".badge").first).to_have_text("Active")
    assert company.call("ada", "POST", "/users/mia/mfa/reset")[0] == 200


@pytest.mark.req("N12.delegate", "R129.delegated")
def test_a_delegate_is_named_on_a_page_and_sees_in_whose_place(
    company: Company, sign_in: SignIn
) -> None:
    (request,) = awaited(company, BUCKET)
    page = sign_in("anna", path="/account/delegates", timezone_id="Asia/Tokyo")
    expect(page.locator("[data-zone]")).to_have_text("Asia/Tokyo")
    page.get_by_label("Who, by their mail address").fill("sue@example.com")
    until = datetime.now(UTC) + timedelta(days=2)
    page.get_by_label("Until").fill(f"{until:%Y-%m-%dT%H:%M}")
    page.get_by_role("button", name="Let them decide").click()
    expect(page.get_by_role("button", name="End: ")).to_be_visible()
    other = sign_in("sue", path=f"/inbox/{request['id']}")
    expect(other.get_by_text("You decide on behalf of Anna Prover")).to_be_visible()
    page.get_by_role("button", name="End: ").click()
    expect(page.get_by_text("Nobody does.")).to_be_visible()
