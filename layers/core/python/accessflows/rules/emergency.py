"""Emergencies: access at once, looked at afterwards.

Pure. Whoever has used an emergency flow may do so again only after an admin wrote a review."""

from datetime import datetime

from accessflows.model.event import Change, EventKind
from accessflows.model.person import Person, Role
from accessflows.model.refusal import AlreadySettled, BadInput, NotYours
from accessflows.model.request import AccessRequest, Review
from accessflows.rules.lifecycle import move


def awaits_review(request: AccessRequest) -> bool:
    """Whether it is a use of an emergency flow that nobody has reviewed.

    What never became access is no use; what may still become access is one.
    """
    if not request.emergency or request.review is not None:
        return False
    return request.is_open or request.activated_at is not None


def may_review(request: AccessRequest, person: Person) -> bool:
    """Any active admin may whose request this is not."""
    return person.active and Role.ADMIN in person.roles and person.id not in request.concerned


def review(request: AccessRequest, person: Person, text: str, now: datetime) -> Change:
    """The request with its review, once.

    Raises NotYours, BadInput for an empty text; AlreadySettled where there is nothing to review,
    or it was reviewed.
    """
    if not may_review(request, person):
        raise NotYours("only an admin whose request this is not can review it")
    if not text.strip():
        raise BadInput("a review is written: say what you found", field="text")
    if not request.emergency:
        raise AlreadySettled("this request is no emergency and needs no review")
    if request.review is not None:
        raise AlreadySettled(
            f"this request was reviewed on {request.review.at:%Y-%m-%d %H:%M:%S} UTC already"
        )
    if request.activated_at is None:
        raise AlreadySettled(
            f"this request is {request.status} and has given no access that could be reviewed"
        )
    return move(
        request,
        EventKind.REVIEWED,
        now,
        actor=person.id,
        details={"text": text},
        review=Review(by=person.id, at=now, text=text),
    )
