"""Delegation: for whom, and for how long, a person may name somebody who decides in their place.

Pure. What a delegate may decide is the matter of `approval`; a delegate hands nothing on."""

from collections.abc import Sequence
from datetime import datetime

from accessflows.model.delegation import Delegation, Period
from accessflows.model.limits import (
    LONGEST_AHEAD,
    LONGEST_DELEGATION,
    MOST_DELEGATIONS,
)
from accessflows.model.person import Person
from accessflows.model.refusal import AlreadyExists, BadInput


def named(
    period: Period,
    delegator: Person,
    delegate: Person | None,
    others: Sequence[Delegation],
    *,
    delegation_id: str,
    now: datetime,
) -> Delegation:
    """The delegation that is asked for, or the one that says the same already.

    delegate: none where there is no such person. others: of the delegator, those not over.
    A start that has passed is now. Raises BadInput, AlreadyExists.
    """
    if delegate is None or not delegate.active or delegate.is_external:
        raise BadInput(
            f"there is no active person {period.delegate_id!r}; name one by their id",
            field="delegate_id",
        )
    if delegate.id == delegator.id:
        raise BadInput("you decide for yourself anyway; name somebody else", field="delegate_id")
    starts_at = max(period.starts_at or now, now)
    _check_times(starts_at, period.ends_at, now)
    wanted = Delegation(
        id=delegation_id,
        delegator_id=delegator.id,
        delegate_id=delegate.id,
        starts_at=starts_at,
        ends_at=period.ends_at,
        reason=period.reason,
        made_at=now,
    )
    return _same(wanted, others) or _further(wanted, others)


def _check_times(starts_at: datetime, ends_at: datetime, now: datetime) -> None:
    if ends_at <= starts_at:
        raise BadInput(
            f"to: {ends_at.isoformat()} is not after the start, {starts_at.isoformat()}", field="to"
        )
    if ends_at - starts_at > LONGEST_DELEGATION:
        raise BadInput(
            f"to: a delegation lasts {LONGEST_DELEGATION.days} days at most, so until "
            f"{(starts_at + LONGEST_DELEGATION).isoformat()} here",
            field="to",
        )
    if starts_at - now > LONGEST_AHEAD:
        raise BadInput(
            f"from: a delegation begins within {LONGEST_AHEAD.days} days, so by "
            f"{(now + LONGEST_AHEAD).isoformat()}",
            field="from",
        )


def _same(wanted: Delegation, others: Sequence[Delegation]) -> Delegation | None:
    """One that says the same, so that a double click makes one."""

    def said(one: Delegation) -> tuple[object, ...]:
        # Both may have said "at once", at different instants.
        begins = max(one.starts_at, wanted.made_at)
        return one.delegate_id, begins, one.ends_at, one.reason

    return next((other for other in others if said(other) == said(wanted)), None)


def _further(wanted: Delegation, others: Sequence[Delegation]) -> Delegation:
    """Raises AlreadyExists, BadInput."""
    for other in others:
        apart = other.ends_at <= wanted.starts_at or wanted.ends_at <= other.starts_at
        if other.delegate_id == wanted.delegate_id and not apart:
            raise AlreadyExists(
                f"{wanted.delegate_id} is your delegate from {other.starts_at.isoformat()} to "
                f"{other.ends_at.isoformat()} already; end that one first",
                id=other.id,
            )
    if len(others) >= MOST_DELEGATIONS:
        raise BadInput(
            f"you have {len(others)} delegations that are not over; {MOST_DELEGATIONS} is the "
            "most, end one first"
        )
    return wanted
