"""Every page that links lead to is for everybody, in Chromium, on the deployed stack."""

from typing import Literal
from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.sync_api import Page, expect

from local.company import Company
from tests.browser.checks import PHONE, is_for_everybody
from tests.browser.conftest import SignIn
from tests.functions.walk import route_of, served

BUCKET, WAITS = "acme-everywhere", "acme-somewhere"
FILES = {"GET /admin/reports", "GET /admin/activity/export"}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
HREFS = "all => all.map(one => one.getAttribute('href'))"
OWN = frozenset(
    {
        *("GET /", "GET /requests", "GET /new", "GET /inbox", "GET /account"),
        *(f"GET /account/{part}" for part in ("mfa", "delegates", "tokens")),
    }
)
# What the stack's story has nothing of: changes that wait, and what was written by hand.
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
    company.open_buckets({BUCKET: {"flow": "automatic"}, WAITS: {"flow": "any-of"}})
    company.sync_inventory()
    active = company.ask("rita", BUCKET, duration="PT1H")
    company.ask("rita", WAITS, duration="PT1M", justification="x" * 300)
    company.wait_until("rita", active["id"], "Active")
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


def look(page: Page, address: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        is_for_everybody(page, f"{address}, {scheme}")
