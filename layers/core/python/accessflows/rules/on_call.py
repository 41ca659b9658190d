"""Who is on call for a schedule at an instant.

Pure. Times are what a clock on the wall of the schedule's zone shows, and come when it first shows
them or something later:

    spring   02:00|03:00   a hand-over at 02:30 happens at 03:00
    autumn   03:00|02:00   a hand-over at 02:30 happens once, before the clock goes back

Turns and overrides hold their first instant and not their last."""

from collections.abc import Iterable
from datetime import datetime
from itertools import chain
from zoneinfo import ZoneInfo

from accessflows.model.flow import Timeframe
from accessflows.model.on_call import OnCallSchedule, Override, Rotation
from accessflows.rules.timeframe import is_open


def people_on_call(schedule: OnCallSchedule, at: datetime) -> frozenset[str]:
    """The ids of everybody who is on call. at: aware.

    Overrides that stand replace the rotations; where several stand, all of their people count.
    """
    clock = _Clock(schedule.time_zone, at)
    standing = [override for override in schedule.overrides if _stands(override, clock)]
    if standing:
        return frozenset(person for override in standing for person in override.people)
    return frozenset(_on_turn(schedule.rotations, clock))


def everybody(schedule: OnCallSchedule) -> frozenset[str]:
    """The ids of all who are ever on call."""
    turns = (rotation.people for rotation in schedule.rotations)
    overrides = (override.people for override in schedule.overrides)
    return frozenset(chain.from_iterable((*turns, *overrides)))


class _Clock:
    """The clock on the wall of a zone at an instant."""

    def __init__(self, time_zone: str, at: datetime) -> None:
        self._zone = ZoneInfo(time_zone)
        self.time_zone = time_zone
        self.at = at
        self.shows = at.astimezone(self._zone).replace(tzinfo=None)

    def has_shown(self, local: datetime) -> bool:
        """Whether it shows this time, or has shown it or a later one before."""
        return self.shows >= local or local.replace(tzinfo=self._zone).timestamp() <= (
            self.at.timestamp()
        )


def _stands(override: Override, clock: _Clock) -> bool:
    return clock.has_shown(override.from_) and not clock.has_shown(override.to)


def _on_turn(rotations: Iterable[Rotation], clock: _Clock) -> Iterable[str]:
    for rotation in rotations:
        if clock.has_shown(rotation.starts) and _in_hours(rotation, clock):
            yield rotation.people[_turn(rotation, clock) % len(rotation.people)]


def _turn(rotation: Rotation, clock: _Clock) -> int:
    """How many turns are over. What the clock shows again does not bring one back."""
    over = (clock.shows - rotation.starts) // rotation.every
    while clock.has_shown(rotation.starts + (over + 1) * rotation.every):
        over += 1
    return over


def _in_hours(rotation: Rotation, clock: _Clock) -> bool:
    hours = rotation.hours
    return hours is None or is_open(
        Timeframe(days=hours.days, from_=hours.from_, to=hours.to, time_zone=clock.time_zone),
        clock.at,
    )
