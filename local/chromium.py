"""Chromium without a screen, for tests and pictures of the pages."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, sync_playwright

from local.company import Company

# The one that has no windows first: it takes half the time.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
# In a container there is no sandbox, and nobody to update, sync or report to. One frame shows page
# after page, where a new one for each takes a quarter more; the other feature is Playwright's own,
# whose argument this one replaces.
ARGUMENTS = (
    "--enable-features=CDPScreenshotNewSurface,RenderDocument:level/subframe",
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class ChromiumMissing(Exception):
    """There is none on this machine."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser, which ends with the block. Raises ChromiumMissing."""
    program = next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        raise ChromiumMissing("run `make browser` as root, or install the package " + NAMES[0])
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(ARGUMENTS))
        yield browser
        browser.close()


def sign_in(page: Page, company: Company, person_id: str, path: str = "/") -> Page:
    """Signed in at the hosted pages with the person's password, and led to the path."""
    page.goto(path)
    page.get_by_label("Username").fill(f"{person_id}@example.com")
    page.get_by_label("Password").fill(company.passwords[person_id])
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{company.stack.outputs['portal_url']}/**")
    return page
