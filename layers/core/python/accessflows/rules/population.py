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
        holders: dict[str, dict[str, People]] = defaultdict(lambda: defaultdict(int))
        known: dict[str, People] = defaultdict(int)
        self.active = NOBODY
        self._reports: dict[str, People] = defaultdict(int)
        for person in self.by_id.values():
            bit = 1 << self.place[person.id]
            for attribute, values in person.facts.items():
                known[attribute] |= bit
                for value in values:
                    holders[attribute][value] |= bit
            if person.active:
                self.active |= bit
                if person.manager and person.manager != person.id:
                    self._reports[person.manager] |= bit
        for word, ids in (rosters or {}).items():
            holders[ON_CALL][word] = reduce(or_, map(self.only, ids), NOBODY)
        self._holders, self._known = holders, known
        self._managers = reduce(or_, map(self.only, self._reports), NOBODY)
        # A group is asked for by many flows, and by conditions that are equal.
        self.meeting = cache(self._meeting)

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
        return reduce(join, map(self._holding, group.conditions))

    def _holding(self, condition: Condition) -> People:
        holders = self._holders.get(condition.attribute, {})
        listed = [value.casefold() for value in condition.values]
        if condition.operator in (Operator.IS, Operator.IS_NOT):
            found = (holders.get(value, NOBODY) for value in listed)
        else:
            matches = MATCHES[condition.operator]
            found = (
                people
                for held, people in holders.items()
                if any(matches(held, wanted) for wanted in listed)
            )
        holding = reduce(or_, found, NOBODY)
        if condition.attribute == ON_CALL and condition.operator in NEGATIVE:
            return self.active
        known = self._known.get(condition.attribute, NOBODY)
        return known & ~holding if condition.operator in NEGATIVE else holding


def is_one(people: People) -> bool:
    """Whether they are exactly one person."""
    return people != NOBODY and people & (people - 1) == NOBODY
