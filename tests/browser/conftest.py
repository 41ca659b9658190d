"""Chromium without a screen, on the deployed stack. Whoever has no browser is told, not spared."""

import itertools
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from local import chromium
from local.company import Company

_ADMINS = itertools.count(1)
# A busy machine is slow, not wrong.
WAITS_MS = 60_000

SignIn = Callable[..., Page]
Window = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "browser" in item.path.parts:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium.chromium() as browser:
        expect.set_options(timeout=WAITS_MS)
        yield browser


@pytest.fixture
def window(company: Company, browser: Browser) -> Iterator[Window]:
    """A browser window of somebody who is not signed in."""
    contexts = []

    def opened(**options: object) -> Page:
        context = browser.new_context(
            base_url=company.stack.outputs["portal_url"],
            **options,  # type: ignore[arg-type]  # as Playwright names them
        )
        contexts.append(context)
        context.set_default_timeout(WAITS_MS)
        return context.new_page()

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture
def sign_in(company: Company, window: Window) -> SignIn:
    """A person's own browser window, signed in at the hosted pages with their password."""

    def signed_in(person_id: str, *, path: str = "/", **options: object) -> Page:
        return chromium.sign_in(window(**options), company, person_id, path)

    return signed_in


@pytest.fixture(autouse=True)
def tidy(company: Company) -> Iterator[None]:
    """What a test asked for ends with it."""
    yield
    company.end_all("ada")


@pytest.fixture
def second(company: Company) -> Iterator[str]:
    """Another admin, as long as the test lasts. After it one admin is enough, as before."""
    # An address that was somebody's is given to nobody else.
    name = f"alma{next(_ADMINS)}"
    invitation = {"email": f"{name}@example.com", "name": "Alma Min", "roles": ["admin", "grantee"]}
    status, alma = company.call("ada", "POST", "/users", invitation)
    assert status == 201, alma
    try:
        company.hire(name, f"{name}@example.com")
        yield name
    finally:
        one_is_enough(company, name)
        company.call("ada", "DELETE", f"/users/{alma['id']}")


def one_is_enough(company: Company, second: str) -> None:
    off = {"two_person_changes": False}
    status, done = company.call("ada", "PATCH", "/configuration/settings", off, **{"If-Match": "*"})
    if status == 202:
        status, done = company.call(second, "POST", f"/configuration/changes/{done['id']}/approve")
    assert status == 200, done
