"""Durations as people write them, and values that are never half valid."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from accessflows.model.value import format_duration, parse_duration
from tests.factories import a_flow


@pytest.mark.req("R40.stored")
@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("PT1S", 1),
        ("PT30M", 1_800),
        ("PT1H", 3_600),
        ("PT90M", 5_400),
        ("P1DT12H", 129_600),
        ("P2W", 1_209_600),
        ("P365D", 31_536_000),
    ],
)
def test_a_duration_is_whole_seconds(text: str, seconds: int) -> None:
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.req("R40.limit")
@pytest.mark.parametrize(
    "text",
    [
        "",
        "P",
        "PT",
        "1H",
        "PT0S",
        "P366D",
        "P1Y",
        "P1M",
        "PT1.5H",
        "-PT1H",
        "PT1H ",
        "P1DT",
        "pt1h",
    ],
)
def test_what_is_no_duration_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match=r"such as PT1H|between 1 second and 365 days"):
        parse_duration(text)


@pytest.mark.req("R40.stored")
@given(st.integers(1, 365 * 86_400))
def test_a_duration_is_written_as_it_is_read(seconds: int) -> None:
    duration = timedelta(seconds=seconds)
    assert parse_duration(format_duration(duration)) == duration


def test_a_changed_copy_is_validated_as_a_whole() -> None:
    flow = a_flow()
    assert flow.but(priority=7).priority == 7
    with pytest.raises(ValidationError):
        flow.but(priority="first")
    with pytest.raises(ValidationError):
        flow.but(requestors=None)
    with pytest.raises(ValidationError):
        flow.but(nonsense=1)
