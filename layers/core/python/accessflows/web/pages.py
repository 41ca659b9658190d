"""Pages for people who hold a link: one look, one set of headers.

Rendering only. Pages carry no script; their one style sheet is allowed by its hash."""

import base64
import hashlib
from http import HTTPStatus
from typing import Any, NamedTuple

from accessflows.web.page_headers import page_headers
from accessflows.web.templating import style, templates


class Page(NamedTuple):
    """A page to answer with.

    location: where a browser goes on instead; empty to stay. retry_after: in how many seconds the
    same may be tried again, for whoever did it too often.
    """

    status: HTTPStatus
    html: str
    location: str = ""
    retry_after: int | None = None


def forged_page() -> Page:
    """For a token that is not ours, whatever is wrong with it."""
    return page(HTTPStatus.NOT_FOUND, "forged.html")


def onward(location: str) -> Page:
    """To another page, which the browser reads anew."""
    return Page(HTTPStatus.SEE_OTHER, "", location)


def answer_with(shown: Page, method: str) -> dict[str, Any]:
    """The page as a function answers with it; HEAD gets its headers only."""
    more = {"Location": shown.location, "Retry-After": str(shown.retry_after or "")}
    return {
        "statusCode": int(shown.status),
        "headers": {**_headers(), **{name: value for name, value in more.items() if value}},
        "body": "" if method == "HEAD" else shown.html,
    }


def _headers() -> dict[str, str]:
    """The headers of every answer; the style sheet inside the page is allowed by its hash."""
    digest = base64.b64encode(hashlib.sha256(style().encode()).digest()).decode()
    return page_headers(style=f"'sha256-{digest}'")


def page(status: HTTPStatus, template: str, **context: Any) -> Page:
    """A template as a page. context: what it shows; text in it is escaped."""
    html = templates().get_template(template).render(style=style(), **context)
    return Page(status, html)
