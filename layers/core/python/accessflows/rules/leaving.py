"""Leaving: what becomes of open requests when a person leaves, or no longer qualifies.

Pure. A person has left when they are deactivated, or gone from the directory. Whether they still
qualify is asked by today's flow, and only where it sets `revoke_on_loss`."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from accessflows.model.event import Change, EventKind
from accessflows.model.flow import AccessFlow
from accessflows.model.person import Person
from accessflows.model.request import HELD, NOT_YET_GRANTED, AccessRequest, Cause, Status
from accessflows.model.roll import ON_CALL
from accessflows.model.target import Catalogue, Entitlement, Resource
from accessflows.model.trace import Outcome
from accessflows.rules.conditions import examine
from accessflows.rules.lifecycle import move, reject, standing, start_revoking
from accessflows.rules.planning import ResourceKey, key_of, still_allowed

# What still waits or gives access; the others are closed, or on their way out.
CONCERNED = NOT_YET_GRANTED | HELD


class Lost(NamedTuple):
    """Why a request cannot stand any longer."""

    cause: Cause
    reason: str


def left(request: AccessRequest, people: Mapping[str, Person]) -> Lost | None:
    """Whether somebody left whom the request needs; none if not.

    people: those of requester and grantee who are known, by id.
    The grantee is always needed, the requester until access is granted: what a person who left
    once obtained for others stays theirs.
    """
    needed = [request.grantee_id]
    if request.status in NOT_YET_GRANTED:
        needed.append(request.requester_id)
    for person_id in needed:
        person = people.get(person_id)
        if person is None:
            return Lost(Cause.LEFT, f"{person_id} is no longer in the directory")
        if not person.active:
            return Lost(Cause.LEFT, f"{person.name} was deactivated")
    return None


def revokes_on_loss(pinned: AccessFlow, today: AccessFlow | None) -> bool:
    """Whether access ends with what it was granted for: as today's version says, or the last."""
    return (today or pinned).settings.revoke_on_loss


def disqualified(
    today: AccessFlow | None,
    requester: Person | None,
    grantee: Person | None,
    entitlements: Iterable[Entitlement],
    resources: Mapping[ResourceKey, Resource],
    catalogue: Catalogue,
    *,
    by_link: bool,
) -> Lost | None:
    """Whether requester and grantee would no longer get this by today's flow; none if they would.

    resources: as the inventory holds them. What is not in it says nothing: a listing may be
        empty or partial for a while, and must not take anybody's access away; no more must a
        service that does not say who is on call.
    """
    if requester is None or grantee is None:
        return Lost(Cause.LOST_ELIGIBILITY, "one of its people is no longer in the directory")
    known = [e for e in entitlements if key_of(e) in resources]
    lost = still_allowed(today, requester, grantee, known, resources, catalogue, by_link=by_link)
    if lost is None or (today and _in_doubt(today, requester, grantee)):
        return None
    return Lost(Cause.LOST_ELIGIBILITY, lost)


def _in_doubt(flow: AccessFlow, requester: Person, grantee: Person) -> bool:
    """Whether somebody might qualify after all, once a silent service says who is on call."""
    asked = ((flow.requestors, requester), (flow.request_for.grantees, grantee))
    return any(
        condition.attribute == ON_CALL
        and examine(condition, person).outcome is Outcome.CANNOT_EVALUATE
        for group, person in asked
        if group
        for condition in group.conditions
    )


def concerns(request: AccessRequest, now: datetime) -> bool:
    """Whether the request may still be ended; what ended by itself is only not yet noticed."""
    return standing(request, now)[0] in CONCERNED


def end_without(request: AccessRequest, lost: Lost, now: datetime) -> Change:
    """The request once it cannot stand: taken away, else withdrawn or rejected.

    Source: docs/features.md N10, R44, R96.
    """
    if request.status in HELD:
        return start_revoking(request, lost.cause, now, reason=lost.reason)
    if lost.cause is not Cause.LEFT:
        return reject(request, lost.cause, lost.reason, now)
    return move(
        request,
        EventKind.CANCELLED,
        now,
        to=Status.CANCELLED,
        cause=lost.cause,
        details={"reason": lost.reason},
        reason=lost.reason,
    )
