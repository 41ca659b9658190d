"""The language of access scopes: what is read, printed, found, and how mistakes are said."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accessflows.model.condition import Junction
from accessflows.model.target import Resource
from accessflows.rules.scope_query import (
    SEVERAL,
    Attribute,
    Comparison,
    Joined,
    Negation,
    NotAQuery,
    Query,
    Relation,
    comparisons,
    holds,
    parse,
    spell,
)
from tests.factories import a_resource

INVOICES = a_resource(tags={"env": "production", "note": ""}, path="eu/finance/invoices")


@pytest.mark.req("R35")
@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('integration = "aws-demo"', True),
        ('resource_type != "s3_bucket"', False),
        ('resource_name = "Invoices"', False),
        ('resource_name contains "voi"', True),
        ('resource_name not_contains "voi"', False),
        ('resource_path starts_with "eu/"', True),
        ('resource_path ends_with "/invoices"', True),
        ('permission in ("read", "list")', True),
        ('permission not_in ("read", "list")', False),
        ('resource_tag["env"] = "production"', True),
        ('resource_tag["team"] = "billing"', False),
        ('resource_tag["team"] != "billing"', True),
        ('resource_tag["team"] starts_with ""', False),
        ('resource_tag["note"] starts_with ""', True),
        # not before and before or
        ('not permission = "read" and permission = "write"', False),
        ('not (permission = "read" and permission = "write")', True),
        ('permission = "read" or permission = "x" and permission = "y"', True),
        ('(permission = "read" or permission = "x") and permission = "y"', False),
        ('not not permission = "read"', True),
        ('permission="read"\n  and\tinteger', None),
    ],
)
def test_a_query_finds_what_it_says(text: str, found: bool | None) -> None:
    if found is None:
        with pytest.raises(NotAQuery):
            parse(text)
    else:
        assert holds(parse(text), INVOICES, "read") is found


@pytest.mark.req("R35")
def test_what_is_not_there_is_the_known_empty_set() -> None:
    bare = a_resource()
    for relation in Relation:
        query = Comparison(attribute=Attribute.RESOURCE_PATH, relation=relation, values=("x",))
        assert holds(query, bare, "read") is (relation.startswith("not_") or relation == "!=")


@pytest.mark.req("R35")
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1, column 1: the query ends too early: expected (, a field or not"),
        (
            'integrashun = "x"',
            "line 1, column 1: there is no field integrashun (did you mean integration?): expected "
            "integration, resource_type, resource_name, resource_path, resource_tag or permission",
        ),
        (
            'permission =\n  read and permission = "x"',
            "line 2, column 3: unexpected read: expected a value in double quotes",
        ),
        (
            'permission like "x"',
            "line 1, column 12: unexpected like: expected !=, =, [, contains, ends_with, in, "
            "not_contains, not_in or starts_with",
        ),
        ('permission in "x"', 'line 1, column 15: unexpected "x": expected ('),
        ("permission in ()", "line 1, column 16: unexpected ): expected a value in double quotes"),
        (
            'permission = "x" permission',
            "line 1, column 18: unexpected permission: expected and, or or the end",
        ),
        ('(permission = "x"', "line 1, column 18: the query ends too early: expected ), and or or"),
        (
            'permission = "x',
            'line 1, column 14: this " is never closed: expected a value in double quotes',
        ),
        ("permission = 'x'", "line 1, column 14: cannot read ': expected a value in double quotes"),
        (
            'resource_tag = "x"',
            'line 1, column 1: resource_tag needs a key: expected resource_tag["key"]',
        ),
        (
            'permission["x"] = "y"',
            "line 1, column 12: permission takes no key: expected =, !=, contains, not_contains, "
            "starts_with, ends_with, in or not_in",
        ),
        (
            'permission = "a\\nb"',
            "line 1, column 14: \\n is no escape: a backslash stands before a quote or a "
            'backslash: expected \\" or \\\\',
        ),
    ],
)
def test_a_mistake_is_named_with_its_place_and_what_was_expected(text: str, message: str) -> None:
    with pytest.raises(NotAQuery) as caught:
        parse(text)
    assert str(caught.value) == message


WORDS = st.text(st.characters(codec="utf-8"), max_size=4) | st.sampled_from(
    ["a", "A", "ab", "b", '"', "\\", '\\"', "\n", "and"]
)


@st.composite
def asked(draw: st.DrawFn) -> Comparison:
    attribute = draw(st.sampled_from(Attribute))
    relation = draw(st.sampled_from(Relation))
    most = 3 if relation in SEVERAL else 1
    return Comparison(
        attribute=attribute,
        key=draw(WORDS) if attribute is Attribute.RESOURCE_TAG else None,
        relation=relation,
        values=tuple(draw(st.lists(WORDS, min_size=1, max_size=most))),
    )


QUERIES: st.SearchStrategy[Query] = st.recursive(
    asked(),
    lambda parts: (
        st.builds(Negation, part=parts)
        | st.builds(
            Joined,
            junction=st.sampled_from(Junction),
            parts=st.lists(parts, min_size=2, max_size=3).map(tuple),
        )
    ),
    max_leaves=8,
)
NAMES = st.sampled_from(["a", "b", "ab", "ba", "A"])
RESOURCES = st.builds(
    Resource,
    integration=st.sampled_from(["a", "b"]),
    resource_type=st.sampled_from(["a", "ab"]),
    name=NAMES,
    path=st.none() | NAMES,
    tags=st.dictionaries(st.sampled_from(["a", "b", "\\"]), NAMES | st.just("")),
)


@pytest.mark.req("R35")
@given(QUERIES)
def test_a_query_that_is_printed_reads_as_the_same_query(query: Query) -> None:
    assert parse(spell(query)) == query


def naive(query: Query, facts: dict[str, str]) -> bool:
    """As the design says it, spelled out without sharing anything with the rule."""
    if isinstance(query, Negation):
        return not naive(query.part, facts)
    if isinstance(query, Joined):
        met = [naive(part, facts) for part in query.parts]
        return False not in met if query.junction == "and" else True in met
    name = query.attribute.value + (f":{query.key}" if query.key is not None else "")
    text, words = facts.get(name), query.values
    if query.relation in ("=", "in"):
        return text in words
    if query.relation in ("!=", "not_in"):
        return text not in words
    if query.relation == "not_contains":
        return text is None or text.find(words[0]) < 0
    if text is None:
        return False
    size = len(words[0])
    where = {"contains": text, "starts_with": text[:size], "ends_with": text[::-1][:size][::-1]}
    return where[query.relation].find(words[0]) >= 0


@pytest.mark.req("R35")
@given(QUERIES, RESOURCES, st.sampled_from(["a", "ab"]))
def test_a_query_equals_the_naive_reading(query: Query, resource: Resource, word: str) -> None:
    facts = {
        "integration": resource.integration,
        "resource_type": resource.resource_type,
        "resource_name": resource.name,
        "permission": word,
        **({"resource_path": resource.path} if resource.path is not None else {}),
        **{f"resource_tag:{key}": value for key, value in resource.tags.items()},
    }
    assert holds(query, resource, word) is naive(query, facts)


def test_deep_nesting_is_read_as_far_as_a_query_may_be_long() -> None:
    text = "not " * 244 + 'permission = "read"'
    assert holds(parse(text), INVOICES, "read")
    assert holds(parse("(" * 480 + 'permission = "read"' + ")" * 480), INVOICES, "read")


def test_every_question_is_found_in_order() -> None:
    query = parse('permission = "a" or not (permission = "b" and permission = "c")')
    assert [comparison.values for comparison in comparisons(query)] == [("a",), ("b",), ("c",)]


def test_who_reads_no_query_does_not_load_the_parser() -> None:
    program = "import sys, accessflows.rules.planning; print('lark' in sys.modules)"
    shown = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": ":".join(sys.path)},
    )
    assert shown.stdout == "False\n"
