"""Rows come from the data file, states from the tests."""

from pathlib import Path

import pytest

from tools.features import (
    UnknownMark,
    check_marks,
    failure_of,
    read_failures,
    read_features,
    render_failures,
    render_features,
)

DOCS = Path(__file__).parents[3] / "docs"

SECTIONS = read_features(
    """
    ["Asking"]
    R1 = "People ask."
    R2.words = "Requests are listed."
    R2.open = "open ones"
    R2.closed = "closed ones"
    """
)
ROWS = SECTIONS["Asking"]
ASKING = "tests/unit/test_asking.py::test_people_ask"
OPEN = "tests/unit/test_lists.py::test_open_ones"
CLOSED = "tests/unit/test_lists.py::test_closed_ones"


def test_every_row_is_there_once_and_in_order():
    rows = [
        row
        for section in read_features((DOCS / "features.toml").read_text()).values()
        for row in section
    ]
    expected = [*(f"R{n}" for n in range(1, 132)), *(f"N{n}" for n in range(1, 21))]
    assert [row.id for row in rows] == expected


def test_every_failure_mode_is_there_once_and_in_order():
    failures = read_failures((DOCS / "failure-modes.toml").read_text())
    assert [failure.id for failure in failures] == [f"F{n}" for n in range(1, 28)]


def test_no_words_break_the_table():
    text = (DOCS / "features.toml").read_text() + (DOCS / "failure-modes.toml").read_text()
    assert "|" not in text


@pytest.mark.parametrize("mark", ["R1", "R2.open", "R2.closed"])
def test_a_test_may_name_a_row_or_a_part(mark):
    check_marks([mark], ROWS)


@pytest.mark.parametrize(
    ("mark", "says"),
    [
        ("R3", "no row"),
        ("R1.open", "none of R1"),
        ("R2", "none of R2.open, R2.closed"),
        ("R2.words", "none of R2.open, R2.closed"),
    ],
)
def test_any_other_mark_is_refused_with_what_would_be_right(mark, says):
    with pytest.raises(UnknownMark, match=says):
        check_marks(["R1", mark], ROWS)


@pytest.mark.parametrize(
    ("name", "failure"),
    [("test_f04_revoke_wins", "F4"), ("test_f27_outage[60]", "F27"), ("test_frozen", None)],
)
def test_a_failure_mode_is_found_by_the_name_of_its_test(name, failure):
    assert failure_of(name) == failure


def state_of(row: str, proofs: dict[str, dict[str, bool]]) -> str:
    document = render_features(SECTIONS, proofs)
    line = next(line for line in document.splitlines() if line.startswith(f"| {row} |"))
    return line.split(" | ")[2]


def test_a_row_without_tests_is_not_live():
    assert state_of("R1", {}) == "not yet"


def test_a_row_is_live_when_its_tests_pass():
    assert state_of("R1", {"R1": {ASKING: True}}) == "live"


def test_one_failing_test_is_enough_to_lose_it():
    assert state_of("R1", {"R1": {ASKING: True, OPEN: False}}) == "not yet"


def test_a_row_with_parts_is_live_when_all_of_them_are():
    proofs = {"R2.open": {OPEN: True}}
    assert state_of("R2", proofs) == "not yet"
    assert state_of("R2", {**proofs, "R2.closed": {CLOSED: True}}) == "live"


def test_a_line_tells_each_part_and_links_each_test():
    document = render_features(SECTIONS, {"R2.open": {OPEN: True}})
    assert (
        "| R2 | Requests are listed.<br>`R2.open` open ones: **live**"
        "<br>`R2.closed` closed ones: **not yet** | not yet "
        "| [test_open_ones](../tests/unit/test_lists.py) |"
    ) in document
    assert "0 of 2 rows are live." in document


def test_a_failure_mode_is_tested_when_its_tests_pass():
    [failure] = read_failures('F1.when = "It stops"\nF1.then = "It goes on"')
    proof = {"F1": {"tests/unit/test_stops.py::test_f01_it_stops": True}}
    link = "[test_f01_it_stops](../tests/unit/test_stops.py)"
    assert render_failures([failure], {}).endswith("| F1 | It stops | It goes on | not yet |  |\n")
    assert render_failures([failure], proof).endswith(
        f"| F1 | It stops | It goes on | tested | {link} |\n"
    )
