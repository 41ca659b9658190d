"""A request and its approval by keyboard alone, in Chromium, on the deployed stack."""

import pytest
from playwright.sync_api import Page, expect

from local.company import Company
from tests.browser.conftest import SignIn

BUCKET, OTHER = "acme-keys", "acme-locks"
FOCUSED = """() => {
  const at = document.activeElement, look = getComputedStyle(at);
  const label = at.labels && at.labels.length ? at.labels[0].textContent : at.textContent;
  return {
    id: at.id,
    name: (at.ariaLabel || label).replace(/\\s+/g, " ").trim(),
    seen: look.outlineStyle !== "none" && parseFloat(look.outlineWidth) >= 2,
  };
}"""


def reach(page: Page, name: str) -> None:
    """Tab on until the focus is on what is called so; wherever it is on the way, it is seen."""
    passed = []
    for _ in range(80):
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        if focused["name"] == name:
            assert focused["seen"], f"nobody sees that {name!r} has the focus"
            return
        passed.append(focused["name"])
    raise AssertionError(f"no key leads to {name!r}, only to {passed}")


def heading(page: Page, name: str) -> None:
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()


@pytest.mark.req("R77.keyboard")
def test_a_request_and_its_approval_take_no_more_than_a_keyboard(
    company: Company, sign_in: SignIn
) -> None:
    company.open_buckets({BUCKET: {"flow": "any-of"}, OTHER: {"flow": "any-of"}})
    company.sync_inventory()
    page = sign_in("rita")
    page.goto("/")
    page.keyboard.press("Tab")
    assert page.evaluate(FOCUSED)["name"] == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.evaluate(FOCUSED)["id"] == "content"
    page.goto("/")
    reach(page, "New Request")
    page.keyboard.press("Enter")
    heading(page, "New Request")
    reach(page, "Search by name")
    page.keyboard.type(BUCKET)
    expect(page.get_by_role("checkbox", name=f"read on {OTHER}")).to_have_count(0)
    reach(page, f"read on {BUCKET}")
    page.keyboard.press("Space")
    expect(page.get_by_role("heading", name="Chosen: 1")).to_be_visible()
    assert page.evaluate(FOCUSED)["name"] == f"read on {BUCKET}", "the new list took the focus away"
    reach(page, "Go on")
    page.keyboard.press("Enter")
    heading(page, "What for, and how long")
    reach(page, "What for (optional)")
    page.keyboard.type("closing the month")
    reach(page, "Check")
    page.keyboard.press("Enter")
    heading(page, "This becomes one request")
    reach(page, "Ask for access")
    page.keyboard.press("Enter")
    page.wait_for_url("**/requests/*")
    request_id = page.url.rpartition("/")[2]
    company.asked.append(request_id)

    approver = sign_in("anna")
    approver.goto("/")
    reach(approver, "Approvals")
    approver.keyboard.press("Enter")
    heading(approver, "Approvals")
    reach(approver, f"Look at it: Rita Quest: {BUCKET}")
    approver.keyboard.press("Enter")
    heading(approver, "Rita Quest asks for access")
    reach(approver, "Your reason (optional)")
    approver.keyboard.type("month end")
    # Back and forth, past both buttons.
    reach(approver, "Reject")
    approver.keyboard.press("Shift+Tab")
    assert approver.evaluate(FOCUSED)["name"] == "Approve"
    approver.keyboard.press("Enter")
    expect(approver.get_by_text("approved it on")).to_be_visible()
    assert company.wait_until("rita", request_id, "Active")["votes"][0]["reason"] == "month end"
