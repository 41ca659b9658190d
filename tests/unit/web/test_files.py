"""Files to take along: no cell of them is a formula, and nothing of them is lost."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accessflows.web.files import csv_text


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


@pytest.mark.req("R130.csv")
@pytest.mark.parametrize(
    "cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "\uff1d1", "\uff201"]
)
def test_what_a_spreadsheet_would_work_out_begins_with_a_quote(cell: str) -> None:
    (row,) = read(csv_text(("said",), [{"said": cell}]))
    assert row == {"said": f"'{cell}"}


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")))
def test_a_cell_is_kept_and_never_begins_as_a_formula(said: str) -> None:
    (row,) = read(csv_text(("said", "more"), [{"said": said, "more": 3}]))
    assert row["said"].removeprefix("'") == said.removeprefix("'")
    assert row["more"] == "3"
    assert not row["said"].strip().startswith(("=", "+", "-", "@"))


def test_what_a_row_does_not_say_is_empty() -> None:
    assert read(csv_text(("a", "b"), [{"a": None}])) == [{"a": "", "b": ""}]
