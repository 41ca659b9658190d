"""Chromium without a screen, on the deployed stack. Whoever has no browser is told, not spared."""

import shutil
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from local.company import Company

# In a container there is no sandbox, and nobody to update, sync or report to.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
MISSING = "there is no Chromium: run `make browser` as root, or install the package chromium"
NAMES = ("chromium", "chromium-browser", "google-chrome")
# A busy machine is slow, not wrong.
WAITS_MS = 60_000

SignIn = Callable[..., Page]
Window = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "browser" in item.path.parts:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    program = next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        pytest.fail(MISSING)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(ARGUMENTS))
        expect.set_options(timeout=WAITS_MS)
        yield browser
        browser.close()


@pytest.fixture
def window(company: Company, chromium: Browser) -> Iterator[Window]:
    """A browser window of somebody who is not signed in."""
    contexts = []

    def opened(**options: object) -> Page:
        context = chromium.new_context(
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
        page = window(**options)
        page.goto(path)
        page.get_by_label("Username").fill(f"{person_id}@example.com")
        page.get_by_label("Password").fill(company.passwords[person_id])
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(f"{company.stack.outputs['portal_url']}/**")
        return page

    return signed_in


@pytest.fixture(autouse=True)
def tidy(company: Company) -> Iterator[None]:
    """What a test asked for ends with it."""
    yield
    company.end_all("ada")
