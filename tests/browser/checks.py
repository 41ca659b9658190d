"""What is looked at on every page in the browser."""

from pathlib import Path

from playwright.sync_api import Page

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
PHONE = {"width": 360, "height": 740}


def barriers(page: Page) -> list[str]:
    """What axe holds against the page. Its context has to bypass the page's own policy."""
    page.add_script_tag(path=AXE)
    found = page.evaluate("axe.run()")["violations"]
    return [
        f"{one['id']}: {one['nodes'][0]['target']} {one['nodes'][0]['failureSummary']}"
        for one in found
    ]


def is_for_everybody(page: Page, where: str) -> None:
    """No barriers, and no scrolling sideways."""
    found = barriers(page)
    assert not found, f"{where}: {found}"
    width = page.viewport_size
    assert width is not None
    assert page.evaluate("document.documentElement.scrollWidth") <= width["width"], where
