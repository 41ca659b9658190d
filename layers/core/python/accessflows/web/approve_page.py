"""The approval page: what a mailed link shows, and what became of the decision.

Rendering only."""

from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any

from accessflows.actions.open_link import LinkState, OpenedLink
from accessflows.model.limits import MOST_REASON_CHARACTERS
from accessflows.model.request import AccessRequest, Status
from accessflows.notices.telling import Telling
from accessflows.notices.words import duration_in_words
from accessflows.web.deciding import deciding
from accessflows.web.invalid import NOTHING
from accessflows.web.pages import Page, page

_STATUS = {
    LinkState.OPEN: HTTPStatus.OK,
    LinkState.USED: HTTPStatus.GONE,
    LinkState.SETTLED: HTTPStatus.GONE,
    LinkState.TIMED_OUT: HTTPStatus.GONE,
    LinkState.OUTDATED: HTTPStatus.GONE,
    LinkState.NOT_AN_APPROVER: HTTPStatus.FORBIDDEN,
    LinkState.SIGN_IN_NEEDED: HTTPStatus.FORBIDDEN,
}


def link_page(opened: OpenedLink, now: datetime) -> Page:
    """What opening the link shows: the form, or why there is none."""
    if opened.state is LinkState.OPEN:
        return form_page(opened, now)
    return page(_STATUS[opened.state], f"{opened.state}.html", opened=opened, **_words(opened))


def form_page(
    opened: OpenedLink,
    now: datetime,
    *,
    problems: Mapping[str, str] = NOTHING,
    reason: str = "",
    status: HTTPStatus = HTTPStatus.OK,
) -> Page:
    """The request with the form. problems: with what was sent; reason: as sent."""
    return page(
        status,
        "open.html",
        opened=opened,
        problems=problems,
        reason=reason,
        case=deciding(opened.dossier, opened.impact, opened.on_behalf_of, now),
        most_characters=MOST_REASON_CHARACTERS,
        **_words(opened),
    )


def decided_page(opened: OpenedLink, request: AccessRequest) -> Page:
    """Thanks for the decision, and what happens next. request: as it stands after it."""
    voted = opened._replace(dossier=opened.dossier._replace(request=request))
    return page(
        HTTPStatus.OK,
        "decided.html",
        opened=voted,
        approved=bool(voted.vote and voted.vote.approves),
        waits=request.status is Status.PENDING_APPROVAL,
        scheduled=request.status is Status.SCHEDULED,
        **_words(voted),
    )


def _words(opened: OpenedLink) -> dict[str, Any]:
    dossier = Telling._make(opened.dossier)
    request = dossier.request
    return {
        "dossier": dossier,
        "request": request,
        "requester": dossier.name(request.requester_id),
        "grantee": dossier.name(request.grantee_id),
        "on_behalf": request.requester_id != request.grantee_id,
        "duration": duration_in_words(request.duration),
    }
