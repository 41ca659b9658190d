"""Durations, instants and entitlements in words."""

from datetime import UTC, datetime, timedelta

import pytest

from accessflows.model.flow import Day, Timeframe
from accessflows.model.value import GrantDuration
from accessflows.notices.words import (
    asked,
    duration_in_words,
    instant_in_words,
    joined,
    one_line,
    plain,
    term_in_words,
    time_left,
    value_in_words,
    window_in_words,
)
from accessflows.rules.simulation import TermChange
from tests.factories import an_entitlement, an_integration

NOW = datetime(2026, 11, 22, 8, 19, 42, tzinfo=UTC)


@pytest.mark.parametrize(
    ("duration", "words"),
    [
        (timedelta(hours=1, minutes=30), "1 hour 30 minutes"),
        (timedelta(seconds=1), "1 second"),
        (timedelta(days=2, seconds=5), "2 days 5 seconds"),
        (timedelta(days=365), "365 days"),
        ("indefinite", "no end; it stays until somebody revokes it"),
    ],
)
def test_durations_read_as_people_say_them(duration: GrantDuration, words: str) -> None:
    assert duration_in_words(duration) == words


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (timedelta(days=1, hours=2, minutes=3), "1 day 2 hours"),
        (timedelta(minutes=1), "1 minute"),
        (timedelta(seconds=119), "1 minute"),
        (timedelta(seconds=59), "less than a minute"),
        (timedelta(seconds=-1), "less than a minute"),
    ],
)
def test_time_left_is_never_told_longer_than_it_is(left: timedelta, words: str) -> None:
    assert time_left(NOW + left, NOW) == words


def test_an_instant_names_its_zone_and_drops_seconds() -> None:
    assert instant_in_words(NOW) == "Sunday 22 November 2026, 08:19 UTC"


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (tuple(Day), "every day"),
        (tuple(Day)[:5], "Monday to Friday"),
        ((Day.MONDAY, Day.TUESDAY, Day.SUNDAY), "Monday, Tuesday, Sunday"),
        ((Day.SATURDAY,), "Saturday"),
    ],
)
def test_a_window_names_days_hours_and_zone(days: tuple[Day, ...], words: str) -> None:
    timeframe = Timeframe.model_validate(
        {"days": days, "from": "09:00", "to": "17:00", "time_zone": "Europe/Berlin"}
    )
    assert window_in_words(timeframe) == f"{words}, 09:00 to 17:00, Europe/Berlin"


def test_entitlements_are_told_by_resource_with_every_permission_once() -> None:
    entitlements = [
        an_entitlement("invoices", "read"),
        an_entitlement("ledger", "read_items"),
        an_entitlement("invoices", "write"),
        an_entitlement("invoices", "read"),
    ]
    told = asked(entitlements, {"aws-demo": an_integration(name="Demo account")})
    assert [str(one) for one in told] == [
        "read and write on S3 bucket invoices (Demo account)",
        "read items on S3 bucket ledger (Demo account)",
    ]


def test_an_integration_that_is_gone_goes_by_its_id() -> None:
    (one,) = asked([an_entitlement()], {})
    assert one.integration == "aws-demo"


def test_text_loses_what_steers_terminals_and_turns_the_writing_direction() -> None:
    assert plain(" a\x1b[2J\u202eb\u2066\r\nc\ud800\x00 ") == "a[2Jb\nc"
    assert one_line("subject\r\nBcc: everyone@example.com") == "subject Bcc: everyone@example.com"


def test_joining_reads_as_a_sentence() -> None:
    assert [joined("a"), joined("ab"), joined("abc")] == ["a", "a and b", "a, b and c"]


@pytest.mark.parametrize(
    ("term", "before", "after", "told"),
    [
        ("grant_duration", "PT30M", "P1D", ("grant duration", "30 minutes", "1 day")),
        ("grant_duration", "PT1H", "indefinite", ("grant duration", "1 hour", "indefinite")),
        ("approval.timeout", None, "PT4H", ("approval timeout", "not set", "4 hours")),
        ("settings.require_mfa", "false", "true", ("require mfa", "no", "yes")),
        ("settings.labels", "[]", '["night", "day"]', ("labels", "none", "night, day")),
        ("priority", "100", None, ("priority", "100", "not set")),
    ],
)
def test_a_term_of_a_flow_is_told_as_people_write_it(
    term: str, before: str | None, after: str | None, told: tuple[str, str, str]
) -> None:
    change = TermChange(flow="buckets", term=term, before=before, after=after)
    assert term_in_words(change) == told


def test_an_instant_within_a_value_is_told_in_utc() -> None:
    value = {"from": "2026-11-22T09:19:42+01:00", "for": "PT90M"}
    assert value_in_words(value) == (
        "from: Sunday 22 November 2026, 08:19 UTC, for: 1 hour 30 minutes"
    )
