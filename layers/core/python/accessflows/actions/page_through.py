"""Page through: a whole list of requests, a page at a time, read as far as is asked for."""

from collections.abc import Callable, Iterator

from accessflows.model.request import AccessRequest
from accessflows.ports import Page


def page_through(page_at: Callable[[str | None], Page]) -> Iterator[tuple[AccessRequest, ...]]:
    """Every page. page_at: the page at a cursor, the first at none."""
    cursor = None
    while True:
        page = page_at(cursor)
        yield page.requests
        cursor = page.cursor
        if cursor is None:
            return
