"""What a page offers to whoever fills in its form, as a browser reads it."""

from html.parser import HTMLParser


class Form(HTMLParser):
    """The fields of a page's posting form, by name, with the values a browser would offer."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.offered: dict[str, list[str]] = {}
        self.tags: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.add(tag)
        if tag in {"input", "button"} and given.get("name"):
            self.offered.setdefault(given["name"] or "", []).append(given.get("value") or "")
