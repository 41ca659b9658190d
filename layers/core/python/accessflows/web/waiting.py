"""Waiting: what awaits an approver's decision, as a list tells of it.

Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from accessflows.actions.gather import Listed
from accessflows.actions.inbox import Awaiting
from accessflows.model.person import Person
from accessflows.model.request import AccessRequest
from accessflows.notices.words import Asked, asked, duration_in_words, one_line, time_left


class Waiting(NamedTuple):
    """A request in the list. more: entitlements beyond those of `what`, by number.

    asks: who asks, and for whom. left: how long there is to decide; empty without an end.
    whose: in whose place the reader decides, if in anybody's. needs_reason: as its flow wants.
    """

    request: AccessRequest
    asks: str
    what: tuple[Asked, ...]
    more: int
    duration: str
    left: str
    whose: Person | None
    needs_reason: bool

    @property
    def title(self) -> str:
        return f"{self.asks}: {self.what[0].resource}"


def waiting(one: Awaiting, listed: Listed, now: datetime) -> Waiting:
    request = one.request
    shown = [e for batch in listed.batches[request.id] for e in batch.entitlements]
    until = request.approval_timeout_at
    return Waiting(
        request=request,
        asks=_asks(request, listed.people),
        what=asked(shown, listed.integrations),
        more=sum(summary.entitlements for summary in request.batches) - len(shown),
        duration=duration_in_words(request.duration),
        left=time_left(until, now) if until else "",
        whose=one.on_behalf_of,
        needs_reason=one.flow.settings.require_approver_reason,
    )


def _asks(request: AccessRequest, people: Mapping[str, Person]) -> str:
    def name(person_id: str) -> str:
        return one_line(people[person_id].name) if person_id in people else person_id

    if request.requester_id == request.grantee_id:
        return name(request.requester_id)
    return f"{name(request.requester_id)} for {name(request.grantee_id)}"
