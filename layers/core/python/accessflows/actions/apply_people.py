"""Apply people: the directory holds whom the configuration names, as it describes them."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Protocol

from accessflows.model.event import Event, EventKind
from accessflows.model.person import KnownPerson, Person
from accessflows.rules.chain import next_event

SOURCE = "configuration"


class PersonStore(Protocol):
    """What is needed of the directory; tests put crashes in between."""

    def of_source(self, source: str) -> Mapping[str, Person]: ...

    def known(self, person_id: str) -> KnownPerson: ...

    def commit(self, before: KnownPerson, person: Person, event: Event) -> None: ...

    def complete(self, known: KnownPerson) -> None:
        """Make the index hold what the person does, where an earlier run died in between."""


def apply_people(people: Iterable[Person], directory: PersonStore, now: datetime) -> int:
    """Write who changed, deactivate who is gone; answers how many. Deactivates first."""
    wanted = {person.id: person for person in people}
    gone = [
        person.but(active=False)
        for person_id, person in directory.of_source(SOURCE).items()
        if person_id not in wanted
    ]
    return sum(_put(person, directory, now) for person in (*gone, *wanted.values()))


def _put(person: Person, directory: PersonStore, now: datetime) -> bool:
    known = directory.known(person.id)
    if known.person == person:
        directory.complete(known)
        return False
    details = {"active": person.active, "content": _digest(person)}
    event = next_event(known, f"person:{person.id}", EventKind.PERSON_CHANGED, now, details=details)
    directory.commit(known, person, event)
    return True


def _digest(person: Person) -> str:
    """SHA-256 of the person as stored: the chain proves it without repeating it."""
    return hashlib.sha256(person.model_dump_json(exclude_none=True).encode()).hexdigest()
