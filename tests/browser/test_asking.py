"""Asking in Chromium, on the deployed stack: from choosing to giving back."""

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from local.company import Company, wait_for
from tests.browser.checks import PHONE, is_for_everybody
from tests.browser.conftest import SignIn

ASKED, LONGER, BUNDLED = "acme-shop", "acme-stock", "acme-drawer"
HOSTILE = (
    """<script>document.title = "taken"</script> "both" & 'one' \u202egnp.exe\u202c <b>big</b>"""
)


@pytest.fixture
def shelves(company: Company) -> None:
    """A bucket that needs approval, one that is granted at once and longer, and one of a bundle."""
    company.open_buckets(
        {ASKED: {"flow": "any-of"}, LONGER: {"flow": "extendable"}, BUNDLED: {"flow": "none"}}
    )
    company.sync_inventory()


def note(company: Company, person_id: str) -> dict[str, str]:
    """What the person asked for in the portal, by flow, so that it ends with the test."""
    _, listed = company.call(person_id, "GET", "/access-requests")
    open_ones = [
        r for r in listed["requests"] if r["status"] in {"Pending Approval", "Granting", "Active"}
    ]
    company.asked += [request["id"] for request in open_ones]
    return {request["flow"]["id"]: request["id"] for request in open_ones}


@pytest.mark.req("R77.ask", "R79", "R83.form", "R85", "R89.page", "N4.portal")
def test_two_buckets_and_a_bundle_are_asked_for_approved_by_mail_used_extended_and_given_back(
    company: Company, browser: Browser, sign_in: SignIn, shelves: None
) -> None:
    page = sign_in("rita", path="/requests")
    page.get_by_role("link", name="New Request").last.click()
    expect(page.get_by_label("Request on behalf of")).to_have_value("")
    page.get_by_label("Search by name").press_sequentially("acme-s")
    expect(page.get_by_role("checkbox", name=f"read on {BUNDLED}")).to_have_count(0)
    page.get_by_role("checkbox", name=f"read on {ASKED}").check()
    expect(page.get_by_role("heading", name="Chosen: 1")).to_be_visible()
    page.get_by_role("checkbox", name=f"read on {LONGER}").check()
    expect(page.get_by_role("heading", name="Chosen: 2")).to_be_visible()

    page.get_by_role("button", name="Bundles", exact=True).click()
    page.get_by_role("button", name="Show what it holds: Drawers").click()
    expect(page.get_by_text(BUNDLED, exact=True)).to_be_visible()
    page.get_by_role("checkbox", name="Drawers").check()
    expect(page.get_by_role("heading", name="Chosen: 3")).to_be_visible()
    page.get_by_role("button", name="Go on").click()

    page.get_by_label("What for").fill("closing the month")
    page.get_by_role("button", name="Check", exact=True).click()
    expect(page.get_by_role("heading", name="This becomes 3 requests")).to_be_visible()
    approved = page.get_by_role("region", name="Request by Any of two groups")
    expect(approved).to_contain_text("Anna Prover")
    expect(page.get_by_role("region", name="Request by Extendable")).to_contain_text("10 minutes")
    _, before = company.call("rita", "GET", "/access-requests?status=Pending%20Approval")
    page.get_by_role("button", name="Ask for access").dblclick()
    expect(page.get_by_role("heading", name="My Requests")).to_be_visible()

    ids = wait_for("three requests", lambda: _three(company))
    _, after = company.call("rita", "GET", "/access-requests?status=Pending%20Approval")
    assert len(after["requests"]) == len(before["requests"]) + 1
    mail = company.wait_for_mail("anna@example.com", ids["any-of"])
    approver = browser.new_page()
    approver.goto(mail.link)
    expect(approver.get_by_text("closing the month")).to_be_visible()
    approver.get_by_role("button", name="Approve").click()
    approver.close()
    for request_id in ids.values():
        company.wait_until("rita", request_id, "Active")

    page.goto("/")
    page.get_by_role("listitem").filter(has_text=ASKED).get_by_text("Access details").click()
    for bucket in (ASKED, LONGER, BUNDLED):
        assert company.reads("rita", bucket)
    page.goto(f"/requests/{ids['extendable']}")
    expect(page.get_by_text("Taken by the access flow Extendable")).to_be_visible()
    page.get_by_role("button", name="Extend by 3 minutes").click()
    expect(page.get_by_role("button", name="Extend by 3 minutes")).to_have_count(0)
    page.get_by_role("link", name="Give back").click()
    page.get_by_role("button", name="Yes, give it back").click()
    company.wait_until("rita", ids["extendable"], "Revoked")
    assert not company.reads("rita", LONGER)
    assert company.reads("rita", ASKED)


def asked_now(company: Company, page: Page) -> str:
    """Submit what makes one request: its id. It ends with the test."""
    page.get_by_role("button", name="Ask for access").click()
    page.wait_for_url("**/requests/*")
    request_id = page.url.rpartition("/")[2]
    company.asked.append(request_id)
    return request_id


def _three(company: Company) -> dict[str, str] | None:
    """The requests by their flows, once the list has all of them."""
    found = note(company, "rita")
    return found if found.keys() >= {"any-of", "extendable", "drawers"} else None


@pytest.mark.req("R126.page", "R10.link")
def test_a_locked_bucket_is_asked_for_at_its_own_address_without_any_script(
    company: Company, sign_in: SignIn, shelves: None
) -> None:
    address = f"/resources/aws-demo/s3_bucket?name={LONGER}"
    page = sign_in("rita", path=address, java_script_enabled=False)
    expect(page.get_by_text("Locked", exact=True)).to_be_visible()
    assert not company.reads("rita", LONGER)
    page.get_by_role("checkbox", name="read", exact=True).check()
    page.get_by_label("Number").fill("0.1")
    page.get_by_role("button", name="Check", exact=True).click()
    expect(page.get_by_text("6 minutes", exact=False).first).to_be_visible()
    request_id = asked_now(company, page)
    company.wait_until("rita", request_id, "Active")
    page.goto(address)
    expect(page.get_by_text("Open to you", exact=True)).to_be_visible()
    expect(page.get_by_role("heading", name="Access details")).to_be_visible()
    assert company.reads("rita", LONGER)
    page.goto("/new?flow=any-of")
    expect(page.get_by_role("heading", name="Any of two groups")).to_be_visible()


def test_what_somebody_writes_is_text_to_whoever_reads_it(
    company: Company, sign_in: SignIn, shelves: None
) -> None:
    page = sign_in("rita", path="/new")
    page.get_by_label("Search by name").fill(HOSTILE)
    page.get_by_label("Search by name").press("Enter")
    expect(page.get_by_role("checkbox", name=f"read on {ASKED}")).to_have_count(0)
    expect(page.get_by_label("Search by name")).to_have_value(HOSTILE)
    _is_untaken(page)
    page.goto(f"/resources/aws-demo/s3_bucket?name={ASKED}")
    page.get_by_role("checkbox", name="read", exact=True).check()
    page.get_by_label("What for").fill(HOSTILE)
    page.get_by_role("button", name="Check", exact=True).click()
    _is_told(page)
    request_id = asked_now(company, page)
    _is_told(page)
    approver = sign_in("anna", path=f"/inbox/{request_id}")
    _is_told(approver)
    approver.goto("/inbox")
    _is_told(approver)
    admin = sign_in("ada", path="/admin/activity")
    admin.goto(f"/requests/{request_id}")
    _is_told(admin)
    admin.goto("/admin/activity")
    admin.get_by_text("Filter", exact=True).click()
    admin.get_by_label("Access flow").fill(HOSTILE)
    admin.get_by_role("button", name="Show these").click()
    expect(admin.get_by_label("Access flow")).to_have_value(HOSTILE)
    _is_untaken(admin)


def _is_told(page: Page) -> None:
    """The page quotes it as text, without what turns the reading around."""
    quoted = page.get_by_text('<script>document.title = "taken"</script>').first
    expect(quoted).to_be_visible()
    expect(quoted).to_contain_text("""& 'one' gnp.exe <b>big</b>""")
    assert "\u202e" not in quoted.inner_text()
    _is_untaken(page)


def _is_untaken(page: Page) -> None:
    assert page.title() != "taken"
    assert page.locator("script", has_text="taken").count() == 0
    assert page.locator("b", has_text="big").count() == 0


def test_the_pages_of_asking_are_for_everybody_and_fit_a_phone(
    sign_in: SignIn, shelves: None
) -> None:
    page = sign_in("rita", viewport=PHONE, bypass_csp=True)
    for path in ("/new", "/new?at=bundles", "/new?at=scopes", "/new?at=apps", "/new?at=flows"):
        page.goto(path)
        is_for_everybody(page, path)
    page.goto(f"/resources/aws-demo/s3_bucket?name={ASKED}")
    is_for_everybody(page, "resource")
    page.goto("/new?name=acme-s")
    by_keyboard(page, page.get_by_role("checkbox", name=f"read on {ASKED}"), "Space")
    by_keyboard(page, page.get_by_role("button", name="Go on"), "Enter")
    expect(page.get_by_role("heading", name="What for, and how long")).to_be_visible()
    is_for_everybody(page, "details")
    page.get_by_label("Number").fill("many")
    page.get_by_role("button", name="Check", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("not 'many' hours")
    is_for_everybody(page, "sent back")
    page.get_by_label("Number").fill("1")
    page.get_by_role("button", name="Check", exact=True).click()
    expect(page.get_by_role("heading", name="This becomes one request")).to_be_visible()
    is_for_everybody(page, "review")


def by_keyboard(page: Page, target: Locator, key: str) -> None:
    target.focus()
    page.keyboard.press(key)
