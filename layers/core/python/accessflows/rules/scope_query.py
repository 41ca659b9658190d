"""Scope queries: the language in which an access scope says what it finds.

    integration = "aws-demo" and not resource_tag["env"] in ("production", "staging")

Pure. Values are compared exactly, letter case included, as the names and tags of a target are. What
a resource lacks (a path, a tag) is the known empty set, and a negative operator is the exact
negation of its positive one, so it holds there. `not` binds tighter than `and`, `and` than `or`.

lark is loaded by the first query, so that whoever reads none does not pay for it."""

import re
from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from enum import StrEnum
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Self, TypeAlias, assert_never

from pydantic import Field, model_validator

from accessflows.model.condition import Junction
from accessflows.model.target import Resource
from accessflows.model.value import Value

if TYPE_CHECKING:
    from lark import Lark, Token
    from lark.exceptions import UnexpectedInput

_GRAMMAR = r"""
    ?start: either
    ?either: both ("or" both)*
    ?both: one ("and" one)*
    ?one: "not" one -> negation
        | "(" either ")"
        | comparison
    comparison: subject single STRING
              | subject several "(" STRING ("," STRING)* ")"
    subject: WORD ("[" STRING "]")?
    !single: "=" | "!=" | "contains" | "not_contains" | "starts_with" | "ends_with"
    !several: "in" | "not_in"
    WORD: /[A-Za-z_][A-Za-z0-9_]*/
    STRING: /"(\\.|[^"\\])*"/s
    %ignore /\s+/
"""
# How a terminal of the grammar is called in a message.
_SPELLED = {
    "EQUAL": "=",
    "__ANON_0": "!=",
    "LPAR": "(",
    "RPAR": ")",
    "LSQB": "[",
    "RSQB": "]",
    "COMMA": ",",
    "STRING": "a value in double quotes",
    "WORD": "a field",
    "$END": "the end",
}


class Attribute(StrEnum):
    """What a query may ask of an entitlement."""

    INTEGRATION = "integration"
    RESOURCE_TYPE = "resource_type"
    RESOURCE_NAME = "resource_name"
    RESOURCE_PATH = "resource_path"
    RESOURCE_TAG = "resource_tag"
    PERMISSION = "permission"


class Relation(StrEnum):
    """How what is held is compared with what is written."""

    EQUALS = "="
    DIFFERS = "!="
    CONTAINS = "contains"
    NOT_CONTAINS = "not_contains"
    STARTS_WITH = "starts_with"
    ENDS_WITH = "ends_with"
    IN = "in"
    NOT_IN = "not_in"


SEVERAL = frozenset({Relation.IN, Relation.NOT_IN})
EXACT = SEVERAL | {Relation.EQUALS, Relation.DIFFERS}
NEGATIVE = frozenset({Relation.DIFFERS, Relation.NOT_CONTAINS, Relation.NOT_IN})

_MATCHES: Mapping[Relation, Callable[[str, str], bool]] = {
    Relation.EQUALS: str.__eq__,
    Relation.DIFFERS: str.__eq__,
    Relation.CONTAINS: str.__contains__,
    Relation.NOT_CONTAINS: str.__contains__,
    Relation.STARTS_WITH: str.startswith,
    Relation.ENDS_WITH: str.endswith,
    Relation.IN: str.__eq__,
    Relation.NOT_IN: str.__eq__,
}


class Comparison(Value):
    """One question. key: of the tag, exactly where a tag is asked for."""

    attribute: Attribute
    key: str | None = None
    relation: Relation
    values: tuple[str, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _parts_fit(self) -> Self:
        if (self.key is None) == (self.attribute is Attribute.RESOURCE_TAG):
            raise ValueError("a key is written exactly for resource_tag")
        if self.relation not in SEVERAL and len(self.values) > 1:
            raise ValueError(f"{self.relation} takes one value")
        return self


class Negation(Value):
    """Holds where its part does not."""

    part: "Query"


class Joined(Value):
    """Parts all (and) or any (or) of which must hold."""

    junction: Junction
    parts: "tuple[Query, ...]" = Field(min_length=2)


Query: TypeAlias = Comparison | Negation | Joined


class NotAQuery(ValueError):
    """The text is no query. expected: what could have stood at the place, in words."""

    def __init__(self, message: str, line: int, column: int, expected: tuple[str, ...]) -> None:
        wanted = f": expected {_or(expected)}" if expected else ""
        super().__init__(f"line {line}, column {column}: {message}{wanted}")
        self.line = line
        self.column = column
        self.expected = expected


@lru_cache(maxsize=1_000)
def parse(text: str) -> Query:
    """The query that a text says. Raises NotAQuery."""
    from lark.exceptions import UnexpectedInput

    try:
        # The grammar's transformer makes a query of every tree.
        return _parser().parse(text)  # type: ignore[return-value]
    except UnexpectedInput as error:
        raise _not_a_query(text, error) from None


def holds(query: Query, resource: Resource, permission: str) -> bool:
    """Whether a query finds this permission on this resource."""
    match query:
        case Comparison(relation=relation):
            held = _held(query, resource, permission)
            matches = _MATCHES[relation]
            found = held is not None and any(matches(held, value) for value in query.values)
            return found != (relation in NEGATIVE)
        case Negation(part=part):
            return not holds(part, resource, permission)
        case Joined(junction=junction, parts=parts):
            each = (holds(part, resource, permission) for part in parts)
            return all(each) if junction is Junction.AND else any(each)
        case _:
            assert_never(query)


def spell(query: Query) -> str:
    """The query as text on one line, with no parentheses but the needed ones."""
    match query:
        case Comparison(relation=relation):
            key = "" if query.key is None else f"[{_quoted(query.key)}]"
            values = ", ".join(map(_quoted, query.values))
            listed = f"({values})" if relation in SEVERAL else values
            return f"{query.attribute}{key} {relation} {listed}"
        case Negation(part=Joined() as part):
            return f"not ({spell(part)})"
        case Negation(part=part):
            return f"not {spell(part)}"
        case Joined(junction=junction, parts=parts):
            return f" {junction} ".join(_within(junction, part) for part in parts)
        case _:
            assert_never(query)


def comparisons(query: Query) -> Iterator[Comparison]:
    """Every question of a query, in the order written."""
    match query:
        case Comparison():
            yield query
        case Negation(part=part):
            yield from comparisons(part)
        case Joined(parts=parts):
            for part in parts:
                yield from comparisons(part)
        case _:
            assert_never(query)


def _held(query: Comparison, resource: Resource, permission: str) -> str | None:
    match query.attribute:
        case Attribute.INTEGRATION:
            return resource.integration
        case Attribute.RESOURCE_TYPE:
            return resource.resource_type
        case Attribute.RESOURCE_NAME:
            return resource.name
        case Attribute.RESOURCE_PATH:
            return resource.path
        case Attribute.RESOURCE_TAG:
            return resource.tags.get(query.key or "")
        case Attribute.PERMISSION:
            return permission
        case _:
            assert_never(query.attribute)


def _within(junction: Junction, part: Query) -> str:
    loose = isinstance(part, Joined) and (part.junction, junction) != (Junction.AND, Junction.OR)
    return f"({spell(part)})" if loose else spell(part)


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


@cache
def _parser() -> "Lark":
    from lark import Lark, Transformer, v_args

    class AsQuery(Transformer[Any, Query]):
        """What the grammar's rules stand for."""

        @v_args(inline=True)
        def subject(self, word: "Token", key: "Token | None" = None) -> dict[str, Any]:
            if word not in set(Attribute):
                raise _at(word, f"there is no field {word}{_nearest(word)}", tuple(Attribute))
            if key is None and word == Attribute.RESOURCE_TAG:
                raise _at(word, "resource_tag needs a key", ('resource_tag["key"]',))
            if key is not None and word != Attribute.RESOURCE_TAG:
                raise _at(key, f"{word} takes no key", tuple(Relation))
            return {"attribute": str(word), "key": None if key is None else _unquoted(key)}

        @v_args(inline=True)
        def comparison(
            self, subject: dict[str, Any], relation: str, *values: "Token"
        ) -> Comparison:
            unquoted = tuple(_unquoted(value) for value in values)
            return Comparison(**subject, relation=Relation(relation), values=unquoted)

        @v_args(inline=True)
        def single(self, word: "Token") -> str:
            return str(word)

        several = single

        @v_args(inline=True)
        def negation(self, part: Query) -> Negation:
            return Negation(part=part)

        def both(self, parts: list[Query]) -> Joined:
            return Joined(junction=Junction.AND, parts=tuple(parts))

        def either(self, parts: list[Query]) -> Joined:
            return Joined(junction=Junction.OR, parts=tuple(parts))

    # The transformer works while parsing, so that deep nesting costs no recursion.
    return Lark(_GRAMMAR, parser="lalr", lexer="basic", transformer=AsQuery())


def _unquoted(token: "Token") -> str:
    wrong = re.search(r'\\[^"\\]', re.sub(r'\\["\\]', "__", token))
    if wrong:
        at = token.column or 0
        message = f"{wrong.group()} is no escape: a backslash stands before a quote or a backslash"
        raise NotAQuery(message, token.line or 0, at, ('\\"', "\\\\"))
    return re.sub(r'\\(["\\])', r"\1", token[1:-1])


def _not_a_query(text: str, error: "UnexpectedInput") -> NotAQuery:
    from lark.exceptions import UnexpectedToken

    token = error.token if isinstance(error, UnexpectedToken) else None
    if token is not None and token.type == "$END":
        before = text.rstrip()
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        return NotAQuery("the query ends too early", line, column, _accepted(text))
    at: int = vars(error)["pos_in_stream"]
    if token is not None:
        message = f"unexpected {token}"
    else:
        message = 'this " is never closed' if text[at] == '"' else f"cannot read {text[at]}"
    return NotAQuery(message, error.line, error.column, _accepted(text[:at]))


def _accepted(text: str) -> tuple[str, ...]:
    """What may follow a text that is good so far, in words."""
    so_far = _parser().parse_interactive(text)
    so_far.exhaust_lexer()
    accepted: set[str] = so_far.accepts()  # type: ignore[no-untyped-call]  # lark's
    return tuple(sorted(_SPELLED.get(name, name.lower()) for name in accepted))


def _at(token: "Token", message: str, expected: tuple[str, ...]) -> NotAQuery:
    return NotAQuery(message, token.line or 0, token.column or 0, expected)


def _nearest(word: str) -> str:
    found = get_close_matches(word, list(Attribute), n=1)
    return f" (did you mean {found[0]}?)" if found else ""


def _or(words: tuple[str, ...]) -> str:
    *others, last = words
    return f"{', '.join(others)} or {last}" if others else last
