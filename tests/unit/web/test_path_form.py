"""Forms by paths: what they read, and rows that come and go."""

from hypothesis import given
from hypothesis import strategies as st

from accessflows.web.path_form import iso, press, read, short

STEPS = st.text("ab0.[]_", min_size=1, max_size=12)


def test_rows_stand_in_the_order_of_their_numbers_and_names_in_their_places() -> None:
    sent = {
        "name": ["x"],
        "rows[10].group": ["ten"],
        "rows[2].group": [" two "],
        "rows[2].access.word": ["own"],
        "kept": ["a", "b", "a"],
        "not a path!": ["lost"],
    }
    assert read(sent, frozenset({"kept"})) == {
        "name": "x",
        "rows": [{"group": "two", "access": {"word": "own"}}, {"group": "ten"}],
        "kept": ["a", "b"],
    }


def test_a_row_is_added_where_there_was_none_and_one_is_taken_away() -> None:
    tree = read({"groups[0].conditions[0].values": ["x"], "groups[0].conditions[1].values": ["y"]})
    press(tree, {"add": ["groups"]})
    press(tree, {"add": ["groups[1].conditions"]})
    press(tree, {"drop": ["groups[0].conditions[0]"]})
    assert tree == {"groups": [{"conditions": [{"values": "y"}]}, {"conditions": [{}]}]}
    press(tree, {"drop": ["groups[7]"]})
    press(tree, {"drop": ["groups"]})
    assert len(tree["groups"]) == 2


@given(st.dictionaries(STEPS, st.lists(st.text("xy"), min_size=1, max_size=2), max_size=5), STEPS)
def test_whatever_is_sent_is_read_without_a_fault(sent: dict[str, list[str]], path: str) -> None:
    for button in ("add", "drop"):
        press(read(sent), {button: [path]})


def test_lengths_of_time_are_written_as_people_write_them() -> None:
    typed = ["30m", "30 minutes", "12h", "1 hour", "7d", "7 days", "PT90M", "3 months", "often", ""]
    assert [iso(each) for each in typed] == [
        *("PT30M", "PT30M", "PT12H", "PT1H", "P7D", "P7D", "PT90M", "3 months", "often", ""),
    ]
    assert [short(each) for each in ("PT30M", "PT12H", "P7D", "P1DT2H")] == [
        *("30m", "12h", "7d", "P1DT2H"),
    ]
