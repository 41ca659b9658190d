"""The organisation's configuration: as files and API say, and as the store holds it."""

import hashlib
from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Annotated, NamedTuple, Self

from pydantic import Field

from accessflows.model.account import AccountSettings
from accessflows.model.event import GENESIS, Event
from accessflows.model.flow import AccessFlow, ResourceAccess
from accessflows.model.integration import Integration
from accessflows.model.on_call import OnCallSchedule, OnCallSource
from accessflows.model.person import DirectoryGroup, Membership, Person
from accessflows.model.space import Space
from accessflows.model.target import AccessScope, Bundle
from accessflows.model.value import Count, Flag, Identifier, Value, digest

Path = tuple[str | int, ...]
Entry = AccessFlow | Integration | Bundle | AccessScope | OnCallSchedule | Space | ResourceAccess


def spell(path: Path) -> str:
    """`flows[2].targets[0].resources`"""
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return "".join(parts).removeprefix(".")


class Problem(NamedTuple):
    """What is wrong with a configuration; the path leads through it: ("flows", 2, "name")."""

    path: Path
    message: str


class Section(StrEnum):
    """The parts of the configuration whose entries have versions, by their fields' names."""

    INTEGRATIONS = "integrations"
    SPACES = "spaces"
    ACCESS_SCOPES = "access_scopes"
    BUNDLES = "bundles"
    ON_CALL_SCHEDULES = "on_call_schedules"
    FLOWS = "flows"
    RESOURCE_ACCESS = "resource_access"

    @property
    def noun(self) -> str:
        """What one of its entries is called, in subjects and sentences: `access_scope`."""
        return self.value if self is Section.RESOURCE_ACCESS else self.value.removesuffix("s")

    @property
    def words(self) -> str:
        """The same in a sentence: `access scope`."""
        return _WORDS.get(self, self.noun.replace("_", " "))

    def subject(self, entry_id: str) -> str:
        """Under which an entry's events stand: `flow:production-buckets`."""
        return f"{self.noun}:{entry_id}"


_WORDS = {
    Section.FLOWS: "access flow",
    Section.ON_CALL_SCHEDULES: "on-call schedule",
    Section.RESOURCE_ACCESS: "request setting",
}
MODELS: Mapping[Section, type[Entry]] = {
    Section.INTEGRATIONS: Integration,
    Section.SPACES: Space,
    Section.ACCESS_SCOPES: AccessScope,
    Section.BUNDLES: Bundle,
    Section.ON_CALL_SCHEDULES: OnCallSchedule,
    Section.FLOWS: AccessFlow,
    Section.RESOURCE_ACCESS: ResourceAccess,
}


class Configuration(Value):
    """Everything the files hold. People as written: `directory` adds what follows from groups."""

    flows: tuple[AccessFlow, ...] = ()
    integrations: tuple[Integration, ...] = ()
    people: tuple[Person, ...] = ()
    groups: tuple[DirectoryGroup, ...] = ()
    bundles: tuple[Bundle, ...] = ()
    access_scopes: tuple[AccessScope, ...] = ()
    on_call_schedules: tuple[OnCallSchedule, ...] = ()
    on_call_sources: tuple[OnCallSource, ...] = ()
    spaces: tuple[Space, ...] = ()
    resource_access: tuple[ResourceAccess, ...] = ()
    settings: AccountSettings = AccountSettings()

    def section(self, section: Section) -> tuple[Entry, ...]:
        entries: tuple[Entry, ...] = getattr(self, section)
        return entries

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


class Origin(StrEnum):
    """Where what counts was written. Only there is it changed."""

    FILES = "files"
    API = "api"


class Lineage(Value):
    """How far a subject has come: its last version, whether it is open, the head of its chain."""

    number: Annotated[Count, Field(ge=0)] = 0
    hash: str = GENESIS
    latest: Annotated[Count, Field(ge=0)] = 0
    is_open: Flag = False


class Step(NamedTuple):
    """One move of an entry: its lineage as it was read and as it will stand, and the event.

    content: the new version; none where the entry closes.
    """

    before: Lineage
    after: Lineage
    event: Event
    content: Entry | None = None


class Creation(Value):
    """An entry that somebody made under an idempotency key, so that it is made once.

    id: derived from who made it and the key. body_hash: of the entry as it was sent.
    version, event_number: what came of it; 0 until something did. change_id: where it was proposed.
    """

    id: str
    entry_id: Identifier
    body_hash: str
    version: Annotated[Count, Field(ge=0)] = 0
    event_number: Annotated[Count, Field(ge=0)] = 0
    change_id: str | None = None

    @classmethod
    def of(cls, actor: str, key: str | None, section: Section, entry: Entry) -> "Creation | None":
        """Without a key nothing is remembered."""
        if key is None:
            return None
        derived = hashlib.sha256(f"{actor}\n{section}\n{key}".encode()).hexdigest()[:32]
        return cls(id=derived, entry_id=entry.id, body_hash=digest(entry))


class PlacedIntegration(Value):
    """Which version of an integration counts, and whether flows may still name it."""

    version: Annotated[Count, Field(ge=1)]
    is_open: Flag = True


Versions = dict[Identifier, Annotated[Count, Field(ge=1)]]


class CurrentSet(Value):
    """What counts now: one version of all that is open, and of every integration there ever was,
    the account settings, and the services that know who is on call.

    generation: grows by one with each change of the set.
    number, hash: of the last event of `settings:account`.
    made_by_api: subjects of the open entries that are in no file.
    settings_number: of the event that last changed the settings.
    set_in_files: the settings that files write; the others are the API's.
    """

    generation: Annotated[Count, Field(ge=0)] = 0
    number: Annotated[Count, Field(ge=0)] = 0
    hash: str = GENESIS
    flows: Versions = Field(default_factory=dict)
    integrations: dict[Identifier, PlacedIntegration] = Field(default_factory=dict)
    spaces: Versions = Field(default_factory=dict)
    bundles: Versions = Field(default_factory=dict)
    access_scopes: Versions = Field(default_factory=dict)
    on_call_schedules: Versions = Field(default_factory=dict)
    resource_access: Versions = Field(default_factory=dict)
    on_call_sources: tuple[OnCallSource, ...] = ()
    made_by_api: frozenset[str] = frozenset()
    settings: AccountSettings = AccountSettings()
    settings_number: Annotated[Count, Field(ge=0)] = 0
    set_in_files: frozenset[str] = frozenset()

    def open(self, section: Section) -> dict[str, int]:
        """The versions of the section's open entries, by id."""
        if section is Section.INTEGRATIONS:
            return {name: it.version for name, it in self.integrations.items() if it.is_open}
        versions: dict[str, int] = getattr(self, section)
        return versions

    def origin(self, section: Section, entry_id: str) -> Origin:
        by_api = section.subject(entry_id) in self.made_by_api
        return Origin.API if by_api else Origin.FILES

    def moved(
        self,
        section: Section,
        *,
        opened: Mapping[str, int],
        closed: Collection[str],
        origin: Origin,
    ) -> Self:
        """The set with some entries of a section at other versions, and some closed."""
        touched = {section.subject(name) for name in (*opened, *closed)}
        made = {section.subject(name) for name in opened} if origin is Origin.API else set()
        return self.but(
            **{section: self._entries(section, opened, closed)},
            made_by_api=(self.made_by_api - touched) | made,
        )

    def _entries(
        self, section: Section, opened: Mapping[str, int], closed: Collection[str]
    ) -> Mapping[str, object]:
        """An integration that closed is kept: what was granted there must still be revoked."""
        if section is not Section.INTEGRATIONS:
            kept = {k: v for k, v in self.open(section).items() if k not in closed}
            return {**kept, **opened}
        return {
            **self.integrations,
            **{name: self.integrations[name].but(is_open=False) for name in closed},
            **{name: PlacedIntegration(version=version) for name, version in opened.items()},
        }
