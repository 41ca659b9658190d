"""Population: everybody at once, so that a condition is put to ten thousand people in a few steps.

Pure. People are bits of one whole number: bit n stands for the n-th id of `order`. Two populations
of one order are compared bit by bit. Answers as `conditions.holds` does for each person, but for
who is on call: that changes by the hour, so whoever may ever meet such a condition meets it."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache, reduce
from operator import and_, or_

from accessflows.model.condition import NEGATIVE, Condition, Group, Junction, Operator
from accessflows.model.person import Person
from accessflows.model.roll import ON_CALL
from accessflows.rules.conditions import MATCHES

People = int
NOBODY: People = 0


class Population:
    """The people of a directory, some of whom may be ids of `order` only.

    active: those who may take part at all.
    rosters: by what conditions may call a schedule, the ids of all who are ever on call by it.
    """

    def __init__(
        self,
        people: Iterable[Person],
        order: Sequence[str],
        rosters: Mapping[str, Collection[str]] | None = None,
    ) -> None:
        self._order = order
        self.by_id = {person.id: person for person in people}
        self.place = {person_id: n for n, person_id in enumerate(order)}
        self.active = NOBODY
        self._outsiders = NOBODY
        self._reports: dict[str, People] = defaultdict(int)
        for person in self.by_id.values():
            if person.is_external:
                self._outsiders |= self.only(person.id)
            if person.active:
                bit = self.only(person.id)
                self.active |= bit
                if person.manager and person.manager != person.id:
                    self._reports[person.manager] |= bit
        self._managers = reduce(or_, map(self.only, self._reports), NOBODY)
        self._rosters: dict[str | None, People] = {
            word: reduce(or_, map(self.only, ids), NOBODY) for word, ids in (rosters or {}).items()
        }
        # A group is asked for by many flows, and by conditions that are equal.
        self.meeting = cache(self._meeting)
        self._index = cache(self._indexed)

    def only(self, person_id: str) -> People:
        """One person; nobody where the id is of none."""
        return 1 << self.place[person_id] if person_id in self.by_id else NOBODY

    def ids(self, people: People) -> Iterator[str]:
        """In order."""
        while people:
            lowest = people & -people
            yield self._order[lowest.bit_length() - 1]
            people ^= lowest

    def named(self, people: People) -> tuple[Person, ...]:
        return tuple(self.by_id[person_id] for person_id in self.ids(people))

    def managers(self, people: People) -> People:
        """Those of these who have an active report besides themselves."""
        return people & self._managers

    def reports(self, people: People) -> People:
        """The active people who report to one of these."""
        managers = self.ids(self.managers(people))
        return reduce(or_, (self._reports[manager] for manager in managers), NOBODY)

    def _meeting(self, group: Group) -> People:
        """Those who meet a group of conditions, whether active or not."""
        join = and_ if group.operator is Junction.AND else or_
        return reduce(join, map(self._holding, group.conditions)) & ~self._outsiders

    def _holding(self, condition: Condition) -> People:
        if condition.attribute == ON_CALL:
            return self._ever_on_call(condition)
        holders = self._index(condition.source).get(condition.attribute, {})
        holding = _listed(condition, holders)
        if condition.operator in NEGATIVE:
            return holders.get(None, NOBODY) & ~holding
        return holding

    def _ever_on_call(self, condition: Condition) -> People:
        """Everybody is off call at some time, as far as a plan can tell."""
        if condition.operator in NEGATIVE:
            return self.active
        return _listed(condition, self._rosters)

    def _indexed(self, source: str | None) -> Mapping[str, Mapping[str | None, People]]:
        """Attribute -> value -> who holds it, as one source or all say; None: who is known to."""
        holders: dict[str, dict[str | None, People]] = defaultdict(lambda: defaultdict(int))
        for person in self.by_id.values():
            bit = self.only(person.id)
            for attribute, values in _facts(person, source).items():
                for value in (*values, None):
                    holders[attribute][value] |= bit
        return holders


def _listed(condition: Condition, holders: Mapping[str | None, People]) -> People:
    """The holders of a value that the condition lists, taken for its positive twin."""
    listed = [value.casefold() for value in condition.values]
    if condition.operator in (Operator.IS, Operator.IS_NOT):
        return reduce(or_, (holders.get(value, NOBODY) for value in listed), NOBODY)
    matches = MATCHES[condition.operator]
    found = (
        people
        for held, people in holders.items()
        if held is not None and any(matches(held, wanted) for wanted in listed)
    )
    return reduce(or_, found, NOBODY)


def _facts(person: Person, source: str | None) -> Mapping[str, frozenset[str]]:
    """What is known of a person, by one source or by all."""
    if source is None:
        return person.facts
    names = person.by_source.get(source, {}) if person.by_source else person.facts
    found = ((name, person.held(name, source)) for name in names)
    return {name: held.values for name, held in found if held is not None}


def is_one(people: People) -> bool:
    """Whether they are exactly one person."""
    return people != NOBODY and people & (people - 1) == NOBODY
