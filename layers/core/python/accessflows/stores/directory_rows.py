"""The rows of the directory's table, and its index of who holds which value.

pk                          sk                      besides
person:{id}                 PERSON                  the record; number and hash of their chain
person:{id}                 VALUE#{attribute}#{v}   index by_value: attribute -> {v} US {id}
person:{id}                 SIGN_IN#{issuer}        the one subject that signs them in there
sign_in:{issuer}#{subject}  SIGN_IN                 whom it signs in
mfa:{id}                    MFA                     a person's second factor; number of its writes
address:{digest}            ADDRESS                 to whom it was given last; number of times
group:{id}                  GROUP                   the group; number and hash of its chain
group:{id}                  VALUE#:group#{word}     index by_value: :group -> {word} US {id}
source:{id}                                         what an identity source keeps: stores/sources.py
token:{id}                  TOKEN                   a program's token: stores/tokens.py
session:{digest}            SESSION                 a session of the portal; expires_at

Values are casefolded; US is the unit separator."""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.expressions.condition import Condition as RowCondition
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection
from pynamodb.models import Model

from accessflows.model.condition import Operator
from accessflows.model.event import Event
from accessflows.model.value import Value

UNIT_SEPARATOR = "\x1f"

# Attributes of the product's own; configuration allows none with a colon.
SOURCE = ":source"
NAME = ":name"
GROUP_SOURCE = ":group_source"

# attribute, casefolded value
Fact = tuple[str, str]


class ByValue(GlobalSecondaryIndex["DirectoryRow"]):
    """Who holds a value of an attribute."""

    class Meta:
        index_name = "by_value"
        projection = KeysOnlyProjection()

    attribute = UnicodeAttribute(hash_key=True)
    held = UnicodeAttribute(range_key=True)


class DirectoryRow(Model):
    """Any row of the table; which, its keys tell."""

    class Meta:
        table_name = "accessflows-directory"

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    document = UnicodeAttribute(null=True)
    number = NumberAttribute(null=True)
    hash = UnicodeAttribute(null=True)
    attribute = UnicodeAttribute(null=True)
    held = UnicodeAttribute(null=True)
    person_id = UnicodeAttribute(null=True)
    subject = UnicodeAttribute(null=True)
    state = UnicodeAttribute(null=True)
    display = UnicodeAttribute(null=True)
    expires_at = NumberAttribute(null=True)

    by_value = ByValue()


def chained_row(pk: str, sk: str, value: Value | None, event: Event) -> DirectoryRow:
    """The row of something whose changes form a chain; without a value it is gone."""
    document = value.model_dump_json(exclude_none=True) if value else None
    return DirectoryRow(pk, sk, document=document, number=event.number, hash=event.hash)


def still(number: int) -> RowCondition:
    """That the chain has not gone on."""
    return DirectoryRow.number == number if number else DirectoryRow.pk.does_not_exist()


def fact_of(row: DirectoryRow) -> Fact:
    """What a VALUE row says of its holder."""
    return row.attribute or "", (row.held or "").rpartition(UNIT_SEPARATOR)[0]


def add_facts(pk: str, holder: str, facts: AbstractSet[Fact]) -> None:
    if facts:
        with DirectoryRow.batch_write() as writing:
            for fact in facts:
                writing.save(value_row(pk, holder, fact))


def drop_facts(pk: str, holder: str, facts: AbstractSet[Fact]) -> None:
    if facts:
        with DirectoryRow.batch_write() as writing:
            for fact in facts:
                writing.delete(value_row(pk, holder, fact))


def holders(attribute: str, value: str, operator: Operator = Operator.IS) -> set[str]:
    """Whom the index proposes: it may lag, and may name some who do not hold the value."""
    return set(each_holder(attribute, value, operator))


def each_holder(
    attribute: str, value: str, operator: Operator = Operator.IS, at_once: int | None = None
) -> Iterator[str]:
    """The same, read as they are taken, so many at once; some may come twice."""
    folded = value.casefold()
    begun = {
        Operator.IS: ByValue.held.startswith(folded + UNIT_SEPARATOR),
        Operator.STARTS_WITH: ByValue.held.startswith(folded),
    }
    rows = DirectoryRow.by_value.query(attribute, begun.get(operator), page_size=at_once)
    return ((row.held or "").rpartition(UNIT_SEPARATOR)[2] for row in rows)


def is_held(attribute: str, value: str) -> bool:
    """Whether the index knows a holder."""
    begun = ByValue.held.startswith(value.casefold() + UNIT_SEPARATOR)
    return any(True for _ in DirectoryRow.by_value.query(attribute, begun, limit=1))


def value_row(pk: str, holder: str, fact: Fact) -> DirectoryRow:
    """The row by which a holder is found."""
    attribute, value = fact
    return DirectoryRow(
        pk,
        f"VALUE#{attribute}#{value}",
        attribute=attribute,
        held=f"{value}{UNIT_SEPARATOR}{holder}",
    )
