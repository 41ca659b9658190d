"""Off-board: end what people may not have any longer, since they left or no longer qualify.

Level-triggered: it looks at requests, people and flows as they are, not at what changed. An event
too many, too late or doubled does no harm, and the sweep ends what events missed."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import cached_property, partial
from typing import NamedTuple

from accessflows.actions.contend import decide_anew
from accessflows.actions.page_through import page_through
from accessflows.model.person import Person
from accessflows.model.request import AccessRequest, Status
from accessflows.ports import Page, Ports, Snapshot
from accessflows.rules.leaving import (
    CONCERNED,
    Lost,
    concerns,
    disqualified,
    end_without,
    left,
    revokes_on_loss,
)
from accessflows.rules.planning import key_of

CHECKPOINT = "sweep_leavers"
_STATUSES = tuple(status for status in Status if status in CONCERNED)


class OffBoarded(NamedTuple):
    """What one run ended. failures: request id -> what went wrong; the next run tries again.

    finished: whether the run saw all that there was.
    """

    ended: tuple[str, ...]
    failures: dict[str, Exception]
    finished: bool = True


def off_board(ports: Ports, person_id: str, now: datetime) -> OffBoarded:
    """Look at every open request that a person made or that was made for them."""
    concerned = {
        request.id
        for find in (ports.requests.of_grantee, ports.requests.of_requester)
        for page in page_through(partial(_concerned, find, person_id))
        for request in page
    }
    return _end_each(ports, sorted(concerned), lambda: now)


def sweep_leavers(ports: Ports, *, clock: Callable[[], datetime], stop_at: datetime) -> OffBoarded:
    """Look at everybody's open requests, a page after the other.

    stop_at: no further page is begun after it; the next run goes on where this one stopped.
    """
    ended: list[str] = []
    failures: dict[str, Exception] = {}
    today = _Today(ports)
    stopped_at = ports.requests.checkpoint(CHECKPOINT)
    place: str | None = stopped_at or _place(_STATUSES[0], None)
    while place and clock() < stop_at:
        status, cursor = _read_place(place)
        page = ports.requests.open_with(status, cursor=cursor)
        done = _end_each(ports, _suspects(ports, today, page, clock()), clock)
        ended += done.ended
        failures |= done.failures
        place = _next_place(status, page.cursor)
    ports.requests.put_checkpoint(CHECKPOINT, place)
    return OffBoarded(tuple(ended), failures, place is None)


class _Today:
    """Why a request cannot stand today; the flows are read once, and only where one asks."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    @cached_property
    def _counts(self) -> Snapshot:
        return self._ports.flows.snapshot()

    def lost(self, request: AccessRequest, people: Mapping[str, Person]) -> Lost | None:
        """None if it can stand. people: its requester and grantee, where they are known."""
        return left(request, people) or self._disqualified(request, people)

    def _disqualified(self, request: AccessRequest, people: Mapping[str, Person]) -> Lost | None:
        flow = next((flow for flow in self._counts.flows if flow.id == request.flow.id), None)
        if not revokes_on_loss(self._ports.flows.version(request.flow), flow):
            return None
        batches = self._ports.requests.batches(request)
        entitlements = [e for batch in batches for e in batch.entitlements]
        resources = self._ports.inventory.resources({key_of(e) for e in entitlements})
        requester, grantee = people.get(request.requester_id), people.get(request.grantee_id)
        return disqualified(
            flow,
            requester,
            grantee,
            entitlements,
            resources,
            self._counts.catalogue,
            by_link=request.access_link is not None,
        )


def _suspects(ports: Ports, today: _Today, page: Page, now: datetime) -> list[str]:
    """Those of a page that seem lost. The index, and what was read before, only propose."""
    concerned = [request for request in page.requests if concerns(request, now)]
    people = ports.directory.people({p for request in concerned for p in request.concerned})
    return [request.id for request in concerned if today.lost(request, people)]


def _end_each(
    ports: Ports, request_ids: Iterable[str], clock: Callable[[], datetime]
) -> OffBoarded:
    ended: list[str] = []
    failures: dict[str, Exception] = {}
    for request_id in request_ids:
        try:
            if _end(ports, request_id, clock()):
                ended.append(request_id)
        except Exception as error:  # noqa: BLE001 (on the way to revocation)
            failures[request_id] = error
    return OffBoarded(tuple(ended), failures)


def _end(ports: Ports, request_id: str, now: datetime) -> bool:
    """Whether the request was lost, and ended here."""

    def once() -> bool:
        request = ports.requests.get(request_id)
        if not concerns(request, now):
            return False
        lost = _Today(ports).lost(request, ports.directory.people(request.concerned))
        if lost is None:
            return False
        ports.requests.commit(request, end_without(request, lost, now))
        return True

    return decide_anew(once)


def _concerned(find: Callable[..., Page], person_id: str, cursor: str | None) -> Page:
    return find(person_id, statuses=CONCERNED, cursor=cursor)


def _place(status: Status, cursor: str | None) -> str:
    return f"{status}|{cursor or ''}"


def _read_place(place: str) -> tuple[Status, str | None]:
    status, _, cursor = place.partition("|")
    return Status(status), cursor or None


def _next_place(status: Status, cursor: str | None) -> str | None:
    """Where a run goes on; none once every status was looked at."""
    if cursor:
        return _place(status, cursor)
    following = _STATUSES[_STATUSES.index(status) + 1 :]
    return _place(following[0], None) if following else None
