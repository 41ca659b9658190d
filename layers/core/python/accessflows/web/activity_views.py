"""What the API shows admins of all requests, and of ending several."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from accessflows.actions.end_many import EndedMany
from accessflows.model.person import Person
from accessflows.ports import Page
from accessflows.web.views import listed_view, outcomes_view


def activity_view(found: Page, people: Mapping[str, Person], now: datetime) -> dict[str, Any]:
    """A page of requests, each with what it gives and the names of its people."""
    requests = [
        {
            **listed_view(request, now),
            "requester": _name(people, request.requester_id),
            "grantee": _name(people, request.grantee_id),
        }
        for request in found.requests
    ]
    return {"requests": requests, "cursor": found.cursor}


def ended_view(ended: EndedMany, now: datetime) -> dict[str, Any]:
    """What became of each request, and whether the same call would find more."""
    return {"outcomes": outcomes_view(ended.outcomes, now), "more": ended.more}


def _name(people: Mapping[str, Person], person_id: str) -> str | None:
    person = people.get(person_id)
    return person.name if person else None
