"""What is looked at on every page in the browser."""

from pathlib import Path

from playwright.sync_api import Page

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
PHONE = {"width": 360, "height": 740}
# Between light and dark nothing differs but colours.
OF_COLOURS = ("color-contrast", "link-in-text-block")


def is_for_everybody(page: Page, where: str) -> None:
    """No barriers, light or dark, and no scrolling sideways. The window is light after it.

    Its context has to bypass the page's own policy, since axe is put into the page.
    """
    found = barriers(page)
    page.emulate_media(color_scheme="dark")
    found += [f"dark: {one}" for one in barriers(page, *OF_COLOURS)]
    page.emulate_media(color_scheme="light")
    assert not found, f"{where}: {found}"
    width = page.viewport_size
    assert width is not None
    assert page.evaluate("document.documentElement.scrollWidth") <= width["width"], where


def barriers(page: Page, *rules: str) -> list[str]:
    """What axe holds against the page as it is shown now, by these rules of its, or by all."""
    if not page.evaluate("'axe' in window"):
        page.add_script_tag(path=AXE)
    options = {"resultTypes": ["violations"], **({"runOnly": list(rules)} if rules else {})}
    found = page.evaluate("options => axe.run(options)", options)["violations"]
    return [
        f"{one['id']}: {one['nodes'][0]['target']} {one['nodes'][0]['failureSummary']}"
        for one in found
    ]
