"""Time windows: boundaries by name, and everything else against an oracle that goes by minutes."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from accessflows.model.flow import Day, Timeframe
from accessflows.rules.timeframe import closes_at, is_open, next_opening

DAYS = tuple(Day)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
A_WEEK, A_DAY = 7 * 24 * 60, 24 * 60
FIRST, LAST = datetime(2026, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)
ZONES = sorted(available_timezones())
EVERY_DAY = range(7)


def window(start: str, end: str, zone: str = "UTC", days=EVERY_DAY) -> Timeframe:
    return Timeframe.model_validate(
        {"days": [DAYS[day] for day in days], "from": start, "to": end, "time_zone": zone}
    )


def at(text: str, zone: str = "UTC", fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


# The oracle: the minutes of a week on the wall during which the window is open, listed one by one.


def open_minutes(timeframe: Timeframe) -> frozenset[int]:
    start, end = (int(t[:2]) * 60 + int(t[3:]) for t in (timeframe.from_, timeframe.to))
    length = (end - start) % A_DAY or A_DAY
    return frozenset(
        (DAYS.index(day) * A_DAY + start + minute) % A_WEEK
        for day in timeframe.days
        for minute in range(length)
    )


def minute_of_week(zone: ZoneInfo, instant: datetime) -> int:
    wall = instant.astimezone(zone)
    return wall.weekday() * A_DAY + wall.hour * 60 + wall.minute


def seen_open(timeframe: Timeframe, instant: datetime) -> bool:
    return minute_of_week(ZoneInfo(timeframe.time_zone), instant) in open_minutes(timeframe)


def seen_next(timeframe: Timeframe, instant: datetime, *, wanted: bool) -> datetime | None:
    """The first instant from this one on, minute by minute, for a little over two weeks."""
    zone, listed = ZoneInfo(timeframe.time_zone), open_minutes(timeframe)
    for _ in range(2 * A_WEEK + A_DAY):
        if (minute_of_week(zone, instant) in listed) is wanted:
            return instant
        instant = instant.replace(second=0, microsecond=0) + MINUTE
    return None


def changes(zone: str) -> Iterator[datetime]:
    """The instants of two years at which the zone's clock is changed."""
    clock, instant = ZoneInfo(zone), FIRST
    while instant < LAST:
        after = instant + timedelta(days=1)
        before = instant.astimezone(clock).utcoffset()
        if before != after.astimezone(clock).utcoffset():
            minute = instant
            while minute.astimezone(clock).utcoffset() == before:
                minute += MINUTE
            yield minute
        instant = after


def test_f18_no_window_is_always_open() -> None:
    noon = at("2026-03-02T12:00")
    assert is_open(None, noon)
    assert closes_at(None, noon) is None
    assert next_opening(None, noon) == noon


@pytest.mark.req("R15.half_open")
@pytest.mark.parametrize(
    ("instant", "expected"),
    [
        ("2026-03-02T08:59:59.999999", False),
        ("2026-03-02T09:00", True),
        ("2026-03-02T16:59:59.999999", True),
        ("2026-03-02T17:00", False),
    ],
)
def test_f18_a_window_holds_its_first_instant_and_not_its_last(instant, expected) -> None:
    berlin = window("09:00", "17:00", "Europe/Berlin")
    assert is_open(berlin, at(instant, "Europe/Berlin")) is expected


@pytest.mark.req("R14")
def test_a_window_of_some_days_is_closed_on_the_others() -> None:
    weekdays = window("09:00", "17:00", days=range(5))
    friday, saturday = at("2026-03-06T12:00"), at("2026-03-07T12:00")
    assert (is_open(weekdays, friday), is_open(weekdays, saturday)) == (True, False)
    assert next_opening(weekdays, saturday) == at("2026-03-09T09:00")


@pytest.mark.req("R15.midnight")
@pytest.mark.parametrize(
    ("instant", "expected"),
    [
        ("2026-03-02T21:59", False),  # Monday
        ("2026-03-02T22:00", True),
        ("2026-03-03T05:59:59", True),  # Tuesday, of Monday's window
        ("2026-03-03T06:00", False),
        ("2026-03-03T22:00", False),
        ("2026-03-02T02:00", False),  # Monday, of Sunday's
    ],
)
def test_f18_a_window_over_midnight_counts_to_the_day_it_began(instant, expected) -> None:
    assert is_open(window("22:00", "06:00", days=[0]), at(instant)) is expected


@pytest.mark.req("R15.midnight")
def test_f18_equal_times_are_a_whole_day_and_days_that_touch_are_one_window() -> None:
    working_week = window("00:00", "00:00", days=range(5))
    assert closes_at(working_week, at("2026-03-02T00:00")) == at("2026-03-07T00:00")
    assert next_opening(working_week, at("2026-03-07T00:00")) == at("2026-03-09T00:00")
    assert closes_at(window("09:00", "09:00"), at("2026-03-02T12:00")) is None


@pytest.mark.req("R16.zone")
def test_f18_the_hour_shown_twice_is_open_twice() -> None:
    # Berlin, 25 October 2026: 03:00 summer time becomes 02:00 again.
    half_past = window("02:30", "04:00", "Europe/Berlin")
    first, again = (at("2026-10-25T02:30", "Europe/Berlin", fold) for fold in (0, 1))
    assert again - first == HOUR
    assert closes_at(half_past, first) == first + HOUR / 2
    assert next_opening(half_past, first + HOUR / 2) == again
    assert closes_at(half_past, again) == again + 1.5 * HOUR


@pytest.mark.req("R16.zone")
def test_f18_the_hour_that_is_skipped_is_never_open() -> None:
    # Berlin, 29 March 2026: 02:00 becomes 03:00.
    skipped = window("02:00", "03:00", "Europe/Berlin", days=[6])
    before = at("2026-03-29T01:59", "Europe/Berlin")
    assert next_opening(skipped, before) == at("2026-04-05T02:00", "Europe/Berlin")
    across = window("01:30", "03:30", "Europe/Berlin", days=[6])
    opened = at("2026-03-29T01:30", "Europe/Berlin")
    assert closes_at(across, opened) == opened + HOUR


def test_f18_a_day_that_a_zone_left_out_has_no_window() -> None:
    # Samoa went from Thursday, 29 December 2011, to Saturday.
    fridays = window("00:00", "00:00", "Pacific/Apia", days=[4])
    thursday = at("2011-12-29T12:00", "Pacific/Apia")
    assert next_opening(fridays, thursday) == at("2012-01-06T00:00", "Pacific/Apia")


def test_f18_an_unknown_zone_is_refused_by_name() -> None:
    with pytest.raises(ValidationError, match="'Mars/Base' is no IANA time zone"):
        window("09:00", "17:00", "Mars/Base")


CLOCK = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.sampled_from([0, 1, 15, 30, 59]))


@given(
    start=CLOCK,
    end=CLOCK,
    days=st.sets(st.integers(0, 6), min_size=1),
    zone=st.sampled_from(ZONES),
    instant=st.datetimes(FIRST.replace(tzinfo=None), LAST.replace(tzinfo=None)),
    near=st.none() | st.integers(0, 7),
)
@example("02:30", "02:00", set(EVERY_DAY), "Europe/Berlin", datetime(2026, 10, 24), 1)
@example("00:00", "00:00", {3}, "Africa/Casablanca", datetime(2026, 2, 10), 0)
@settings(max_examples=80, deadline=None)
def test_f18_windows_equal_an_oracle_of_minutes(start, end, days, zone, instant, near) -> None:
    """near: begin a little before one of the zone's changes, where it has any."""
    timeframe, moment = window(start, end, zone, days), instant.replace(tzinfo=UTC)
    changed = list(changes(zone)) if near is not None else []
    if changed:
        moment = changed[near % len(changed)] - timedelta(minutes=instant.minute * 3)
    assert is_open(timeframe, moment) == seen_open(timeframe, moment)
    assert closes_at(timeframe, moment) == seen_next(timeframe, moment, wanted=False)
    assert next_opening(timeframe, moment) == seen_next(timeframe, moment, wanted=True)


@pytest.mark.req("R16.zone")
def test_f18_every_minute_around_every_change_of_two_years_in_every_zone() -> None:
    looked_at = 0
    for zone in ZONES:
        clock = ZoneInfo(zone)
        windows = [
            (timeframe, open_minutes(timeframe))
            for timeframe in (
                window("02:30", "03:30", zone),
                window("23:30", "00:30", zone, days=[5, 6]),
            )
        ]
        for change in changes(zone):
            looked_at += 1
            for offset in range(-65, 66):
                instant = change + offset * MINUTE
                minute = minute_of_week(clock, instant)
                for timeframe, listed in windows:
                    assert is_open(timeframe, instant) is (minute in listed), (timeframe, instant)
    assert looked_at > 500
