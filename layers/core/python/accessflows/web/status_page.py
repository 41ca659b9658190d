"""The status page: how the request of somebody without an account stands.

Rendering only."""

from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus

from accessflows.actions.read import Detail
from accessflows.model.dossier import Dossier
from accessflows.model.event import Event, EventKind
from accessflows.model.request import HELD, NOT_YET_GRANTED, AccessRequest, Status
from accessflows.notices.telling import Telling
from accessflows.notices.words import duration_in_words, instant_in_words
from accessflows.rules.lifecycle import standing
from accessflows.web.pages import Page, page

_WORDS: Mapping[Status, str] = {
    Status.PENDING_MFA: "It waits for a second confirmation.",
    Status.PENDING_APPROVAL: "Somebody has to agree before you get the access.",
    Status.SCHEDULED: "It is agreed, and begins by itself.",
    Status.GRANTING: "It is agreed, and is being set up.",
    Status.ACTIVE: "The access is there.",
    Status.REVOKING: "The access is being taken away.",
    Status.REVOKED: "The access was taken away.",
    Status.EXPIRED: "The access ended by itself, and was taken away.",
    Status.REJECTED: "No access was given.",
    Status.CANCELLED: "It was withdrawn, and no access was given.",
    Status.FAILED: "The access could not be set up. Nothing was left behind.",
}
# What is no step to the person who asked is left out.
_HAPPENED: Mapping[EventKind, str] = {
    EventKind.SUBMITTED: "You asked",
    EventKind.APPROVAL_RECORDED: "Somebody agreed; others still have to",
    EventKind.APPROVED: "Agreed",
    EventKind.REJECTED: "Not agreed",
    EventKind.CANCELLED: "Withdrawn",
    EventKind.STARTED: "Its start had come",
    EventKind.ACTIVATED: "The access was there",
    EventKind.EXTENDED: "Extended",
    EventKind.REVOCATION_STARTED: "The end began",
    EventKind.ENDED: "The access was gone",
}


def status_page(
    dossier: Dossier,
    detail: Detail,
    now: datetime,
    *,
    complaint: str = "",
    status: HTTPStatus = HTTPStatus.OK,
) -> Page:
    """How it stands at this instant, noticed or not, and what its holder may do."""
    request = detail.request
    stands, _ = standing(request, now)
    extensions = detail.extensions_left if stands is Status.ACTIVE else 0
    return page(
        status,
        "request_status.html",
        dossier=Telling._make(dossier),
        request=request,
        stands=stands.value,
        words=_words(request, stands),
        details=detail.access_details if stands is Status.ACTIVE else (),
        timeline=[(e.at, _HAPPENED[e.kind]) for e in detail.events if _is_told(e)],
        can_end=_ending(stands),
        extension=duration_in_words(detail.extension_for) if extensions else "",
        complaint=complaint,
    )


def _words(request: AccessRequest, stands: Status) -> str:
    if stands is Status.ACTIVE and request.ends_at:
        return f"{_WORDS[stands]} It ends by itself on {instant_in_words(request.ends_at)}."
    if stands is Status.PENDING_APPROVAL and request.approval_timeout_at:
        until = instant_in_words(request.approval_timeout_at)
        return f"{_WORDS[stands]} They can decide until {until}."
    return _WORDS[stands]


def _ending(stands: Status) -> str:
    if stands in NOT_YET_GRANTED:
        return "Withdraw the request"
    return "Give the access back" if stands in HELD else ""


def _is_told(event: Event) -> bool:
    return event.kind in _HAPPENED
