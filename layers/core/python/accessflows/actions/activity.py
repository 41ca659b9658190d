"""Activity: all requests there are, newest first, as admins look for them."""

from datetime import datetime

from accessflows.model.limits import ID_WITHIN, MOST_REQUESTS_EXAMINED, PAGE_SIZE
from accessflows.model.request import AccessRequest, Status
from accessflows.model.value import Instant, Value
from accessflows.ports import Page, Ports


class Sought(Value):
    """Which requests are meant; all where nothing is said.

    since, until: when they were submitted, half-open.
    """

    statuses: tuple[Status, ...] = ()
    flow_id: str | None = None
    grantee_id: str | None = None
    requester_id: str | None = None
    integration: str | None = None
    since: Instant | None = None
    until: Instant | None = None

    def takes(self, request: AccessRequest) -> bool:
        if self.statuses and request.status not in self.statuses:
            return False
        if self.flow_id not in (None, request.flow.id):
            return False
        if self.grantee_id not in (None, request.grantee_id):
            return False
        if self.requester_id not in (None, request.requester_id):
            return False
        if self.integration and self.integration not in {b.integration for b in request.batches}:
            return False
        if self.since and request.submitted_at < self.since:
            return False
        return self.until is None or request.submitted_at < self.until


def activity(ports: Ports, sought: Sought, cursor: str | None) -> Page:
    """The next requests that are meant. A page may be short, or empty, and yet have a cursor."""
    found: list[AccessRequest] = []
    examined = 0
    while True:
        page = _page(ports, sought, cursor)
        found += filter(sought.takes, page.requests)
        examined += len(page.requests)
        cursor = None if _is_past(sought.since, page) else page.cursor
        if cursor is None or len(found) >= PAGE_SIZE or examined >= MOST_REQUESTS_EXAMINED:
            break
    return Page(tuple(found), cursor)


def _page(ports: Ports, sought: Sought, cursor: str | None) -> Page:
    """A page of the narrowest list that holds all that are meant."""
    if sought.grantee_id:
        return ports.requests.of_grantee(sought.grantee_id, statuses=sought.statuses, cursor=cursor)
    if sought.requester_id:
        return ports.requests.of_requester(
            sought.requester_id, statuses=sought.statuses, cursor=cursor
        )
    until = sought.until + ID_WITHIN if sought.until else None
    return ports.requests.newest(until=until, cursor=cursor)


def _is_past(since: datetime | None, page: Page) -> bool:
    """Whether everything that follows was submitted earlier than is meant."""
    if since is None or not page.requests:
        return False
    return page.requests[-1].submitted_at < since - ID_WITHIN
