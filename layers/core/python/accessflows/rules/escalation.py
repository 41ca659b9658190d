"""Escalation: which further tiers of approvers are asked, and since when.

Pure. Tiers open by the clock, whether somebody notices or not; noticing only tells their people.

    asked --every--> tier 1 --every--> tier 2 ... --timeout--> timed out
"""

from datetime import datetime

from accessflows.model.event import Change, EventKind
from accessflows.model.flow import AccessFlow
from accessflows.model.person import Person
from accessflows.model.request import AccessRequest
from accessflows.rules.conditions import holds
from accessflows.rules.lifecycle import approval_due_at, move


def tiers_at(flow: AccessFlow, submitted_at: datetime) -> tuple[datetime, ...]:
    """When each tier of the flow opens for what is submitted then, in order."""
    if flow.escalation is None:
        return ()
    every, tiers = flow.escalation.every, flow.escalation.tiers
    return tuple(submitted_at + every * number for number in range(1, len(tiers) + 1))


def open_tiers(request: AccessRequest, now: datetime) -> int:
    """How many tiers are open at this instant; of a decided request, how many were."""
    ended = (at for at in (request.granting_at, request.closed_at) if at)
    until = min((now, *ended))
    return sum(at <= until for at in request.tiers_at)


def tiers_met(
    request: AccessRequest, flow: AccessFlow, person: Person, now: datetime
) -> tuple[int, ...]:
    """The numbers, from 1, of the open tiers that the person meets."""
    tiers = flow.escalation.tiers if flow.escalation else ()
    return tuple(
        number
        for number, tier in enumerate(tiers[: open_tiers(request, now)], start=1)
        if holds(tier, person)
    )


def open_next_tier(request: AccessRequest, now: datetime) -> Change | None:
    """The request with its next tier noticed to be open; none if no further one is."""
    number = request.tiers_open + 1
    if number > open_tiers(request, now):
        return None
    due_at = approval_due_at(request.but(tiers_open=number))
    return move(
        request,
        EventKind.TIER_OPENED,
        now,
        details={"tier": number},
        tiers_open=number,
        due_at=due_at,
    )
