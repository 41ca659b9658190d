"""The organisation's configuration: as its files say, and as the store holds it."""

from typing import Annotated, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from accessflows.model.account import AccountSettings
from accessflows.model.event import GENESIS
from accessflows.model.flow import AccessFlow, ResourceAccess
from accessflows.model.integration import Integration
from accessflows.model.person import DirectoryGroup, Membership, Person
from accessflows.model.target import AccessScope, Bundle
from accessflows.model.value import Count, Flag, Identifier, Value

Path = tuple[str | int, ...]


class Problem(NamedTuple):
    """What is wrong with a configuration; the path leads through it: ("flows", 2, "name")."""

    path: Path
    message: str


class AnyFields(BaseModel):
    """An entry of a section that has no schema yet."""

    model_config = ConfigDict(frozen=True, extra="allow")


class Configuration(Value):
    """Everything the files hold. People as written: `directory` adds what follows from groups."""

    flows: tuple[AccessFlow, ...] = ()
    integrations: tuple[Integration, ...] = ()
    people: tuple[Person, ...] = ()
    groups: tuple[DirectoryGroup, ...] = ()
    bundles: tuple[Bundle, ...] = ()
    access_scopes: tuple[AccessScope, ...] = ()
    spaces: tuple[AnyFields, ...] = ()
    resource_access: tuple[ResourceAccess, ...] = ()
    settings: AccountSettings = AccountSettings()

    def directory(self) -> tuple[Person, ...]:
        """The people with their groups and their manager's addresses, by id in order."""
        by_id = {person.id: person for person in self.people}
        memberships: dict[str, list[Membership]] = {}
        for group in sorted(self.groups, key=lambda group: group.id):
            for member in group.members:
                membership = Membership(id=group.id, name=group.name)
                memberships.setdefault(member, []).append(membership)
        return tuple(
            person.but(
                groups=tuple(memberships.get(person.id, ())),
                manager_emails=by_id[person.manager].emails if person.manager else (),
            )
            for person in sorted(self.people, key=lambda person: person.id)
        )


class Lineage(Value):
    """How far a subject has come: its last version, whether it is open, the head of its chain."""

    number: Annotated[Count, Field(ge=0)] = 0
    hash: str = GENESIS
    latest: Annotated[Count, Field(ge=0)] = 0
    is_open: Flag = False


class PlacedIntegration(Value):
    """Which version of an integration counts, and whether flows may still name it."""

    version: Annotated[Count, Field(ge=1)]
    is_open: Flag = True


class CurrentSet(Value):
    """What counts now: one version of all that is open, and of every integration there ever was,
    and the account settings.

    generation: grows by one with each change of the set.
    number, hash: of the last event of `settings:account`.
    """

    generation: Annotated[Count, Field(ge=0)] = 0
    number: Annotated[Count, Field(ge=0)] = 0
    hash: str = GENESIS
    flows: dict[Identifier, Annotated[Count, Field(ge=1)]] = Field(default_factory=dict)
    integrations: dict[Identifier, PlacedIntegration] = Field(default_factory=dict)
    bundles: dict[Identifier, Annotated[Count, Field(ge=1)]] = Field(default_factory=dict)
    access_scopes: dict[Identifier, Annotated[Count, Field(ge=1)]] = Field(default_factory=dict)
    settings: AccountSettings = AccountSettings()
