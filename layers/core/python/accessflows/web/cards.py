"""Cards: requests as the portal's lists and panels tell of them, in words.

Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from accessflows.actions.gather import Listed
from accessflows.model.event import SYSTEM, Event, EventKind
from accessflows.model.person import Person, Role
from accessflows.model.request import (
    CLOSED,
    HELD,
    NOT_YET_GRANTED,
    AccessRequest,
    BatchState,
    Cause,
    Status,
)
from accessflows.notices.telling import Telling
from accessflows.notices.words import Asked, asked, one_line, time_left
from accessflows.rules.lifecycle import standing

_TONES: Mapping[Status, str] = {
    Status.ACTIVE: "good",
    Status.REJECTED: "warn",
    Status.FAILED: "warn",
    **dict.fromkeys(
        (
            Status.PENDING_MFA,
            Status.PENDING_APPROVAL,
            Status.SCHEDULED,
            Status.GRANTING,
            Status.REVOKING,
        ),
        "amber",
    ),
}
_HAPPENED: Mapping[EventKind, str] = {
    EventKind.SUBMITTED: "{who} asked for it",
    EventKind.MFA_PASSED: "{who} confirmed it with a code",
    EventKind.APPROVAL_RECORDED: "{who} approved it; others still had to",
    EventKind.TIER_OPENED: "Further approvers were asked",
    EventKind.APPROVED: "{who} approved it",
    EventKind.REJECTED: "{who} rejected it",
    EventKind.STARTED: "Its start had come",
    EventKind.CANCELLED: "{who} withdrew it",
    EventKind.ACTIVATED: "The access was seen to be there",
    EventKind.EXTENDED: "{who} extended it",
    EventKind.ENDING_SOON: "Its people were told that it ends soon",
    EventKind.REVIEWED: "{who} reviewed it",
    EventKind.REVOCATION_STARTED: "{who} began to take it away",
    EventKind.REVOCATION_RETRIED: "Its targets were asked to take it away",
    EventKind.ENDED: "The access was seen to be gone",
}
_STATES: Mapping[BatchState, tuple[str, str]] = {
    BatchState.PLANNED: ("not there yet", ""),
    BatchState.CLAIMED: ("being set up", "amber"),
    BatchState.GRANTED: ("there", "good"),
    BatchState.FAILED: ("could not be granted", "warn"),
    BatchState.ABSENT: ("gone", ""),
}
_CAUSES: Mapping[Cause, str] = {
    Cause.TIME: "Its time was over.",
    Cause.PERSON: "A person ended it.",
    Cause.LEFT: "The account was deactivated.",
    Cause.TIMED_OUT: "Nobody decided in time.",
    Cause.FAILED: "It could not be set up; ask an administrator.",
    Cause.LOST_ELIGIBILITY: "The conditions of the access flow no longer held.",
    Cause.WINDOW_CLOSED: "The hours of the access flow were over.",
    Cause.QUOTA: "The system had no room for it.",
}


class Card(NamedTuple):
    """A request in a list.

    tone: of its status. what: its first resources; more: entitlements beyond them, by number.
    whose: who asked, or for whom, where that is somebody else. left: until it ends.
    """

    request: AccessRequest
    status: Status
    tone: str
    why: str
    what: tuple[Asked, ...]
    more: int
    whose: str
    left: str
    can: frozenset[str]

    @property
    def title(self) -> str:
        return self.what[0].resource if self.what else self.request.flow_name


class Step(NamedTuple):
    """Something that happened."""

    at: datetime
    words: str


class Part(NamedTuple):
    """What is asked for in one integration, and how it stands there.

    residual: until when a session may outlive its removal, where it may.
    """

    what: tuple[Asked, ...]
    state: str
    tone: str
    message: str
    residual: datetime | None


def cards(
    requests: Iterable[AccessRequest], listed: Listed, reader: Person, now: datetime
) -> list[Card]:
    return [_card(request, listed, reader, now) for request in requests]


def card_of(telling: Telling, reader: Person, now: datetime) -> Card:
    """The same of a request that was read with everything."""
    whole = {telling.request.id: telling.batches}
    return _card(telling.request, Listed(whole, telling.people, telling.integrations), reader, now)


def steps(telling: Telling) -> list[Step]:
    """What happened, in order."""
    return [Step(each.at, _words(telling, each)) for each in telling.events]


def parts(telling: Telling) -> list[Part]:
    found = []
    for batch in telling.batches:
        state, tone = _STATES[batch.state]
        if batch.state is BatchState.PLANNED and telling.request.status in CLOSED:
            state = "never given"
        found.append(
            Part(
                what=asked(batch.entitlements, telling.integrations),
                state=state,
                tone=tone,
                message=batch.message or "",
                residual=batch.residual_until,
            )
        )
    return found


def _card(request: AccessRequest, listed: Listed, reader: Person, now: datetime) -> Card:
    status, cause = standing(request, now)
    batches = listed.batches[request.id]
    shown = [e for batch in batches for e in batch.entitlements]
    ends = request.ends_at if status is Status.ACTIVE else None
    return Card(
        request=request,
        status=status,
        tone=_TONES.get(status, ""),
        why=request.reason or (_CAUSES[cause] if cause and status is not Status.ACTIVE else ""),
        what=asked(shown, listed.integrations),
        more=sum(summary.entitlements for summary in request.batches) - len(shown),
        whose=_whose(request, listed.people, reader),
        left=time_left(ends, now) if ends else "",
        can=_possible(request, status, reader),
    )


def _whose(request: AccessRequest, people: Mapping[str, Person], reader: Person) -> str:
    if request.requester_id == request.grantee_id == reader.id:
        return ""

    def name(person_id: str) -> str:
        if person_id == reader.id:
            return "you"
        return one_line(people[person_id].name) if person_id in people else person_id

    if request.requester_id == request.grantee_id:
        return f"for {name(request.grantee_id)}"
    return f"for {name(request.grantee_id)}, asked by {name(request.requester_id)}"


def _possible(request: AccessRequest, status: Status, reader: Person) -> frozenset[str]:
    """What the reader may do to it now; the action decides again when they do."""
    asked_it = reader.id == request.requester_id
    ends_it = asked_it or Role.ADMIN in reader.roles
    can = {
        "confirm": reader.id == request.grantee_id and status is Status.PENDING_MFA,
        "cancel": ends_it and status in NOT_YET_GRANTED,
        "revoke": ends_it and status in HELD,
        "again": asked_it and status in CLOSED,
        "star": request.concerned == {reader.id},
    }
    return frozenset(name for name, may in can.items() if may)


def _words(telling: Telling, event: Event) -> str:
    who = telling.name(event.actor)
    if event.kind is EventKind.APPROVED and event.actor == SYSTEM:
        return "No approval was needed"
    said = _HAPPENED.get(event.kind, str(event.kind).replace("_", " ")).format(who=who)
    tries = event.details.get("try", 1)
    return said if tries == 1 else f"{said}, try {tries}"
