"""The directory in DynamoDB: people, groups, who holds which value, and sign-in bindings.

The index only proposes: a person counts after their record was read and the condition put to it,
so a value too many does no harm and none is ever missing. Hence values are added before a record
changes and removed afterwards. Names of groups and addresses of managers stand in their own rows
and are looked up when a person is read, so that a new name is one write, however many it is for."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from itertools import islice

from pynamodb.transactions import TransactWrite

from accessflows.model.condition import NEGATIVE, Condition, Group, Junction, Operator
from accessflows.model.event import GENESIS, Event, EventKind
from accessflows.model.limits import MOST_PEOPLE_EXAMINED
from accessflows.model.person import (
    ROLE_ATTRIBUTE,
    Given,
    HeldAddress,
    KnownGroup,
    KnownPerson,
    NamedGroup,
    Person,
    PersonRecord,
    Profile,
    Role,
)
from accessflows.model.refusal import NotFound
from accessflows.model.roll import ON_CALL, Roll
from accessflows.ports import OnCall, SomePeople
from accessflows.rules.chain import next_event
from accessflows.rules.conditions import holds, names_any
from accessflows.rules.people import addresses_of, merged
from accessflows.settings import Settings
from accessflows.stores.delegations import DynamoDelegations
from accessflows.stores.directory_rows import (
    GROUP_SOURCE,
    NAME,
    SOURCE,
    DirectoryRow,
    Fact,
    add_facts,
    chained_row,
    drop_facts,
    each_holder,
    fact_of,
    holders,
    is_held,
    still,
)
from accessflows.stores.requests import RequestRow, event_row
from accessflows.stores.transactions import transact

# Attributes of the product's own; configuration allows none with a colon.
_GROUP = ":group"
# As far as a name is looked up; keys have an end.
_LONGEST_NAME = 200

# What groups and managers are called by.
_WORDS = {"group": _GROUP, "manager": "user"}

Filling = Callable[[TransactWrite], None]
_NONE: Given = {}

# Entries of the index that are read of one condition before another is looked at.
_AT_ONCE = 200


class DynamoDirectory:
    """People and groups in DynamoDB.

    on_call: whom people read here ask, once a condition wants to know.
    """

    def __init__(
        self,
        settings: Settings,
        on_call: OnCall | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._on_call = on_call
        self._clock = clock
        self._delegations = DynamoDelegations(settings)
        DirectoryRow.Meta.table_name = settings.directory_table
        RequestRow.Meta.table_name = settings.requests_table

    def person(self, person_id: str) -> Person:
        try:
            row = DirectoryRow.get(f"person:{person_id}", "PERSON", consistent_read=True)
        except DirectoryRow.DoesNotExist:
            raise NotFound(f"there is no person {person_id}") from None
        (person,) = _people([_record(row)], self._roll())
        return person

    def people(self, person_ids: Collection[str]) -> Mapping[str, Person]:
        return self._people(person_ids, self._roll())

    def matching(self, group: Group) -> tuple[Person, ...]:
        """Raises ValueError for a group that only says who is not meant; none is stored."""
        roll = self._roll()
        proposed = _proposed_for(group, roll)
        if proposed is None:
            raise ValueError(f"nobody can be looked up by: {group}")
        people = self._people(proposed, roll).values()
        return _in_order(p for p in people if p.active and holds(group, p))

    def some_matching(self, group: Group, most: int) -> SomePeople:
        """Looks at so many of those whom the index proposes, and at anybody where it cannot."""
        roll = self._roll()
        proposed = _proposed_for(group, roll)
        if proposed is None:
            anybody = each_holder(SOURCE, "", Operator.CONTAINS, MOST_PEOPLE_EXAMINED + 1)
            proposed = set(islice(anybody, MOST_PEOPLE_EXAMINED + 1))
        looked_at = sorted(proposed)[:MOST_PEOPLE_EXAMINED]
        people = self._people(looked_at, roll).values()
        found = _in_order(p for p in people if p.active and holds(group, p))
        return SomePeople(found[:most], len(found) > most or len(proposed) > len(looked_at))

    def _people(self, person_ids: Collection[str], roll: Roll) -> Mapping[str, Person]:
        found = _people(records(person_ids).values(), roll)
        return {person.id: person for person in found}

    def _roll(self) -> Roll:
        """As of now. Whoever is on call is asked for no earlier than a condition wants to know."""
        if self._on_call is None:
            return Roll()
        return Roll(partial(self._on_call.shifts, self._clock()))

    def admins(self) -> tuple[Person, ...]:
        people = self.people(holders(ROLE_ATTRIBUTE, Role.ADMIN.value)).values()
        return _in_order(p for p in people if p.active and Role.ADMIN in p.roles)

    def delegators(self, person_id: str, now: datetime) -> tuple[Person, ...]:
        running = [d for d in self._delegations.taken(person_id, now) if d.runs(now)]
        people = self.people({d.delegator_id for d in running}).values()
        return _in_order(p for p in people if p.active)

    def stand_ins(self, now: datetime) -> Mapping[str, tuple[str, ...]]:
        return self._delegations.running(now)

    def person_with_email(self, email: str) -> Person | None:
        """The one active person with this address, in whatever letter case; no outsider."""
        folded = email.casefold()
        people = self.people(holders("user", folded)).values()
        owners = [
            p
            for p in people
            if p.active and not p.is_external and folded in map(str.casefold, p.emails)
        ]
        return owners[0] if len(owners) == 1 else None

    def address(self, email: str) -> HeldAddress:
        """Who has an address, whatever its letter case. Whom it was given to last is found at once.

        Everybody else is found by the index, which lags.
        """
        folded = email.casefold()
        rows = list(DirectoryRow.batch_get([_address(folded)], consistent_read=True))
        last = {row.person_id for row in rows if row.person_id}
        people = records(holders("user", folded) | last).values()
        return HeldAddress(tuple(people), next((int(row.number or 0) for row in rows), 0))

    def is_held(self, attribute: str, value: str) -> bool:
        """Whether anybody, or any group, is called so, active or not."""
        return is_held(_WORDS.get(attribute, attribute), value)

    def of_source(self, source: str) -> frozenset[str]:
        """The ids of everybody of whom it says something, active or not. By index: may lag."""
        return frozenset(holders(SOURCE, source))

    def known(self, person_id: str) -> KnownPerson:
        """All that is held of a person, in one consistent read."""
        record, number, head = None, 0, GENESIS
        values = set()
        for row in DirectoryRow.query(f"person:{person_id}", consistent_read=True):
            if row.sk == "PERSON":
                record, number, head = _record(row), int(row.number or 0), row.hash or GENESIS
            elif row.sk.startswith("VALUE#"):
                values.add(fact_of(row))
        return KnownPerson(record, number, head, frozenset(values))

    def commit(
        self,
        before: KnownPerson,
        record: PersonRecord,
        event: Event,
        *,
        given: Given = _NONE,
        beside: Filling = lambda _: None,
    ) -> None:
        """Write a record as it now is. Raises Lost unless the row is as in `before`.

        given: addresses the record has from now on, as `address` found them; whoever else was
        given one meanwhile has it, and this is Lost.
        beside: what else belongs to the same transaction.
        """
        _add(before, record)

        def fill(transaction: TransactWrite) -> None:
            row = chained_row(f"person:{record.id}", "PERSON", record, event)
            transaction.save(row, condition=still(before.number))
            transaction.save(event_row(event), condition=RequestRow.pk.does_not_exist())
            for email, number in given.items():
                address = DirectoryRow(*_address(email), person_id=record.id, number=number + 1)
                transaction.save(address, condition=still(number))
            beside(transaction)

        transact(fill)
        _drop(before, record)

    def complete(self, known: KnownPerson) -> None:
        """Make the index hold what the record does, where an earlier write died in between."""
        if known.record:
            _add(known, known.record)
            _drop(known, known.record)

    def groups_of_source(self, source: str) -> frozenset[str]:
        """The ids of its groups. By index: may lag."""
        return frozenset(holders(GROUP_SOURCE, source))

    def known_group(self, group_id: str) -> KnownGroup:
        """All that is held of a group, in one consistent read; its people's records name it."""
        group, number, head = None, 0, GENESIS
        values = set()
        for row in DirectoryRow.query(f"group:{group_id}", consistent_read=True):
            if row.sk == "GROUP":
                group, number, head = _group(row), int(row.number or 0), row.hash or GENESIS
            elif row.sk.startswith("VALUE#"):
                values.add(fact_of(row))
        return KnownGroup(group, number, head, frozenset(values))

    def commit_group(
        self,
        before: KnownGroup,
        group: NamedGroup | None,
        event: Event,
        *,
        beside: Filling = lambda _: None,
    ) -> None:
        """Write a group as it now is; none removes it, and with it every place in it, at once.

        Raises Lost unless the row is as in `before`.
        """
        pk = event.subject
        group_id = pk.removeprefix("group:")
        held = group_facts(group)
        add_facts(pk, group_id, held - before.values)

        def fill(transaction: TransactWrite) -> None:
            row = chained_row(pk, "GROUP", group, event)
            transaction.save(row, condition=still(before.number))
            transaction.save(event_row(event), condition=RequestRow.pk.does_not_exist())
            beside(transaction)

        transact(fill)
        drop_facts(pk, group_id, before.values - held)

    def complete_group(self, group_id: str, known: KnownGroup) -> None:
        """The same as `complete`, for a group."""
        held = group_facts(known.group)
        add_facts(f"group:{group_id}", group_id, held - known.values)
        drop_facts(f"group:{group_id}", group_id, known.values - held)

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
        if known.record is None:
            raise NotFound(f"there is no person {person_id}")
        event = next_event(
            known,
            f"person:{person_id}",
            EventKind.SIGN_IN_BOUND,
            now,
            actor=person_id,
            details={"issuer": issuer, "subject": subject},
        )
        person_row = chained_row(f"person:{person_id}", "PERSON", known.record, event)
        binding = DirectoryRow(f"sign_in:{issuer}#{subject}", "SIGN_IN", person_id=person_id)
        claim = DirectoryRow(f"person:{person_id}", f"SIGN_IN#{issuer}", subject=subject)

        def fill(transaction: TransactWrite) -> None:
            absent = DirectoryRow.pk.does_not_exist()
            transaction.save(binding, condition=absent)
            transaction.save(claim, condition=absent)
            transaction.save(person_row, condition=still(known.number))
            transaction.save(event_row(event), condition=RequestRow.pk.does_not_exist())

        transact(fill)


def _address(folded: str) -> tuple[str, str]:
    """The key of its row, which names nobody."""
    return f"address:{sha256(folded.encode()).hexdigest()[:32]}", "ADDRESS"


def _people(records: Iterable[PersonRecord], roll: Roll) -> list[Person]:
    """The people of these records. Their groups and managers are read at once."""
    known = list(records)
    groups = {name for record in known for name in record.groups}
    managers = {person_id for record in known for person_id in record.managers}
    keys = {(f"group:{name}", "GROUP") for name in groups}
    keys |= {(f"person:{person_id}", "PERSON") for person_id in managers}
    rows = list(DirectoryRow.batch_get(keys, consistent_read=True)) if keys else []
    named = {group.id: group for row in rows if row.sk == "GROUP" and (group := _group(row))}
    bosses = [_record(row) for row in rows if row.sk == "PERSON"]
    addresses = {boss.id: addresses_of(boss) for boss in bosses}
    return [merged(record, named, addresses, roll) for record in known]


def records(person_ids: Collection[str]) -> Mapping[str, PersonRecord]:
    """Those of these that exist, by id."""
    if not person_ids:
        return {}
    keys = {(f"person:{person_id}", "PERSON") for person_id in person_ids}
    found = map(_record, DirectoryRow.batch_get(keys, consistent_read=True))
    return {record.id: record for record in found}


def _proposed_for(group: Group, roll: Roll) -> set[str] | None:
    """Whom the index proposes; none where everybody had to be looked at."""
    positive = [c for c in group.conditions if c.operator not in NEGATIVE]
    complete = len(positive) == len(group.conditions)
    if not positive or (group.operator is Junction.OR and not complete):
        return None
    if group.operator is Junction.AND:
        return _fewest(positive, roll)
    return {person_id for condition in positive for person_id in _proposed(condition, roll)}


def _fewest(conditions: Sequence[Condition], roll: Roll) -> set[str]:
    """Whom one of positive conditions proposes, of all of them the one that proposes fewest.

    They are read side by side until the first has no more. One that has to look at every value of
    its attribute, as `contains` does, is read only where there is no other.
    """
    narrow = [c for c in conditions if c.operator is not Operator.CONTAINS] or conditions[:1]
    if len(narrow) == 1:
        return set(_proposed(narrow[0], roll))
    found: list[set[str]] = [set() for _ in narrow]
    reading = [_proposed(condition, roll, _AT_ONCE) for condition in narrow]
    while True:
        for ids, proposed in zip(reading, found, strict=True):
            part = list(islice(ids, _AT_ONCE))
            proposed.update(part)
            if len(part) < _AT_ONCE:
                return proposed


def _proposed(condition: Condition, roll: Roll, at_once: int | None = None) -> Iterator[str]:
    """The people whom the index, or the roll, proposes for a positive condition.

    Groups and managers are called by words of their own: first those who are called so.
    at_once: how many entries of the index are read in one go.
    """
    if condition.attribute == ON_CALL:
        meant = (s.people or () for s in roll.shifts or () if names_any(condition, s.words))
        for word in {word for people in meant for word in people}:
            yield from each_holder("user", word)
        return
    for wanted in condition.values:
        match condition.attribute:
            case "group":
                for group_id in holders(_GROUP, wanted, condition.operator):
                    yield from each_holder("group", group_id, at_once=at_once)
            case "manager":
                called = holders("user", wanted, condition.operator) | {wanted}
                for person_id in called:
                    yield from each_holder("manager", person_id, at_once=at_once)
            case attribute:
                yield from each_holder(attribute, wanted, condition.operator, at_once)


def facts(record: PersonRecord) -> set[Fact]:
    """What the index holds of a person: groups and managers by id only."""
    profiles = record.profiles
    held: set[Fact] = {("user", record.id.casefold())}
    held |= {(ROLE_ATTRIBUTE, role.value) for role in record.roles}
    held |= {(SOURCE, source) for source in profiles}
    held |= {("group", name) for name in record.groups}
    held |= {("manager", manager.casefold()) for manager in record.managers}
    held |= {("user", email.casefold()) for p in profiles.values() for email in p.emails}
    for profile in profiles.values():
        held |= {(NAME, word) for word in _called(profile)}
        for name, values in profile.attributes.items():
            held |= {(name, value.casefold()) for value in values}
    return held


def _called(profile: Profile) -> set[str]:
    """By what people look for somebody: the name from each of its words on, and the addresses."""
    words = profile.name.casefold().split()
    names = {" ".join(words[place:])[:_LONGEST_NAME] for place in range(len(words))}
    return names | {email.casefold() for email in profile.emails}


def group_facts(group: NamedGroup | None) -> set[Fact]:
    """What the index holds of a group: its words, and who brought it."""
    if group is None:
        return set()
    words = {(_GROUP, word.casefold()) for word in (group.id, group.name)}
    return {*words, (GROUP_SOURCE, group.source)}


def _add(known: KnownPerson, record: PersonRecord) -> None:
    add_facts(f"person:{record.id}", record.id, facts(record) - known.values)


def _drop(known: KnownPerson, record: PersonRecord) -> None:
    drop_facts(f"person:{record.id}", record.id, known.values - facts(record))


def _record(row: DirectoryRow) -> PersonRecord:
    return PersonRecord.model_validate_json(row.document or "")


def _group(row: DirectoryRow) -> NamedGroup | None:
    return NamedGroup.model_validate_json(row.document) if row.document else None


def _in_order(people: Iterable[Person]) -> tuple[Person, ...]:
    return tuple(sorted(people, key=lambda person: person.id))
