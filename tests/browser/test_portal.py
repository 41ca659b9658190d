"""The portal in Chromium, on the deployed stack: with a real password."""

from typing import Any

import pytest
from playwright.sync_api import expect

from local.company import Company
from tests.browser.conftest import SignIn

BUCKET = "acme-portal"


@pytest.fixture
def held(company: Company) -> dict[str, Any]:
    """Rita's active access to a bucket."""
    company.open_buckets({BUCKET: {"flow": "automatic"}})
    company.sync_inventory()
    return company.wait_until("rita", company.ask("rita", BUCKET, duration="PT1H")["id"], "Active")


@pytest.mark.req("R77.browser")
def test_signing_in_with_a_password_ends_in_a_session_that_signing_out_ends(
    company: Company, sign_in: SignIn, held: dict[str, Any]
) -> None:
    page = sign_in("rita")
    expect(page.get_by_role("heading", name="My Access", level=1)).to_be_visible()
    expect(page.get_by_role("link", name=BUCKET, exact=True)).to_be_visible()
    stolen = page.context.cookies()
    page.get_by_text("Rita Quest").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="You are signed out")).to_be_visible()
    page.context.add_cookies(stolen)  # type: ignore[arg-type]  # what it gave is what it takes
    page.goto("/")
    expect(page.get_by_label("Password")).to_be_visible()


@pytest.mark.req("R105.browser")
def test_access_is_given_back_after_one_more_question_without_any_script(
    company: Company, sign_in: SignIn, held: dict[str, Any]
) -> None:
    page = sign_in("rita", java_script_enabled=False)
    page.get_by_role("link", name=f"Give back: {BUCKET}").click()
    expect(page.get_by_role("heading", name=f"Give back the access to {BUCKET}?")).to_be_visible()
    assert company.reads("rita", BUCKET)
    page.get_by_label("Your reason").fill("done early")
    page.get_by_role("button", name="Yes, give it back").click()
    expect(page.get_by_role("heading", name=BUCKET)).to_be_visible()
    company.wait_until("rita", held["id"], "Revoked")
    assert not company.reads("rita", BUCKET)


def test_a_page_follows_what_happens_and_tells_it_in_the_readers_time(
    sign_in: SignIn, held: dict[str, Any]
) -> None:
    page = sign_in("rita", path=f"/requests/{held['id']}", timezone_id="Asia/Tokyo")
    submitted = page.locator(f"time[datetime='{held['submitted_at'][:19]}Z']").first
    expect(submitted).to_contain_text("GMT+9")
    assert (submitted.get_attribute("title") or "").endswith(" UTC")
    page.get_by_role("link", name="Give back").click()
    page.get_by_role("button", name="Yes, give it back").click()
    expect(page.locator(".badge").first).to_have_text("Revoking")
    page.evaluate("window.kept = true")
    expect(page.locator(".badge").first).to_have_text("Revoked")
    assert page.evaluate("window.kept")
    expect(page.locator("time").first).to_contain_text("GMT+9")
