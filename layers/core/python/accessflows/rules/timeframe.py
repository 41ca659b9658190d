"""Time windows: whether a weekly window is open at an instant, until when, and when it opens next.

Pure. What a clock on the wall of the window's zone shows at the instant decides: the window is open
from `from` on, and no more at `to`. One whose `to` is not after its `from` runs on into the next
day, and belongs to the day it began on; windows that touch are one.

    spring   01:30 ---- 02:00|03:00 ---- 03:30    hours that the clock skips are never open
    autumn   02:30 ---- 03:00|02:00 ---- 02:30    hours that it shows twice are open twice"""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from accessflows.model.flow import Day, Timeframe
from accessflows.model.request import AccessRequest

_DAYS = tuple(Day)
_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)


def is_open(timeframe: Timeframe | None, at: datetime) -> bool:
    """Whether the window is open at this instant; no window is always open. at: aware."""
    return timeframe is None or _shows_open(timeframe, _wall(timeframe, at))


def closes_at(timeframe: Timeframe | None, at: datetime) -> datetime | None:
    """The first instant after `at` at which a window that is open now is closed, in UTC.

    None where it never closes. `at` itself where it is closed then.
    """
    if timeframe is None or _never_closes(timeframe):
        return None
    return _first(timeframe, at, wanted=False)


def next_opening(timeframe: Timeframe | None, at: datetime) -> datetime:
    """The first instant from `at` on at which the window is open, in UTC."""
    return at.astimezone(UTC) if timeframe is None else _first(timeframe, at, wanted=True)


def helps_until(
    request: AccessRequest, timeframe: Timeframe | None, at: datetime
) -> datetime | None:
    """Until when an approval helps, given from `at` on: the time-out, or the close of the window.

    None where an approval at that instant would not help: access would begin in a closed window.
    """
    begins_at = max(at, request.starts_at or at)
    if not is_open(timeframe, begins_at):
        return None
    ends = (request.approval_timeout_at, closes_at(timeframe, begins_at))
    return min((end for end in ends if end), default=None)


def _shows_open(timeframe: Timeframe, wall: datetime) -> bool:
    now, start, end = wall.time(), *_times(timeframe)
    today, yesterday = _DAYS[wall.weekday()], _DAYS[wall.weekday() - 1]
    if start < end:
        return today in timeframe.days and start <= now < end
    return (today in timeframe.days and now >= start) or (yesterday in timeframe.days and now < end)


def _never_closes(timeframe: Timeframe) -> bool:
    return len(timeframe.days) == len(_DAYS) and timeframe.from_ == timeframe.to


def _first(timeframe: Timeframe, at: datetime, *, wanted: bool) -> datetime:
    """The first instant from `at` on at which the window is open, or is not, as wanted.

    Ends, since whatever is not always so comes every week, but for weeks that lose it to a change
    of the clock.
    """
    instant = at.astimezone(UTC)
    while is_open(timeframe, instant) is not wanted:
        instant = _next_edge(timeframe, instant)
    return instant


def _next_edge(timeframe: Timeframe, at: datetime) -> datetime:
    """The next instant at which the window might open or close: on the wall, or by its clock."""
    wall = _wall(timeframe, at)
    marks = [datetime.combine(wall, mark) for mark in (time(), *_times(timeframe))]
    edge = at + (min(mark if mark > wall else mark + _DAY for mark in marks) - wall)
    shift = wall - at.replace(tzinfo=None)
    if _shift(timeframe, edge) == shift:
        return edge
    # at ---- same shift ---- | ---- another ---- edge: halved until the second is found
    before, after = at.replace(microsecond=0), edge
    while after - before > _SECOND:
        middle = before + (after - before) // 2 // _SECOND * _SECOND
        if _shift(timeframe, middle) == shift:
            before = middle
        else:
            after = middle
    return after


def _times(timeframe: Timeframe) -> tuple[time, time]:
    return time.fromisoformat(timeframe.from_), time.fromisoformat(timeframe.to)


def _wall(timeframe: Timeframe, at: datetime) -> datetime:
    """What the clock on the wall shows, without a zone."""
    return at.astimezone(ZoneInfo(timeframe.time_zone)).replace(tzinfo=None)


def _shift(timeframe: Timeframe, at: datetime) -> timedelta:
    return _wall(timeframe, at) - at.replace(tzinfo=None)
