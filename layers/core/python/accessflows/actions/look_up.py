"""Look up: the configuration as it counts now and as it came about, for admins."""

from typing import NamedTuple, Protocol

from accessflows.actions.standing import FlowReader
from accessflows.model.account import AccountSettings
from accessflows.model.configuration import Entry, Lineage, Origin, Section
from accessflows.model.event import Event
from accessflows.model.flow import AccessFlow, ResourceAccess
from accessflows.model.limits import PAGE_SIZE
from accessflows.model.refusal import BadInput, NotFound
from accessflows.model.target import Resource
from accessflows.rules.spaces import Realm


class VersionReader(FlowReader, Protocol):
    """What is needed of the store of flows."""

    def lineage(self, subject: str) -> Lineage: ...

    def entry(self, section: Section, entry_id: str, version: int) -> Entry: ...


class EventReader(Protocol):
    """What is needed of the record."""

    def event(self, subject: str, number: int) -> Event:
        """Raises NotFound."""

    def events_before(self, subject: str, number: int, limit: int) -> tuple[Event, ...]:
        """The latest of a subject's events whose number is smaller, the latest first."""


class Placed(NamedTuple):
    """An entry that counts. changed: the event that made this version; only where one is shown."""

    entry: Entry
    version: int
    origin: Origin
    changed: Event | None = None


class PlacedPage(NamedTuple):
    """Some entries, by id in order, and the cursor of what follows, if anything does."""

    entries: tuple[Placed, ...]
    cursor: str | None


class History(NamedTuple):
    """Some events of an entry, the latest first, and the cursor of the ones before."""

    events: tuple[Event, ...]
    cursor: str | None


class PlacedSettings(NamedTuple):
    """The account settings. version: grows with each change; 0 before the first one."""

    settings: AccountSettings
    version: int
    set_in_files: frozenset[str]


def entries(
    store: FlowReader, section: Section, cursor: str | None, realm: Realm, text: str = ""
) -> PlacedPage:
    """The open ones of a realm. cursor: the id of the last one of the page before.

    text: part of what they are called or labelled, in any letter case.
    """
    current = store.current_set()
    versions = current.open(section)
    if text or not realm.whole:
        every = store.entries(section, versions)
        seen = (entry for entry in every if realm.sees(entry) and _is_called(entry, text))
        versions = {entry.id: versions[entry.id] for entry in seen}
    beyond = [name for name in sorted(versions) if cursor is None or name > cursor]
    shown = {name: versions[name] for name in beyond[:PAGE_SIZE]}
    placed = (
        Placed(entry, versions[entry.id], current.origin(section, entry.id))
        for entry in store.entries(section, shown)
    )
    return PlacedPage(tuple(placed), beyond[PAGE_SIZE - 1] if len(beyond) > PAGE_SIZE else None)


def entry(
    store: VersionReader, record: EventReader, section: Section, entry_id: str, realm: Realm
) -> Placed:
    """An open one of a realm, with who changed it last. Raises NotFound."""
    current = store.current_set()
    version = current.open(section).get(entry_id)
    if version is None:
        raise no_such(section, entry_id)
    found = store.entry(section, entry_id, version)
    if not realm.sees(found):
        raise no_such(section, entry_id)
    return Placed(
        found,
        version,
        current.origin(section, entry_id),
        last_event(store, record, section.subject(entry_id)),
    )


def version_of(
    store: VersionReader, section: Section, entry_id: str, version: int, realm: Realm
) -> Entry:
    """What a version in a realm says, whether it still counts or not. Raises NotFound."""
    no_version = NotFound(f"there is no version {version} of {section.words} {entry_id!r}")
    if not 1 <= version <= store.lineage(section.subject(entry_id)).latest:
        raise no_version
    found = store.entry(section, entry_id, version)
    if not realm.sees(found):
        raise no_version
    return found


def history(
    store: VersionReader,
    record: EventReader,
    section: Section,
    entry_id: str,
    cursor: str | None,
    realm: Realm,
) -> History:
    """Who wrote or closed it when, also once it is closed; in a realm if its last version is.

    Raises NotFound.
    """
    subject = section.subject(entry_id)
    lineage = store.lineage(subject)
    head = lineage.number
    if not head or not realm.sees(store.entry(section, entry_id, lineage.latest)):
        raise no_such(section, entry_id)
    events = record.events_before(subject, _number(cursor, head + 1), PAGE_SIZE)
    earlier = events[-1].number if events else 1
    return History(events, str(earlier) if earlier > 1 else None)


def request_settings_of(
    store: FlowReader, resource: Resource
) -> list[tuple[ResourceAccess, Origin]]:
    """Those that speak of a resource, by id in order."""
    current = store.current_set()
    versions = current.open(Section.RESOURCE_ACCESS)
    at = (resource.integration, resource.resource_type, resource.name)
    return [
        (entry, current.origin(Section.RESOURCE_ACCESS, entry.id))
        for entry in store.entries(Section.RESOURCE_ACCESS, versions)
        if isinstance(entry, ResourceAccess) and entry.place == at
    ]


def settings(store: FlowReader) -> PlacedSettings:
    current = store.current_set()
    return PlacedSettings(current.settings, current.settings_number, current.set_in_files)


def last_event(store: VersionReader, record: EventReader, subject: str) -> Event:
    return record.event(subject, store.lineage(subject).number)


def no_such(section: Section, entry_id: str) -> NotFound:
    return NotFound(f"there is no open {section.words} {entry_id!r}")


def _is_called(entry: Entry, text: str) -> bool:
    labels = entry.settings.labels if isinstance(entry, AccessFlow) else ()
    return any(text.casefold() in word.casefold() for word in (entry.id, entry.name, *labels))


def _number(cursor: str | None, otherwise: int) -> int:
    if cursor is None:
        return otherwise
    if not cursor.isdecimal() or len(cursor) > 9:
        raise BadInput("this cursor is none that a list gave; begin without one", field="cursor")
    return int(cursor)
