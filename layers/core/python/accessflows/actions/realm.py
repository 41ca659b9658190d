"""Realm: what of the configuration a person looks after, by what counts at this moment."""

from typing import Protocol

from accessflows.model.configuration import CurrentSet, Entry, Section
from accessflows.model.person import Person, Role
from accessflows.model.refusal import NotYours
from accessflows.model.space import Space
from accessflows.rules.spaces import Realm


class SpaceReader(Protocol):
    """What is needed of the store of flows. Versions are read once, by key."""

    def current_set(self) -> CurrentSet: ...

    def entry(self, section: Section, entry_id: str, version: int) -> Entry: ...


def looks_after(store: SpaceReader, person: Person) -> bool:
    """Whether any of it is theirs. Nothing is read for admins."""
    try:
        realm_of(store, person)
    except NotYours:
        return False
    return True


def realm_of(store: SpaceReader, person: Person) -> Realm:
    """All of it for admins; for others the spaces that they own or manage. Raises NotYours."""
    if Role.ADMIN in person.roles:
        return Realm({}, whole=True)
    versions = store.current_set().open(Section.SPACES).items()
    entries = [store.entry(Section.SPACES, *version) for version in versions]
    spaces = [entry for entry in entries if isinstance(entry, Space)]
    realm = Realm.of(person.id, spaces)
    if not realm.roles:
        raise NotYours("only admins may do this; ask one of them, or to become one")
    return realm
