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


def lands_on_what_is_wrong(page: Page, words: str, field: str) -> None:
    """The summary has the focus; one step further its link leads to the field."""
    summary = page.get_by_role("alert")
    expect(summary).to_contain_text(words)
    expect(summary).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_label(field)).to_be_focused()


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


@pytest.mark.req("R77.keyboard", "R77.named")
@pytest.mark.parametrize("scripts", [True, False])
def test_a_form_that_comes_back_puts_the_focus_on_what_is_wrong_which_leads_to_the_field(
    sign_in: SignIn, *, scripts: bool
) -> None:
    page = sign_in("ada", path="/account/delegates", java_script_enabled=scripts)
    page.get_by_label("Who, by their mail address").fill("nobody@example.com")
    page.get_by_label("Until").fill("2031-01-01T10:00")
    page.get_by_role("button", name="Let them decide").click()
    lands_on_what_is_wrong(page, "Nobody active has the address", "Who, by their mail address")
    page.goto("/admin/new/access-flows")
    text = page.get_by_label("The access flow, as YAML or JSON")
    text.fill("id: half")
    if scripts:
        # It is told while one writes, and takes the focus from nobody.
        expect(page.get_by_role("alert")).to_contain_text("name")
        expect(text).to_be_focused()
    page.get_by_role("button", name="Show what would change").click()
    lands_on_what_is_wrong(page, "This cannot be saved yet", "The access flow, as YAML or JSON")
