"""Forms that come by links: how often they may be sent, and the page for whoever sent too many."""

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus

from accessflows.actions.guard import refuse_flood
from accessflows.model.guard import Guarded
from accessflows.model.refusal import TooOften
from accessflows.ports import Ports
from accessflows.web.pages import Page, page


def count_post(ports: Ports, who: str, new_id: Callable[[], str], now: datetime) -> None:
    """One more form of somebody's. who: as rules.guard writes it. Raises TooOften."""
    refuse_flood(ports, Guarded.LINK_POSTS, who, new_id(), now)


def too_often_page(refusal: TooOften) -> Page:
    """For whoever has to wait. What their link is good for is not touched."""
    said = f"{str(refusal)[0].upper()}{str(refusal)[1:]}."
    shown = page(HTTPStatus.TOO_MANY_REQUESTS, "too_often.html", said=said)
    return waiting(shown, refusal)


def waiting(shown: Page, refusal: TooOften) -> Page:
    """The page, saying to programs, too, when to try again."""
    return shown._replace(retry_after=int(str(refusal.detail["retry_after"])))
