"""Apply people: the directory holds whom the files name, as they describe them.

The files are one identity source among others: what another says of the same person stays."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Protocol

from accessflows.actions.contend import decide_anew
from accessflows.actions.put_person import PeopleStore, put_group, put_person
from accessflows.model.configuration import Configuration
from accessflows.model.person import (
    CONFIGURATION,
    DirectoryGroup,
    Given,
    HeldAddress,
    NamedGroup,
    Person,
    PersonRecord,
    Profile,
    Role,
)
from accessflows.model.refusal import BadInput
from accessflows.rules.people import vouched, without


class PersonStore(PeopleStore, Protocol):
    """What is needed of the directory besides."""

    def of_source(self, source: str) -> frozenset[str]: ...

    def groups_of_source(self, source: str) -> frozenset[str]: ...

    def address(self, email: str) -> HeldAddress: ...


def apply_people(configuration: Configuration, directory: PersonStore, now: datetime) -> int:
    """Write whom and what changed; answers how many. Who is gone leaves first.

    Raises BadInput where somebody new has the address of somebody whom another source brought.
    """
    places = _places(configuration.groups)
    wanted = {person.id: _profile(person, places) for person in configuration.people}
    written = 0
    for person_id in sorted(directory.of_source(CONFIGURATION) - wanted.keys()):
        written += _leave(person_id, directory, now)
    for group in configuration.groups:
        named = NamedGroup(id=group.id, name=group.name)
        written += put_group(directory, group.id, named, now)
    for person in sorted(configuration.people, key=lambda person: person.id):
        written += decide_anew(partial(_put, person, wanted[person.id], directory, now))
    there = {group.id for group in configuration.groups}
    for group_id in sorted(directory.groups_of_source(CONFIGURATION) - there):
        written += put_group(directory, group_id, None, now)
    return written


def _places(groups: tuple[DirectoryGroup, ...]) -> Mapping[str, list[str]]:
    """Person -> the groups they are in, by id in order."""
    places: dict[str, list[str]] = defaultdict(list)
    for group in sorted(groups, key=lambda group: group.id):
        for member in group.members:
            places[member].append(group.id)
    return places


def _profile(person: Person, places: Mapping[str, list[str]]) -> Profile:
    return Profile(
        name=person.name,
        emails=person.emails,
        active=person.active,
        manager=person.manager,
        groups=tuple(places.get(person.id, ())),
        attributes=person.attributes,
    )


def _leave(person_id: str, directory: PersonStore, now: datetime) -> bool:
    known = directory.known(person_id)
    if known.record is None or CONFIGURATION not in known.record.profiles:
        return False
    record = without(known.record, CONFIGURATION).but(roles=(Role.GRANTEE,))
    return put_person(directory, known, record, now)


def _put(person: Person, profile: Profile, directory: PersonStore, now: datetime) -> bool:
    known = directory.known(person.id)
    given = _free_addresses(person, directory) if known.record is None else {}
    before = known.record or PersonRecord(id=person.id, profiles={CONFIGURATION: profile})
    profiles = {**before.profiles, CONFIGURATION: profile}
    record = before.but(roles=person.roles, profiles=profiles)
    return put_person(directory, known, record, now, given)


def _free_addresses(person: Person, directory: PersonStore) -> Given:
    """The addresses of somebody new, each as it was found free."""
    given = {}
    for email in person.emails:
        held = directory.address(email)
        for other in held.records:
            if other.id != person.id and vouched(other, email):
                raise BadInput(
                    f"person {person.id}: {email} is the address of {other.id}, whom "
                    f"{' and '.join(sorted(other.profiles))} brought: write `id: {other.id}` to "
                    "speak of the same person"
                )
        given[email.casefold()] = held.given
    return given
