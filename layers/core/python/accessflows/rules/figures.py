"""Figures: what a number of requests come to, counted.

Pure. Days are UTC."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from statistics import median_low
from typing import NamedTuple

from accessflows.model.request import AccessRequest, Status

# How long approving took, at most; what took longer comes last.
_STEPS: tuple[tuple[str, timedelta], ...] = (
    ("5 min", timedelta(minutes=5)),
    ("15 min", timedelta(minutes=15)),
    ("1 h", timedelta(hours=1)),
    ("4 h", timedelta(hours=4)),
    ("1 day", timedelta(days=1)),
)
_LONGER = "longer"


class Figure(NamedTuple):
    """A count, and what it counts."""

    label: str
    number: int


class ApprovalTimes(NamedTuple):
    """How long people waited for their approvers: how many up to each step, and the median.

    typical: none where nobody waited.
    """

    steps: tuple[Figure, ...]
    typical: timedelta | None


def by_day(requests: Iterable[AccessRequest], now: datetime, days: int) -> tuple[Figure, ...]:
    """Requests by the day of their submission, the earliest first, up to today, none left out."""
    counts = Counter(request.submitted_at.date() for request in requests)
    first = now.date() - timedelta(days=days - 1)
    return tuple(_figure(first + timedelta(days=n), counts) for n in range(days))


def by_status(requests: Iterable[AccessRequest]) -> Mapping[Status, int]:
    """As they stand in their rows."""
    return Counter(request.status for request in requests)


def approval_times(requests: Iterable[AccessRequest]) -> ApprovalTimes:
    """From submission to the last approval that was needed, of what was approved by people."""
    waited = [took for request in requests if (took := _approved_after(request)) is not None]
    counts = Counter(map(_step, waited))
    labels = [*(label for label, _ in _STEPS), _LONGER]
    return ApprovalTimes(
        steps=tuple(Figure(label, counts[label]) for label in labels),
        typical=median_low(waited) if waited else None,
    )


def _figure(day: date, counts: Mapping[date, int]) -> Figure:
    return Figure(f"{day:%-d %b}", counts.get(day, 0))


def _approved_after(request: AccessRequest) -> timedelta | None:
    went_on = request.granting_at is not None or request.status is Status.SCHEDULED
    approvals: Sequence[datetime] = [vote.at for vote in request.votes if vote.approves]
    if not went_on or not approvals:
        return None
    return max(approvals) - request.submitted_at


def _step(took: timedelta) -> str:
    return next((label for label, longest in _STEPS if took <= longest), _LONGER)
