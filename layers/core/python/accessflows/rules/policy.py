"""Policy: what a whole configuration means for everybody.

Pure. Who may use a flow is worked out for all people at once, and agrees with what `eligibility`
says of each pair of a requester and a grantee."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from functools import cache

from accessflows.model.condition import Group
from accessflows.model.configuration import Configuration
from accessflows.model.flow import FALLBACK_FLOW_ID, AccessFlow, Scope
from accessflows.model.on_call import OnCallSchedule
from accessflows.model.person import Person
from accessflows.model.roll import ON_CALL, Roll, Shift
from accessflows.model.target import Catalogue, Resource
from accessflows.rules.approvers import asked_groups
from accessflows.rules.conditions import holds
from accessflows.rules.fallback import FALLBACK_FLOW
from accessflows.rules.on_call import everybody, people_on_call
from accessflows.rules.openings import ANYWHERE, Opening, Place, concrete, openings, within
from accessflows.rules.population import NOBODY, People, Population, is_one
from accessflows.rules.resource_access import with_compiled
from accessflows.rules.targets import take_in


class Part(StrEnum):
    """What a person may have to do with a flow."""

    FOR_ONESELF = "for oneself"
    FOR_OTHERS = "for others"
    BY_OTHERS = "by others"
    STANDING = "without a request"


class Policy:
    """A configuration, the people it counts for, and what follows for them.

    people: with their groups. order: of ids, one for every policy it is compared with.
    inventory: none where nobody knows what is there.
    """

    def __init__(
        self,
        configuration: Configuration,
        people: Iterable[Person],
        order: Sequence[str],
        inventory: Sequence[Resource] | None = None,
    ) -> None:
        self.configuration = with_compiled(configuration)
        self.population = Population(people, order, _rosters(self.configuration))
        self.inventory = inventory
        self.catalogue = Catalogue(
            bundles={each.id: each for each in configuration.bundles},
            access_scopes={each.id: each for each in configuration.access_scopes},
            integrations=frozenset(each.id for each in configuration.integrations),
        )
        built_in = (FALLBACK_FLOW,) if configuration.settings.fallback_flow else ()
        flows = (*sorted(self.configuration.flows, key=lambda flow: flow.id), *built_in)
        self.flows: Mapping[str, AccessFlow] = {flow.id: flow for flow in flows}
        self.reach: Mapping[str, Mapping[Part, People]] = {
            flow.id: _reach(flow, self.population) for flow in flows
        }
        self.written = cache(self._written)
        self.opened = cache(self._opened)
        self._places: dict[Place, list[str]] = defaultdict(list)

    def may_ask(self, flow_id: str) -> People:
        """Everybody who may use the flow, for whomever."""
        reach = self.reach[flow_id]
        return reach[Part.FOR_ONESELF] | reach[Part.FOR_OTHERS]

    def is_usable(self, flow_id: str) -> bool:
        return self.may_ask(flow_id) != NOBODY

    def opens(self, flow_id: str, part: Opening) -> bool:
        """Whether the flow, if it is there, opens all of a part."""
        flow = self.flows.get(flow_id)
        if flow is None:
            return False
        if part.resource is None:
            return within(part, self.written(flow_id))
        permission = part.place[2]
        return part.resource.integration in self.catalogue.integrations and take_in(
            flow.targets, part.resource, permission, self.catalogue
        )

    def through_any(self, what: Part, part: Opening, people: People) -> People:
        """Those of the people to whom some flow opens a part."""
        found = NOBODY
        for flow_id in self._at(part.place):
            fresh = self.reach[flow_id][what] & people & ~found
            if fresh and self.opens(flow_id, part):
                found |= fresh
        return found

    def approvers(self, flow_id: str) -> tuple[People, ...]:
        """The active people of each approver group and tier, relations counting for nobody."""
        groups = asked_groups(self.flows[flow_id])
        return tuple(self.population.meeting(group) & self.population.active for group in groups)

    def matching(self, group: Group) -> tuple[Person, ...]:
        """The active people who meet a group, at whatever time, by id in order."""
        return self.population.named(self.population.meeting(group) & self.population.active)

    def matching_at(self, group: Group, at: datetime) -> tuple[Person, ...]:
        """The active people who meet a group at an instant, as far as schedules of files tell."""
        people = self.matching(group)
        if not asks_who_is_on_call(group):
            return people
        return tuple(person for person in people if holds(group, self.at_work(person, at)))

    def at_work(self, person: Person, at: datetime) -> Person:
        """The person with the roll of an instant. Nobody here asks a service."""
        schedules = self.configuration.on_call_schedules
        return person.but(on_call=Roll(lambda: [_shift(each, at) for each in schedules]))

    def _at(self, place: Place) -> Iterable[str]:
        """The flows that might open something at a place; those by a query might anywhere."""
        if not self._places:
            for flow_id in self.flows:
                for at in {part.place for part in self.written(flow_id).values()}:
                    self._places[at].append(flow_id)
        return {*self._places[place], *self._places[ANYWHERE]}

    def _written(self, flow_id: str) -> Mapping[str, Opening]:
        """What a flow opens, as its targets say."""
        if flow_id == FALLBACK_FLOW_ID:
            left = (f"whatever no access flow covers in {i}" for i in self.catalogue.integrations)
            return {words: Opening(words) for words in sorted(left)}
        return {part.words: part for part in openings(self.flows[flow_id].targets, self.catalogue)}

    def _opened(self, flow_id: str) -> Mapping[str, Opening]:
        """What a flow opens: as the inventory has it, where there is one."""
        if self.inventory is None or flow_id == FALLBACK_FLOW_ID:
            return self.written(flow_id)
        there = (r for r in self.inventory if r.integration in self.catalogue.integrations)
        parts = concrete(self.flows[flow_id].targets, self.catalogue, there)
        return {part.words: part for part in parts}


def asks_who_is_on_call(group: Group) -> bool:
    return any(condition.attribute == ON_CALL for condition in group.conditions)


def _rosters(configuration: Configuration) -> Mapping[str, frozenset[str]]:
    return {
        word: everybody(schedule)
        for schedule in configuration.on_call_schedules
        for word in (schedule.id.casefold(), schedule.name.casefold())
    }


def _shift(schedule: OnCallSchedule, at: datetime) -> Shift:
    people = frozenset(person.casefold() for person in people_on_call(schedule, at))
    return Shift(schedule.id, schedule.name, people)


def _reach(flow: AccessFlow, population: Population) -> Mapping[Part, People]:
    askers = grantees = reported_to = reporting = NOBODY
    scopes = flow.request_for.scopes
    if flow.active and flow.requestors:
        askers = population.meeting(flow.requestors) & population.active
    if flow.request_for.grantees:
        grantees = population.meeting(flow.request_for.grantees) & population.active
    if Scope.DIRECT_REPORTS in scopes:
        reported_to, reporting = population.managers(askers), population.reports(askers)
    if flow.standing:
        return {**dict.fromkeys(Part, NOBODY), Part.STANDING: askers}
    return {
        Part.FOR_ONESELF: askers if Scope.SELF in scopes else NOBODY,
        Part.FOR_OTHERS: reported_to | _besides_themselves(askers, grantees),
        Part.BY_OTHERS: reporting | _besides_themselves(grantees, askers),
        Part.STANDING: NOBODY,
    }


def _besides_themselves(people: People, partners: People) -> People:
    """Those of the people who find a partner that they are not themselves."""
    if partners == NOBODY:
        return NOBODY
    return people & ~partners if is_one(partners) else people
