"""When one selection of resources is in another, and when two share nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accessflows.model.target import Catalogue
from accessflows.rules.openings import may_overlap, openings, within
from accessflows.rules.targets import selects
from tests.factories import a_resource, a_target
from tests.unit.rules.policies import selections

EVERY = [
    a_resource(name, tags=tags)
    for name in ("one", "two", "four", "else")
    for tags in ({}, {"env": "test"}, {"env": "live"}, {"env": "live", "team": "test"})
]


def opened(resources: object) -> dict:
    target = a_target(permissions=("read",), resources=resources)
    return {part.words: part for part in openings((target,), Catalogue())}


def chosen(resources: object) -> set[int]:
    target = a_target(resources=resources)
    return {n for n, resource in enumerate(EVERY) if selects(target.resources, resource)}


@pytest.mark.req("N5.access")
@given(st.tuples(selections, selections))
def test_what_is_said_to_be_within_is_within_for_every_resource(both) -> None:
    inner, outer = both
    if all(within(part, opened(outer)) for part in opened(inner).values()):
        assert chosen(inner) <= chosen(outer)


@pytest.mark.req("N5.warnings")
@given(st.tuples(selections, selections))
def test_what_shares_a_resource_is_never_said_to_be_apart(both) -> None:
    one, other = both
    if chosen(one) & chosen(other):
        parts = ((a, b) for a in opened(one).values() for b in opened(other).values())
        assert any(may_overlap(a, b) for a, b in parts)


@pytest.mark.parametrize(
    ("inner", "outer", "is_within"),
    [
        ({"names": ["one"]}, "any", True),
        ("any", {"names": ["one"]}, False),
        ({"names": ["one"]}, {"names": ["one", "two"]}, True),
        ({"tags": {"env": ["live"], "team": ["test"]}}, {"tags": {"env": ["live", "test"]}}, True),
        ({"tags": {"env": ["live", "test"]}}, {"tags": {"env": ["live"]}}, False),
        ({"except": {"names": ["one", "two"]}}, {"except": {"names": ["one"]}}, True),
        ({"names": ["two"]}, {"except": {"names": ["one"]}}, True),
        ({"tags": {"env": ["test"]}}, {"except": {"tags": {"env": ["live"]}}}, True),
        ({"tags": {"env": ["test"]}}, {"except": {"names": ["one"]}}, False),
    ],
)
def test_words_tell_whether_a_selection_is_within_another(inner, outer, is_within) -> None:
    assert all(within(part, opened(outer)) for part in opened(inner).values()) is is_within
