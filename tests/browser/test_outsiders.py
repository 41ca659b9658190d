"""Without an account, and an approver without a session, in Chromium, on the deployed stack."""

import pytest
from playwright.sync_api import Page, expect

from local import own_system
from local.company import Company
from tests.browser.checks import PHONE, is_for_everybody
from tests.browser.conftest import Window
from tests.stack.test_outsiders import FUNCTION, make_link


def look(page: Page, heading: str, where: str) -> None:
    """Wait for a page by its heading, and look at it."""
    expect(page.get_by_role("heading", name=heading, level=1)).to_be_visible()
    is_for_everybody(page, where)


@pytest.mark.req("R119", "R121.proof")
def test_an_outsider_asks_on_a_phone_and_the_approver_decides_from_the_mail(
    company: Company, window: Window
) -> None:
    own_system.install(company.stack, FUNCTION, {"desk_room": {"blue": {}}})
    company.sync_inventory()
    olga = "olga-phone@partner.example"
    link = make_link(company, domains=["partner.example"])
    page = window(viewport=PHONE, bypass_csp=True)
    page.goto(link)
    look(page, "Partners", "the link")
    page.get_by_label("Your name").fill("Olga Outside")
    page.get_by_label("Your mail address").fill("eve@evil.example")
    page.get_by_role("button", name="Send me the link").click()
    expect(page.get_by_role("alert")).to_contain_text("for addresses at partner.example")
    look(page, "Partners", "the link refusing")
    page.get_by_label("Your mail address").fill(olga)
    page.get_by_role("button", name="Send me the link").click()
    look(page, "Look into your mailbox", "the mail is sent")
    page.goto(company.wait_for_mail(olga, "/confirm/").link)
    look(page, "Confirm your address", "the proof")
    page.get_by_role("button", name="Yes, go on").click()
    look(page, "What do you need?", "asking")
    page.get_by_label("read").first.check()
    page.get_by_role("button", name="Ask for access").click()
    look(page, "Your request", "the status")
    status_at = page.url

    (awaited,) = [
        request
        for request in company.call("anna", "GET", "/approvals")[1]["requests"]
        if request["flow"]["id"] == "partners"
    ]
    company.asked.append(awaited["id"])
    page.goto(company.wait_for_mail("anna@example.com", awaited["id"]).link)
    look(page, "Olga Outside asks for access", "deciding")
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("button", name="Approve")).to_have_count(0)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    is_for_everybody(page, "decided")
    company.wait_until("ada", awaited["id"], "Active")
    page.goto(status_at)
    expect(page.get_by_text("How to use it")).to_be_visible()
    is_for_everybody(page, "access")
    page.get_by_role("button", name="Give the access back").click()
    company.wait_until("ada", awaited["id"], "Revoked")
    assert own_system.held(company.stack, FUNCTION) == []
