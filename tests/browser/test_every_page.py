"""Every page that links lead to is for everybody, in Chromium, on the deployed stack."""

from collections.abc import Iterator
from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.sync_api import Page, expect

from local.company import Company
from tests.browser.checks import PHONE, is_for_everybody
from tests.browser.conftest import SignIn, one_is_enough
from tests.functions.walk import route_of, served

BUCKET, WAITS = "acme-everywhere", "acme-somewhere"
FILES = {"GET /admin/reports", "GET /admin/activity/export"}
HREFS = "all => all.map(one => one.getAttribute('href'))"
OWN = frozenset(
    {
        *("GET /", "GET /requests", "GET /new", "GET /inbox", "GET /account"),
        *(f"GET /account/{part}" for part in ("mfa", "delegates", "tokens")),
    }
)
# What the stack's story has nothing of: changes that wait, and what was written by hand. They have
# a test of their own.
BY_HAND = {
    *(f"GET /admin/{deed}/<path>/<entry_id>" for deed in ("edit", "close")),
    *("GET /admin/changes/<change_id>", "GET /admin/people/<person_id>/delete"),
}
OF_ADMINS = {route for route in served() if route.startswith("GET /admin")} - FILES - BY_HAND
# One flow stands for all, and this one alone has links.
GIVEN = {"ada": ("/admin/access-flows/partners/links",)}
# Who begins at the first page -> what they come to at least.
REACHED = {
    "rita": OWN | {"GET /requests/<request_id>", "GET /requests/<request_id>/revoke"},
    "anna": OWN | {"GET /inbox/<request_id>"},
    "ada": OWN | OF_ADMINS,
}
BUNDLE = {
    "targets": [{"integration": "aws-demo", "resource_type": "s3_bucket", "permissions": ["read"]}],
}
EDITED = "The bundle, as YAML or JSON"
# What a form says nothing good of -> its button, and what is written by label.
WRONG: dict[str, tuple[str, dict[str, str]]] = {
    "/account/delegates": ("Let them decide", {"Who, by": "nobody@example.com", "Until": ""}),
    "/account/tokens": ("Make the token", {"What it is for": "?"}),
    "/admin/access-flows/partners/links": ("Make the link", {"How often": "many"}),
    "/admin/new/bundles": ("Show what would change", {EDITED: "id: ["}),
    "/admin/people/invite": ("Invite", {"Mail address": "nobody", "Phone": "none"}),
    "/admin/settings": ("Save the settings", {"A code counts for": "long"}),
    "/admin/start": ("Check it", {}),
    "/new": ("Go on", {}),
}
WIDE = {"width": 1280, "height": 800}
# Lists in columns, cards beside each other, a form beside what would come of it.
WIDELY = {
    "rita": (
        *("/", "/requests", "/requests/{active}", "/new", "/account/delegates"),
        f"/resources/aws-demo/s3_bucket?name={WAITS}",
    ),
    "anna": ("/inbox",),
    "ada": (
        *("/admin", "/admin/activity", "/admin/people", "/admin/people/rita", "/admin/settings"),
        *("/admin/access-flows", "/admin/access-flows/any-of", "/admin/start"),
        *("/admin/new/access-flows", "/admin/graph?person=rita"),
    ),
}


def shape(address: str) -> str:
    """The same for pages that differ in what they are about alone."""
    parts = urlsplit(address)
    section = "/".join(parts.path.split("/")[:3]) if parts.path.startswith("/admin/") else ""
    asked = sorted(name for name, _ in parse_qsl(parts.query))
    return f"{route_of('GET', address)} {section} {asked}"


@pytest.mark.req("R77.everybody")
@pytest.mark.parametrize("person_id", REACHED)
def test_every_page_that_links_lead_to_is_for_everybody_in_light_in_dark_and_on_a_phone(
    company: Company, sign_in: SignIn, person_id: str
) -> None:
    ask_and_wait(company)
    page = sign_in(person_id, viewport=PHONE, bypass_csp=True)
    ahead = ["/", *GIVEN.get(person_id, ())]
    known = set(map(shape, ahead))
    for address in ahead:
        page.goto(address)
        look(page, address)
        for link in page.locator("a[href^='/']").evaluate_all(HREFS):
            if route_of("GET", link) not in FILES and shape(link) not in known:
                known.add(shape(link))
                ahead.append(link)
    missed = REACHED[person_id] - {route_of("GET", address) for address in ahead}
    assert missed == set()


def ask_and_wait(company: Company) -> str:
    """One request that waits, and the id of one that is active, both of Rita's."""
    company.open_buckets({BUCKET: {"flow": "automatic"}, WAITS: {"flow": "any-of"}})
    company.sync_inventory()
    active = company.ask("rita", BUCKET, duration="PT1H")
    company.ask("rita", WAITS, duration="PT1M", justification="x" * 300)
    company.wait_until("rita", active["id"], "Active")
    return str(active["id"])


def look(page: Page, address: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    is_for_everybody(page, address)


@pytest.fixture
def by_hand(company: Company, second: str) -> Iterator[tuple[str, ...]]:
    """Addresses of what admins made, and of a change that waits."""
    bundles = "/configuration/bundles"
    assert company.call("ada", "POST", bundles, {**BUNDLE, "id": "made", "name": "Made"})[0] == 201
    on = {"two_person_changes": True}
    company.call("ada", "PATCH", "/configuration/settings", on, **{"If-Match": "*"})
    wanted = {**BUNDLE, "id": "proposed", "name": "Proposed"}
    status, change = company.call("ada", "POST", bundles, wanted)
    assert status == 202, change
    yield (
        *(f"/admin/{deed}/bundles/made" for deed in ("edit", "close")),
        *(f"/admin/changes/{change['id']}", "/admin/people/nina/delete"),
    )
    company.call(second, "POST", f"/configuration/changes/{change['id']}/reject")
    one_is_enough(company, second)
    company.call("ada", "DELETE", f"{bundles}/made", **{"If-Match": "*"})


@pytest.mark.req("R77.everybody")
def test_pages_that_change_or_end_something_are_for_everybody(
    sign_in: SignIn, by_hand: tuple[str, ...], second: str
) -> None:
    page = sign_in(second, viewport=PHONE, bypass_csp=True)
    assert {route_of("GET", address) for address in by_hand} == BY_HAND
    for address in by_hand:
        page.goto(address)
        look(page, address)


@pytest.mark.req("R77.everybody", "R77.named")
def test_forms_that_come_back_are_for_everybody(sign_in: SignIn) -> None:
    page = sign_in("ada", viewport=PHONE, bypass_csp=True)
    for address, (button, wrong) in WRONG.items():
        page.goto(address)
        for label, words in wrong.items():
            page.get_by_label(label).first.fill(words)
        # So that the page says what is wrong, and not the browser.
        page.evaluate("[...document.forms].forEach(one => one.noValidate = true)")
        page.get_by_role("button", name=button, exact=True).click()
        expect(page.get_by_role("alert")).to_be_focused()
        look(page, f"{address} that came back")


@pytest.mark.req("R77.everybody")
@pytest.mark.parametrize("person_id", WIDELY)
def test_pages_with_another_layout_in_a_wide_window_are_for_everybody_there(
    company: Company, sign_in: SignIn, person_id: str
) -> None:
    active_id = ask_and_wait(company)
    page = sign_in(person_id, viewport=WIDE, bypass_csp=True)
    for address in WIDELY[person_id]:
        page.goto(address.format(active=active_id))
        look(page, f"{address}, wide")
