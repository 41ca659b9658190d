"""Dashboard: how requests go at the moment, counted within bounds that it tells."""

from datetime import datetime
from typing import NamedTuple

from accessflows.model.limits import ENDS_SOON, MOST_COUNTED
from accessflows.model.person import Person
from accessflows.model.request import AccessRequest, Status
from accessflows.ports import Ports
from accessflows.rules.lifecycle import standing

_WAITING = (Status.PENDING_MFA, Status.PENDING_APPROVAL)
_COUNTED = (*_WAITING, Status.SCHEDULED, Status.GRANTING, Status.ACTIVE, Status.REVOKING)
_MOST_SHOWN = 10


class Some(NamedTuple):
    """Requests that are shown, and how many there are of them among those looked at."""

    shown: tuple[AccessRequest, ...]
    number: int


class Dashboard(NamedTuple):
    """What is known at one moment.

    latest: the newest requests there are, at most MOST_COUNTED; whole: whether these are all.
    open: how many are open, by status, counted as far as MOST_COUNTED each.
    ends_soon: active access that ends within ENDS_SOON, the soonest first; failed: of `latest`.
    """

    latest: tuple[AccessRequest, ...]
    whole: bool
    open: dict[Status, int]
    ends_soon: Some
    failed: Some
    people: dict[str, Person]


def dashboard(ports: Ports, now: datetime) -> Dashboard:
    """In a fixed number of readings, however many requests there are."""
    newest = ports.requests.newest(limit=MOST_COUNTED)
    ending = _ends_soon(ports, now)
    failed = [request for request in newest.requests if request.status is Status.FAILED]
    soon = Some(tuple(ending[:_MOST_SHOWN]), len(ending))
    gone_wrong = Some(tuple(failed[:_MOST_SHOWN]), len(failed))
    shown = {p for request in (*soon.shown, *gone_wrong.shown) for p in request.concerned}
    return Dashboard(
        latest=newest.requests,
        whole=newest.cursor is None,
        open={status: ports.requests.count_open(status, MOST_COUNTED) for status in _COUNTED},
        ends_soon=soon,
        failed=gone_wrong,
        people=dict(ports.directory.people(sorted(shown))),
    )


def _ends_soon(ports: Ports, now: datetime) -> list[AccessRequest]:
    """Of the requests of which anything is due until then, as far as the index gives them."""
    until = now + ENDS_SOON
    due = ports.requests.several(ports.requests.due(until)[:MOST_COUNTED])
    ending = [
        (request.ends_at, request)
        for request in due
        if request.ends_at and request.ends_at < until
        if standing(request, now)[0] is Status.ACTIVE
    ]
    return [request for _, request in sorted(ending, key=lambda pair: (pair[0], pair[1].id))]
