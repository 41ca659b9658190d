"""Who is on call: boundaries by name, all else against an oracle that goes by minutes."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from accessflows.model.flow import Day
from accessflows.model.on_call import OnCallSchedule
from accessflows.rules.on_call import people_on_call

MINUTE = timedelta(minutes=1)
DAYS = tuple(Day)
# Clocks that change by an hour, by half an hour, never, and in the south.
ZONES = ("Europe/Berlin", "Australia/Lord_Howe", "UTC", "America/Santiago")


def a_schedule(*rotations, overrides=(), zone="Europe/Berlin") -> OnCallSchedule:
    return OnCallSchedule.model_validate(
        {
            "id": "platform",
            "name": "Platform",
            "time_zone": zone,
            "rotations": rotations,
            "overrides": overrides,
        }
    )


def turns(*people: str, starts: str, every: str = "P7D", **changes) -> dict:
    return {"people": people, "starts": starts, "every": every, **changes}


def at(text: str, zone: str = "Europe/Berlin", fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


WEEKLY = turns("anna", "ben", starts="2026-03-23T09:00")


@pytest.mark.req("R49.file")
@pytest.mark.parametrize(
    ("instant", "expected"),
    [
        ("2026-03-23T08:59:59", set()),
        ("2026-03-23T09:00", {"anna"}),
        ("2026-03-30T08:59:59", {"anna"}),
        ("2026-03-30T09:00", {"ben"}),
        ("2026-04-06T09:00", {"anna"}),
    ],
)
def test_a_turn_holds_its_first_instant_and_not_its_last(instant, expected) -> None:
    assert people_on_call(a_schedule(WEEKLY), at(instant)) == expected


@pytest.mark.parametrize(
    ("instant", "fold", "expected"),
    [
        ("2026-03-29T01:59:59", 0, {"anna"}),
        ("2026-03-29T03:00", 0, {"ben"}),
        ("2026-10-25T02:29:59", 0, {"anna"}),
        ("2026-10-25T02:30", 0, {"ben"}),
        ("2026-10-25T02:00", 1, {"ben"}),
        ("2026-10-25T02:30", 1, {"ben"}),
    ],
)
def test_a_hand_over_that_the_clock_skips_or_shows_twice_happens_once(
    instant, fold, expected
) -> None:
    starts = "2026-03-28T02:30" if "-03-" in instant else "2026-10-24T02:30"
    daily = a_schedule(turns("anna", "ben", starts=starts, every="P1D"))
    assert people_on_call(daily, at(instant, fold=fold)) == expected


@pytest.mark.parametrize(
    ("instant", "expected"),
    [
        ("2026-03-24T17:59:59", {"anna"}),
        ("2026-03-24T18:00", {"eve"}),
        ("2026-03-25T05:59:59", {"eve"}),
        ("2026-03-25T06:00", {"anna"}),
    ],
)
def test_an_override_replaces_the_rotations_from_its_first_instant_to_before_its_last(
    instant, expected
) -> None:
    override = {"people": ["eve"], "from": "2026-03-24T18:00", "to": "2026-03-25T06:00"}
    assert people_on_call(a_schedule(WEEKLY, overrides=[override]), at(instant)) == expected


def test_everybody_whose_turn_it_is_is_on_call_and_overlapping_overrides_add_up() -> None:
    second = turns("carl", starts="2026-03-23T09:00")
    overrides = [
        {"people": ["eve"], "from": "2026-03-25T00:00", "to": "2026-03-27T00:00"},
        {"people": ["ada"], "from": "2026-03-26T00:00", "to": "2026-03-28T00:00"},
    ]
    schedule = a_schedule(WEEKLY, second, overrides=overrides)
    assert people_on_call(schedule, at("2026-03-24T12:00")) == {"anna", "carl"}
    assert people_on_call(schedule, at("2026-03-26T12:00")) == {"eve", "ada"}


def test_outside_its_hours_a_rotation_has_nobody_on_call() -> None:
    office = {"days": ["monday", "tuesday"], "from": "09:00", "to": "17:00"}
    schedule = a_schedule(WEEKLY | {"hours": office})
    seen = [
        people_on_call(schedule, at(f"2026-03-{instant}"))
        for instant in ("23T16:59", "23T17:00", "24T09:00", "25T12:00")
    ]
    assert seen == [{"anna"}, set(), {"anna"}, set()]


# The oracle: minute by minute from before the first turn, never looking at a turn by arithmetic.


def seen_on_call(schedule: OnCallSchedule, instant: datetime) -> frozenset[str]:
    zone = ZoneInfo(schedule.time_zone)
    latest = max(
        (instant - MINUTE * back).astimezone(zone).replace(tzinfo=None) for back in range(121)
    )
    standing = [o for o in schedule.overrides if o.from_ <= latest < o.to]
    if standing:
        return frozenset(person for o in standing for person in o.people)
    wall, found = instant.astimezone(zone).replace(tzinfo=None), set()
    for rotation in schedule.rotations:
        if latest < rotation.starts:
            continue
        turn, ends = 0, rotation.starts + rotation.every
        while ends <= latest:
            turn, ends = turn + 1, ends + rotation.every
        if rotation.hours is None or minute_counts(rotation.hours, wall):
            found.add((rotation.people * (turn + 1))[turn])
    return frozenset(found)


def minute_counts(hours, wall: datetime) -> bool:
    """Walks the hours of each day that they begin on."""
    start, end = (int(t[:2]) * 60 + int(t[3:]) for t in (hours.from_, hours.to))
    length = (end - start) % 1440 or 1440
    week = {
        (DAYS.index(day) * 1440 + start + minute) % (7 * 1440)
        for day in hours.days
        for minute in range(length)
    }
    return wall.weekday() * 1440 + wall.hour * 60 + wall.minute in week


# Spring and autumn of both halves of the earth lie in these weeks of 2026.
_starts = st.sampled_from(["2026-03-27", "2026-04-03", "2026-09-04", "2026-10-02", "2026-10-23"])
_times = st.sampled_from(["00:00", "01:45", "02:00", "02:15", "02:30", "03:00", "09:00", "23:59"])
_locals = st.builds(lambda day, time: f"{day}T{time}", _starts, _times)
_people = st.lists(st.sampled_from(["anna", "ben", "carl", "eve"]), min_size=1, max_size=4)
_hours = st.none() | st.fixed_dictionaries(
    {"days": st.lists(st.sampled_from(DAYS), min_size=1), "from": _times, "to": _times}
)
_rotations = st.fixed_dictionaries(
    {
        "people": _people,
        "starts": _locals,
        "every": st.sampled_from(["PT1H", "PT7H", "PT12H", "P1D", "P1DT1M", "P7D"]),
        "hours": _hours,
    }
)
_overrides = st.builds(
    lambda people, start, hours: {
        "people": people,
        "from": start,
        "to": (datetime.fromisoformat(start) + timedelta(hours=hours)).isoformat(),
    },
    _people,
    _locals,
    st.integers(1, 60),
)
_schedules = st.builds(
    lambda rotations, overrides, zone: a_schedule(*rotations, overrides=overrides, zone=zone),
    st.lists(_rotations, min_size=1, max_size=3),
    st.lists(_overrides, max_size=2),
    st.sampled_from(ZONES),
)


@pytest.mark.req("R49.file")
@settings(max_examples=300)
@given(
    _schedules,
    _starts.map(lambda day: datetime.fromisoformat(day).replace(tzinfo=UTC)),
    st.integers(-60, 5 * 1440),
)
@example(
    a_schedule(turns("anna", "ben", starts="2026-10-23T02:30", every="PT1H")),
    datetime(2026, 10, 25, tzinfo=UTC),
    75,
)
def test_who_is_on_call_is_what_the_minutes_say(schedule, day, minutes) -> None:
    instant = day + MINUTE * minutes
    assert people_on_call(schedule, instant) == seen_on_call(schedule, instant)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"time_zone": "Europe/Berln"}, "'Europe/Berln' is no IANA time zone"),
        ({"rotations": [turns("anna", starts="monday")]}, "'monday' is no day and time such as"),
        ({"rotations": [turns("anna", starts="2026-03-23T09:00+01:00")]}, "leave the offset out"),
        (
            {"overrides": [{"people": ["eve"], "from": "2026-03-24", "to": "2026-03-24"}]},
            "`to` must be later than `from`",
        ),
    ],
)
def test_a_schedule_that_cannot_be_read_says_why(change, said) -> None:
    entry = a_schedule(WEEKLY).to_data() | change
    with pytest.raises(ValidationError, match=said):
        OnCallSchedule.model_validate(entry)


def test_a_schedule_is_stored_and_read_as_it_was() -> None:
    hours = {"days": ["friday", "monday"], "from": "09:00", "to": "17:00"}
    override = {"people": ["eve"], "from": "2026-03-24T18:00", "to": "2026-03-25T06:00"}
    schedule = a_schedule(WEEKLY | {"hours": hours}, overrides=[override])
    stored = schedule.model_dump_json(by_alias=True, exclude_none=True)
    assert OnCallSchedule.model_validate_json(stored) == schedule
