"""Realm: what of the configuration a person looks after, by what counts at this moment."""

from accessflows.actions.standing import FlowReader
from accessflows.model.configuration import Section
from accessflows.model.person import Person, Role
from accessflows.model.refusal import NotYours
from accessflows.model.space import Space
from accessflows.rules.spaces import Realm


def realm_of(store: FlowReader, person: Person) -> Realm:
    """All of it for admins; for others the spaces that they own or manage. Raises NotYours."""
    if Role.ADMIN in person.roles:
        return Realm({}, whole=True)
    versions = store.current_set().open(Section.SPACES)
    spaces = [e for e in store.entries(Section.SPACES, versions) if isinstance(e, Space)]
    realm = Realm.of(person.id, spaces)
    if not realm.roles:
        raise NotYours("only admins may do this; ask one of them, or to become one")
    return realm
