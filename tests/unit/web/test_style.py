"""The style sheets: none of their rules is left over from a page that is gone."""

import re
from pathlib import Path

import pytest

import accessflows.web
from accessflows.web.templating import style

TEMPLATES = Path(accessflows.web.__file__).parent / "templates"


@pytest.mark.parametrize("sheet", ["page.css", "portal.css"])
def test_every_class_that_is_styled_stands_in_a_page(sheet: str) -> None:
    pages = [*TEMPLATES.rglob("*.html"), *TEMPLATES.parent.glob("*.py")]
    written = set(re.findall(r"[\w-]+", " ".join(page.read_text() for page in pages)))
    rules = re.sub(r"{[^{}]*}", " ", style(sheet))
    styled = set(re.findall(r"\.([a-z][\w-]*)", rules))
    assert "card" in styled
    assert styled - written == set()
