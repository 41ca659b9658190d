"""The approval page's form, as browsers and others send it."""

from urllib.parse import urlencode

import pytest

from accessflows.model.refusal import BadInput
from accessflows.web.approve_form import Form, parse_form


@pytest.mark.parametrize(
    ("fields", "form"),
    [
        ({"decision": "approve", "reason": "Fine & good"}, Form(True, "Fine & good")),
        ({"decision": "reject", "reason": "nein ✋"}, Form(False, "nein ✋")),
        ({"decision": "approve", "reason": "  \r\n "}, Form(True, None)),
        ({"decision": "approve"}, Form(True, None)),
    ],
)
def test_a_button_and_a_reason_are_read(fields: dict[str, str], form: Form) -> None:
    assert parse_form(urlencode(fields)) == form


def test_a_line_end_counts_as_the_one_character_that_browsers_count() -> None:
    reason = "a\n" * 61 + "bb"
    form = parse_form(urlencode({"decision": "approve", "reason": reason.replace("\n", "\r\n")}))
    assert form.reason == reason
    assert len(reason) == 124


@pytest.mark.parametrize(
    "body",
    [
        "",
        "reason=hello",
        "decision=maybe",
        "decision=Approve",
        "decision=approve&decision=reject",
        "decision=approve&voter=anna",
        "decision=approve&" + "&".join(f"a{n}=1" for n in range(50)),
        '{"decision": "approve"}',
    ],
)
def test_what_is_no_form_of_ours_decides_nothing(body: str) -> None:
    with pytest.raises(BadInput):
        parse_form(body)
