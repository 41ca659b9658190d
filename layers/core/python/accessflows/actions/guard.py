"""Guard: whoever does something too often is refused for a while, and admins hear of it."""

import math
from datetime import datetime

from accessflows.model.configuration import Lineage
from accessflows.model.event import SYSTEM, Event, EventKind
from accessflows.model.guard import Guarded, Limit
from accessflows.model.notice import LimitNotice
from accessflows.model.refusal import TooOften
from accessflows.model.value import format_duration
from accessflows.ports import Directory, Lost, Ports
from accessflows.rules.chain import next_event
from accessflows.rules.guard import limit_of, person_in, subject_of

_SAID = {
    Guarded.SUBMISSIONS: "you have asked for access {most} times within an hour, more is not taken",
    Guarded.LINK_POSTS: "forms were sent from here {most} times within a quarter of an hour, more "
    "is not taken",
}


def refuse_flood(ports: Ports, guarded: Guarded, who: str, mark: str, now: datetime) -> None:
    """Count one more of somebody's. mark: of this one thing; counted once however often told.

    What is refused does not count. Raises TooOften beyond what the account allows.
    Source: docs/features.md N18.
    """
    limit = limit_of(ports.flows.settings(), guarded)
    free_at = ports.tries.count(limit, who, mark, now)
    if free_at is None:
        return
    _tell(ports, limit, who, now)
    said = _SAID[guarded].format(most=limit.most)
    raise TooOften(
        f"{said}; try again at {free_at:%H:%M:%S} UTC",
        limit=limit.most,
        within=format_duration(limit.within),
        retry_after=math.ceil((free_at - now).total_seconds()),
    )


def forget(ports: Ports, guarded: Guarded, who: str, mark: str, now: datetime) -> None:
    """Take back what `refuse_flood` counted then: it turned out to be a repetition."""
    ports.tries.forget(limit_of(ports.flows.settings(), guarded), who, mark, now)


def limit_notices(event: Event, directory: Directory) -> list[LimitNotice]:
    """The notices of a limit that was reached: to every admin."""
    return [LimitNotice(event_id=event.id, recipient_id=admin.id) for admin in directory.admins()]


def _tell(ports: Ports, limit: Limit, who: str, now: datetime) -> None:
    """Once for a person, and once for all addresses, in as much time as the limit speaks of."""
    subject = subject_of(limit.guarded, who)
    last = ports.tries.told(subject)
    if last is not None and now - last.at < limit.within:
        return
    event = next_event(
        last or Lineage(),
        subject,
        EventKind.LIMIT_REACHED,
        now,
        actor=person_in(who) or SYSTEM,
        details={
            "guarded": limit.guarded.value,
            "who": who,
            "most": limit.most,
            "within": format_duration(limit.within),
        },
    )
    try:
        ports.tries.tell(event)
    except Lost:
        # Another call of theirs told it at the same moment.
        return
