"""The table of people, an inverted index of the values they hold, and sign-in bindings.

pk                          sk                      besides
person:{id}                 PERSON                  the person; number and hash of their chain
person:{id}                 VALUE#{attribute}#{v}   index by_value: attribute -> {v} US {id}
person:{id}                 SIGN_IN#{issuer}        the one subject that signs them in there
sign_in:{issuer}#{subject}  SIGN_IN                 whom it signs in

Values are casefolded; US is the unit separator. The index only proposes: a person counts after
their row was read and the condition put to it, so a value too many does no harm and none is ever
missing. Hence values are added before the person changes and removed afterwards."""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import UTC, datetime
from functools import partial

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.expressions.condition import Condition as RowCondition
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite

from accessflows.model.condition import NEGATIVE, Condition, Group, Junction, Operator
from accessflows.model.event import GENESIS, Event, EventKind
from accessflows.model.person import ROLE_ATTRIBUTE, KnownPerson, Person, Role
from accessflows.model.refusal import NotFound
from accessflows.model.roll import ON_CALL, Roll
from accessflows.ports import OnCall
from accessflows.rules.chain import next_event
from accessflows.rules.conditions import holds, names_any
from accessflows.settings import Settings
from accessflows.stores.requests import RequestRow, event_row
from accessflows.stores.transactions import transact

_UNIT_SEPARATOR = "\x1f"
# Attributes of the product's own; configuration allows none with a colon.
_SOURCE = ":source"

# The narrowest question first.
_EASE = {Operator.IS: 0, Operator.STARTS_WITH: 1, Operator.CONTAINS: 2}


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

    by_value = ByValue()


class DynamoDirectory:
    """People in DynamoDB. on_call: whom people read here ask, once a condition wants to know."""

    def __init__(
        self,
        settings: Settings,
        on_call: OnCall | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._on_call = on_call
        self._clock = clock
        DirectoryRow.Meta.table_name = settings.directory_table
        RequestRow.Meta.table_name = settings.requests_table

    def person(self, person_id: str) -> Person:
        try:
            row = DirectoryRow.get(f"person:{person_id}", "PERSON", consistent_read=True)
        except DirectoryRow.DoesNotExist:
            raise NotFound(f"there is no person {person_id}") from None
        return _person(row).but(on_call=self._roll())

    def people(self, person_ids: Collection[str]) -> Mapping[str, Person]:
        return self._people(person_ids, self._roll())

    def matching(self, group: Group) -> tuple[Person, ...]:
        """Raises ValueError for a group that only says who is not meant; none is stored."""
        positive = [c for c in group.conditions if c.operator not in NEGATIVE]
        asked = min(positive, key=lambda c: _EASE[c.operator], default=None)
        complete = len(positive) == len(group.conditions)
        if asked is None or (group.operator is Junction.OR and not complete):
            raise ValueError(f"nobody can be looked up by: {group}")
        needed = [asked] if group.operator is Junction.AND else positive
        roll = self._roll()
        proposed = {person_id for condition in needed for person_id in _proposed(condition, roll)}
        people = self._people(proposed, roll).values()
        return _in_order(p for p in people if p.active and holds(group, p))

    def _people(self, person_ids: Collection[str], roll: Roll) -> Mapping[str, Person]:
        if not person_ids:
            return {}
        keys = {(f"person:{person_id}", "PERSON") for person_id in person_ids}
        found = map(_person, DirectoryRow.batch_get(keys, consistent_read=True))
        return {person.id: person.but(on_call=roll) for person in found}

    def _roll(self) -> Roll:
        """As of now. Whoever is on call is asked for no earlier than a condition wants to know."""
        if self._on_call is None:
            return Roll()
        return Roll(partial(self._on_call.shifts, self._clock()))

    def admins(self) -> tuple[Person, ...]:
        people = self.people(_holders(ROLE_ATTRIBUTE, Role.ADMIN.value)).values()
        return _in_order(p for p in people if p.active and Role.ADMIN in p.roles)

    def person_with_email(self, email: str) -> Person | None:
        """The one active person with this address, in whatever letter case."""
        folded = email.casefold()
        people = [self.person(person_id) for person_id in _holders("user", folded)]
        owners = [p for p in people if p.active and folded in map(str.casefold, p.emails)]
        return owners[0] if len(owners) == 1 else None

    def is_held(self, attribute: str, value: str) -> bool:
        """Whether anybody holds this value, active or not."""
        begun = ByValue.held.startswith(value.casefold() + _UNIT_SEPARATOR)
        return any(True for _ in DirectoryRow.by_value.query(attribute, begun, limit=1))

    def of_source(self, source: str) -> Mapping[str, Person]:
        """Everybody who came from there, whether active or not."""
        return self.people(_holders(_SOURCE, source))

    def known(self, person_id: str) -> KnownPerson:
        """All that is held of a person, in one consistent read."""
        person, number, head = None, 0, GENESIS
        values = set()
        for row in DirectoryRow.query(f"person:{person_id}", consistent_read=True):
            if row.sk == "PERSON":
                person, number, head = _person(row), int(row.number or 0), row.hash or GENESIS
            elif row.sk.startswith("VALUE#"):
                values.add((row.attribute or "", (row.held or "").rpartition(_UNIT_SEPARATOR)[0]))
        return KnownPerson(person, number, head, frozenset(values))

    def commit(self, before: KnownPerson, person: Person, event: Event) -> None:
        """Write a person as they now are. Raises Lost unless their row is as in `before`."""
        _add_values(before, person)

        def fill(transaction: TransactWrite) -> None:
            transaction.save(_person_row(person, event), condition=_still(before.number))
            transaction.save(event_row(event), condition=RequestRow.pk.does_not_exist())

        transact(fill)
        _drop_values(before, person)

    def complete(self, known: KnownPerson) -> None:
        """Make the index hold what the person does, where an earlier write died in between."""
        if known.person:
            _add_values(known, known.person)
            _drop_values(known, known.person)

    def bound_person(self, issuer: str, subject: str) -> str | None:
        """The id of the person whom this subject signs in."""
        try:
            row = DirectoryRow.get(f"sign_in:{issuer}#{subject}", "SIGN_IN", consistent_read=True)
        except DirectoryRow.DoesNotExist:
            return None
        return row.person_id

    def bind(self, issuer: str, subject: str, person_id: str, now: datetime) -> None:
        """Let the subject sign the person in, from now on.

        Raises Lost where the subject is bound already, another subject of the issuer is bound
        to the person, or the person has changed meanwhile.
        """
        known = self.known(person_id)
        if known.person is None:
            raise NotFound(f"there is no person {person_id}")
        event = next_event(
            known,
            f"person:{person_id}",
            EventKind.SIGN_IN_BOUND,
            now,
            actor=person_id,
            details={"issuer": issuer, "subject": subject},
        )
        person_row = _person_row(known.person, event)
        binding = DirectoryRow(f"sign_in:{issuer}#{subject}", "SIGN_IN", person_id=person_id)
        claim = DirectoryRow(f"person:{person_id}", f"SIGN_IN#{issuer}", subject=subject)

        def fill(transaction: TransactWrite) -> None:
            absent = DirectoryRow.pk.does_not_exist()
            transaction.save(binding, condition=absent)
            transaction.save(claim, condition=absent)
            transaction.save(person_row, condition=_still(known.number))
            transaction.save(event_row(event), condition=RequestRow.pk.does_not_exist())

        transact(fill)


def _proposed(condition: Condition, roll: Roll) -> Iterable[str]:
    """The people whom the index, or the roll, proposes for a positive condition."""
    if condition.attribute == ON_CALL:
        meant = (s.people or () for s in roll.shifts or () if names_any(condition, s.words))
        for word in {word for people in meant for word in people}:
            yield from _holders("user", word)
        return
    for wanted in map(str.casefold, condition.values):
        match condition.operator:
            case Operator.IS:
                yield from _holders(condition.attribute, wanted)
            case Operator.STARTS_WITH:
                yield from _ids(condition.attribute, ByValue.held.startswith(wanted))
            case _:
                yield from _ids(condition.attribute, None)


def _holders(attribute: str, value: str) -> set[str]:
    return _ids(attribute, ByValue.held.startswith(value.casefold() + _UNIT_SEPARATOR))


def _ids(attribute: str, held: RowCondition | None) -> set[str]:
    rows = DirectoryRow.by_value.query(attribute, held)
    return {(row.held or "").rpartition(_UNIT_SEPARATOR)[2] for row in rows}


def _values(person: Person) -> set[tuple[str, str]]:
    facts = {
        **person.facts,
        _SOURCE: frozenset({person.source}),
    }
    return {(attribute, value) for attribute, values in facts.items() for value in values}


def _add_values(known: KnownPerson, person: Person) -> None:
    missing = _values(person) - known.values
    if missing:
        with DirectoryRow.batch_write() as writing:
            for value in missing:
                writing.save(_value_row(person.id, *value))


def _drop_values(known: KnownPerson, person: Person) -> None:
    stale = known.values - _values(person)
    if stale:
        with DirectoryRow.batch_write() as writing:
            for value in stale:
                writing.delete(_value_row(person.id, *value))


def _value_row(person_id: str, attribute: str, value: str) -> DirectoryRow:
    return DirectoryRow(
        f"person:{person_id}",
        f"VALUE#{attribute}#{value}",
        attribute=attribute,
        held=f"{value}{_UNIT_SEPARATOR}{person_id}",
    )


def _person_row(person: Person, event: Event) -> DirectoryRow:
    return DirectoryRow(
        f"person:{person.id}",
        "PERSON",
        document=person.model_dump_json(exclude_none=True),
        number=event.number,
        hash=event.hash,
    )


def _person(row: DirectoryRow) -> Person:
    return Person.model_validate_json(row.document or "")


def _still(number: int) -> RowCondition:
    return DirectoryRow.number == number if number else DirectoryRow.pk.does_not_exist()


def _in_order(people: Iterable[Person]) -> tuple[Person, ...]:
    return tuple(sorted(people, key=lambda person: person.id))
