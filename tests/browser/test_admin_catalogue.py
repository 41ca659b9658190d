"""Admins change what the product works by, in Chromium, on the deployed stack."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from local.company import Company
from tests.browser.checks import PHONE, is_for_everybody
from tests.browser.conftest import SignIn

BUCKET = "acme-by-hand"
FLOW = f"""id: by-hand
name: By hand
requestors:
  conditions:
  - {{attribute: group, values: [developers]}}
targets:
- integration: aws-demo
  resource_type: s3_bucket
  permissions: [read]
  resources: {{names: [{BUCKET}]}}
grant_duration: PT1H
settings: {{labels: [night]}}
"""
LEDGER = "acme-vouchers"
SETTINGS = "/configuration/settings"
ACCESS = "/configuration/resource-access"
TWO = "Two people for a change"


@pytest.fixture
def by_hand(company: Company) -> Iterator[None]:
    """The flow that is written goes with the test."""
    yield
    company.call("ada", "DELETE", "/configuration/access-flows/by-hand", **{"If-Match": "*"})


def deciding(company: Company) -> str:
    """The flow that would decide about Rita's wish now."""
    wish = {"resources": [company.bucket(BUCKET)], "justification": "month end"}
    status, answer = company.call("rita", "POST", "/access-requests/dry-run", wish)
    assert status == 200, answer
    return str(answer["requests"][0]["flow"]["id"])


def heading(page: Page, name: str) -> None:
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()


def approve_the_newest(page: Page, name: str) -> None:
    page.goto("/admin/changes")
    page.get_by_role("link", name=name).first.click()
    heading(page, name)
    page.get_by_role("button", name="Approve it").click()
    expect(page.get_by_text("approved by Alma Min on")).to_be_visible()


@pytest.mark.req("R114.catalogue", "N17.proposed", "N17.second", "R11.pages")
def test_a_flow_is_written_with_its_mistakes_told_and_counts_once_a_second_admin_agrees(
    company: Company, sign_in: SignIn, by_hand: None, second: str
) -> None:
    company.open_buckets({BUCKET: {}})
    company.sync_inventory()
    page, other = sign_in("ada", path="/admin/settings"), sign_in(second, path="/admin/changes")
    page.goto("/admin/settings")
    page.get_by_label(TWO).check()
    page.get_by_role("button", name="Save the settings").click()
    expect(page.get_by_role("button", name="Propose these settings")).to_be_visible()

    page.goto("/admin/new/access-flows")
    text, findings = (
        page.get_by_label("The access flow, as YAML or JSON"),
        page.locator("#findings"),
    )
    text.fill(FLOW.replace("PT1H", "an hour"))
    expect(findings.get_by_text("Line 11, grant_duration")).to_be_visible()
    text.fill(FLOW)
    expect(findings.get_by_text("In words: By hand lets people")).to_be_visible()
    page.get_by_role("button", name="Show what would change").click()
    plan = page.get_by_role("region", name="What would change")
    expect(plan.get_by_text("could ask:")).to_contain_text("Rita Quest")
    expect(plan.get_by_role("heading", name="Gains")).to_be_visible()
    page.get_by_role("button", name="Propose it").click()
    heading(page, "Create access flow 'by-hand'")
    expect(page.get_by_text("It waits for another admin")).to_be_visible()
    expect(page.get_by_role("button", name="Approve it")).to_have_count(0)
    assert deciding(company) == "fallback"

    approve_the_newest(other, "Create access flow 'by-hand'")
    assert deciding(company) == "by-hand"

    page.goto("/admin/access-flows")
    page.get_by_label("Search by name or label").press_sequentially("night")
    expect(page.get_by_role("link", name="Any of two groups")).to_have_count(0)
    page.get_by_role("link", name="By hand").click()
    heading(page, "By hand")
    expect(page.get_by_text("Version 1 by Ada Min")).to_be_visible()

    page.goto("/admin/settings")
    page.get_by_label(TWO).uncheck()
    page.get_by_role("button", name="Propose these settings").click()
    heading(page, "Update the account settings")
    approve_the_newest(other, "Update the account settings")
    page.goto("/admin/close/access-flows/by-hand")
    page.get_by_role("button", name="Yes, close it").click()
    heading(page, "Access flows")
    assert deciding(company) == "fallback"


@pytest.fixture
def ledger(company: Company) -> Iterator[str]:
    """The address, after its path, of a bucket whose request settings go with the test."""
    company.open_buckets({LEDGER: {}})
    company.sync_inventory()
    yield f"integration=aws-demo&type=s3_bucket&name={LEDGER}"
    company.call("ada", "DELETE", f"{ACCESS}/{LEDGER}", **{"If-Match": "*"})


@pytest.mark.req("R125.own", "R127.custom", "R128.automatic")
def test_request_settings_are_made_and_changed_without_any_script(
    company: Company, sign_in: SignIn, ledger: str
) -> None:
    page = sign_in("ada", path="/admin", java_script_enabled=False, viewport=PHONE)
    page.goto(f"/admin/resource?{ledger}")
    page.get_by_role("link", name="Set how to ask for").click()
    heading(page, f"Request settings of {LEDGER}")
    page.get_by_role("button", name="Add a group").click()
    page.get_by_label("Id of the group").fill("developers")
    page.get_by_label("It has settings of its own").check()
    own = page.get_by_role("group", name="Group 1: how long")
    own.get_by_label("Lengths of time that are offered").fill("8 days")
    page.get_by_role("group", name="Group 1: who lets").get_by_label("At once").check()
    page.get_by_role("button", name="Show what would change").click()
    expect(own.get_by_text("is longer than P7D")).to_be_visible()
    own.get_by_label("Any, up to 7 days").check()
    own.get_by_label("Lengths of time that are offered").fill("1h")
    page.get_by_role("button", name="Show what would change").click()
    expect(page.get_by_role("heading", name="Gains")).to_be_visible()
    page.get_by_role("button", name="Save it").click()
    heading(page, LEDGER)
    wish = {"resources": [company.bucket(LEDGER)], "justification": "month end", "duration": "P2D"}
    status, answer = company.call("rita", "POST", "/access-requests/dry-run", wish)
    assert status == 200, answer
    assert answer["requests"][0]["flow"]["id"].startswith(f"resource-{LEDGER}-developers")

    page.get_by_role("link", name="Edit").click()
    page.get_by_role("button", name="Take out group 1").click()
    expect(page.get_by_text("None differs.")).to_be_visible()
    page.get_by_role("button", name="Show what would change").click()
    page.get_by_role("button", name="Save it").click()
    expect(page.get_by_text("Version 2 by Ada Min")).to_be_visible()


def test_what_comes_of_buttons_in_the_catalogue_is_for_everybody_and_fits_a_phone(
    sign_in: SignIn, ledger: str
) -> None:
    page = sign_in("ada", path="/admin", viewport=PHONE, bypass_csp=True)
    page.goto("/admin/access-flows?q=none-such")
    is_for_everybody(page, "no access flow found")
    page.goto(f"/admin/new/resource-access?{ledger}")
    is_for_everybody(page, "request settings")
    page.get_by_role("button", name="Add a group").click()
    page.get_by_label("It has settings of its own").check()
    expect(page.locator("#findings").get_by_text("cannot be saved yet")).to_be_visible()
    is_for_everybody(page, "request settings with a group")
    page.goto("/admin/start")
    for row in ("condition of Who may ask", "target", "group of approvers", "tier"):
        page.get_by_role("button", name=f"Another {row}", exact=True).click()
    page.get_by_role("button", name="See what target 1 takes in").click()
    page.get_by_role("button", name="Check it").click()
    expect(page.locator("#findings").get_by_text("cannot be saved yet")).to_be_visible()
    is_for_everybody(page, "the form of a flow with a row more of everything")
    page.goto("/admin/new/access-flows")
    text = page.get_by_label("The access flow, as YAML or JSON")
    for draft, told in (("id: [", "cannot be saved yet"), (FLOW, "In words")):
        text.fill(draft)
        expect(page.locator("#findings").get_by_text(told)).to_be_visible()
        is_for_everybody(page, f"the editor, {told}")
    page.get_by_role("button", name="Show what would change").click()
    expect(page.get_by_role("heading", name="Gains")).to_be_visible()
    is_for_everybody(page, "the plan")
