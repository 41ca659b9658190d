"""Two-person changes: what an admin proposes counts once another one agrees.

Pure.

    proposed --(another admin approves)--> approved, and the change counts
        |----(any admin rejects, its author withdraws)--> rejected
        |----(nobody decides in time)--> expired
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from accessflows.model.configuration import Section
from accessflows.model.event import Event, EventKind
from accessflows.model.limits import CHANGE_WAITS_FOR
from accessflows.model.person import Person, Role
from accessflows.model.proposed_change import ChangeAction, ChangeState, ProposedChange, Verdict
from accessflows.model.refusal import AlreadySettled, NotYours
from accessflows.rules.chain import next_event

_KINDS = {
    ChangeState.APPROVED: EventKind.CHANGE_APPROVED,
    ChangeState.REJECTED: EventKind.CHANGE_REJECTED,
}


def proposed(
    change_id: str,
    action: ChangeAction,
    *,
    section: Section | None,
    entry_id: str | None,
    base_version: int,
    content: Mapping[str, Any] | None,
    author_id: str,
    now: datetime,
) -> tuple[ProposedChange, Event]:
    """A change that waits for another admin, with its first event."""
    bare = ProposedChange(
        id=change_id,
        section=section,
        action=action,
        entry_id=entry_id,
        base_version=base_version,
        content=dict(content) if content is not None else None,
        author_id=author_id,
        proposed_at=now,
        expires_at=now + CHANGE_WAITS_FOR,
    )
    details = {"section": section, "action": action, "entry": entry_id, "base": base_version}
    event = next_event(
        bare, bare.subject, EventKind.CHANGE_PROPOSED, now, actor=author_id, details=details
    )
    return bare.but(number=event.number, hash=event.hash), event


def approval_of(change: ProposedChange, admin: Person, now: datetime) -> Verdict:
    """Raises AlreadySettled; NotYours for its author, who needs another one to agree."""
    _refuse_unless_waiting(change, now)
    if admin.id == change.author_id:
        raise NotYours(
            "you proposed this change; another admin has to approve it. You may reject it, "
            "which withdraws it"
        )
    return _settled(change, ChangeState.APPROVED, admin, now, reason=None)


def rejection_of(
    change: ProposedChange, admin: Person, reason: str | None, now: datetime
) -> Verdict:
    """By another admin, or by its author, who withdraws it. Raises AlreadySettled."""
    _refuse_unless_waiting(change, now)
    return _settled(change, ChangeState.REJECTED, admin, now, reason=reason)


def has_second_admin(people: Iterable[Person]) -> bool:
    """Whether anybody could agree to what an admin proposes."""
    return sum(person.active and Role.ADMIN in person.roles for person in people) > 1


def _refuse_unless_waiting(change: ProposedChange, now: datetime) -> None:
    state = change.state_at(now)
    if state is ChangeState.EXPIRED:
        raise AlreadySettled(
            f"nobody decided on this change until {change.expires_at:%Y-%m-%d %H:%M} UTC, so it "
            "expired; propose it again"
        )
    if state is not ChangeState.PROPOSED:
        raise AlreadySettled(f"this change was {state} by {change.decided_by} already")


def _settled(
    change: ProposedChange, state: ChangeState, admin: Person, now: datetime, reason: str | None
) -> Verdict:
    event = next_event(
        change, change.subject, _KINDS[state], now, actor=admin.id, details={"reason": reason}
    )
    after = change.but(
        state=state,
        decided_by=admin.id,
        decided_at=now,
        reason=reason,
        number=event.number,
        hash=event.hash,
    )
    return Verdict(change, after, event)
