"""Events of an audit in words."""

from datetime import UTC, datetime
from typing import Any

import pytest

from accessflows.actions.audit import Audit
from accessflows.model.event import Event, EventKind
from accessflows.web.audit_words import entries_of
from tests.factories import NOON


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("month end", "month end"),
        (3, "3"),
        (True, "yes"),
        (["read", "write"], "read, write"),
        ({"flows": 2, "spaces": False}, "flows: 2, spaces: no"),
        ([{"number": 1, "state": None}], "(number: 1, state: none)"),
        ({"types": []}, "types: (none)"),
        ("PT1H30M", "1 hour 30 minutes"),
        ("Password", "Password"),
    ],
)
def test_a_detail_is_told_without_the_signs_of_a_program(value: Any, said: str) -> None:
    ((name, pieces),) = told(what_was=value)
    assert (name, "".join(map(str, pieces))) == ("what was", said)


@pytest.mark.parametrize("text", ["2026-03-02T09:00:00Z", "2026-03-02T10:00:00.000000+01:00"])
def test_instants_are_left_to_the_reader_s_zone_wherever_they_stand(text: str) -> None:
    at = datetime(2026, 3, 2, 9, tzinfo=UTC)
    assert told(until=text) == (("until", (at,)),)
    ((_, pieces),) = told(period={"from": text, "times": [text]})
    assert pieces == ("from: ", at, ", times: ", "(", at, ")")


def test_what_is_empty_is_not_told() -> None:
    assert told(reason="", groups=[], until=None) == ()


def told(**details: Any) -> tuple[tuple[str, tuple[str | datetime, ...]], ...]:
    event = Event(
        subject="request:1",
        number=1,
        kind=EventKind.SUBMITTED,
        at=NOON,
        actor="rita",
        details=details,
        previous="0" * 64,
    )
    (entry,) = entries_of(Audit("request:1", (event,), None, True, None, {}))
    return entry.details
