"""Events of an audit in words."""

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
    ],
)
def test_a_detail_is_told_without_the_signs_of_a_program(value: Any, said: str) -> None:
    assert told(what_was=value) == (("what was", said),)


def test_what_is_empty_is_not_told() -> None:
    assert told(reason="", groups=[], until=None) == ()


def told(**details: Any) -> tuple[tuple[str, str], ...]:
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
