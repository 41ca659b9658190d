"""Plan a change: who would gain and lose by it, before anybody saves it.

The same rules as `accessflows plan`, with as many people as can be read while somebody waits."""

from typing import NamedTuple, Protocol

from accessflows.actions.editor import Proposal, then_standing
from accessflows.actions.standing import FlowReader, standing
from accessflows.model.configuration import Section
from accessflows.model.limits import MOST_PLANNED_FOR
from accessflows.model.person import Person
from accessflows.rules.advice import Advice, advice_on
from accessflows.rules.policy import Policy
from accessflows.rules.simulation import Difference, changes


class People(Protocol):
    """What is needed of the directory."""

    def everybody(self, cursor: str | None) -> tuple[tuple[Person, ...], str | None]:
        """Page by page."""


class Plan(NamedTuple):
    """What a change comes to. people: the names of all whom it tells of, by id.

    may_ask: ids of who may use the flow that changes; none where something else does.
    is_partial: whether there are more people than were looked at.
    """

    difference: Difference
    warnings: tuple[Advice, ...]
    may_ask: tuple[str, ...] | None
    people: dict[str, str]
    is_partial: bool

    @property
    def changes_nothing(self) -> bool:
        return self.difference == Difference()


def plan_change(store: FlowReader, people: People, proposal: Proposal) -> Plan:
    """Against what counts now. People are read up to a limit, source by source."""
    known, is_partial = _everybody(people)
    order = sorted(known)
    there = standing(store, proposal.before)
    before = Policy(there, known.values(), order)
    after = Policy(then_standing(there, proposal), known.values(), order)
    flow = next(iter(proposal.changed.section(Section.FLOWS)), None)
    return Plan(
        difference=changes(before, after),
        warnings=advice_on(after, flow.id) if flow else (),
        may_ask=tuple(after.population.ids(after.may_ask(flow.id))) if flow else None,
        people={person.id: person.name for person in known.values()},
        is_partial=is_partial,
    )


def _everybody(people: People) -> tuple[dict[str, Person], bool]:
    known: dict[str, Person] = {}
    cursor: str | None = None
    while len(known) < MOST_PLANNED_FOR:
        page, cursor = people.everybody(cursor)
        known |= {person.id: person for person in page}
        if cursor is None:
            return known, False
    return known, True
