"""Approving in Chromium, on the deployed stack: by keyboard alone."""

from typing import Any

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
    press_until(page, f"Look at: Rita Quest: {BUCKET}")
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
