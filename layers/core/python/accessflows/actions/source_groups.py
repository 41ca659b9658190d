"""Groups of an identity source, and who is in them.

A change of members is first marked, in whatever number, and then settled person by person: a
record follows its mark in one transaction with its event. What a call has no time for, or dies
before, the next run of `settle_groups` does."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import Protocol

from accessflows.actions.contend import decide_anew
from accessflows.actions.put_person import group_changed, person_changed
from accessflows.model.event import Event
from accessflows.model.person import KnownGroup, KnownPerson, NamedGroup, PersonRecord
from accessflows.model.refusal import BadInput, ChangedMeanwhile, NotFound
from accessflows.model.source_entry import (
    EntryChange,
    EntryKind,
    Place,
    Placed,
    PlaceState,
    SourceEntry,
)
from accessflows.ports import Lost


class GroupStore(Protocol):
    """What is needed of the directory."""

    def entry(self, source: str, kind: EntryKind, entry_id: str) -> SourceEntry | None: ...

    def entries(
        self, source: str, kind: EntryKind, entry_ids: Iterable[str]
    ) -> tuple[SourceEntry, ...]: ...

    def known(self, person_id: str) -> KnownPerson: ...

    def known_group(self, group_id: str) -> KnownGroup: ...

    def put_source_group(
        self, change: EntryChange, known: KnownGroup, group: NamedGroup | None, event: Event | None
    ) -> None: ...

    def places(self, source: str, group_id: str) -> Mapping[str, Placed]: ...

    def place_state(self, place: Place) -> PlaceState | None: ...

    def mark(self, places: Iterable[Place], state: PlaceState) -> None: ...

    def forget(self, places: Iterable[Place]) -> None: ...

    def settle(
        self,
        place: Place,
        state: PlaceState,
        known: KnownPerson,
        record: PersonRecord,
        event: Event | None,
    ) -> None: ...

    def unsettled(self) -> Iterator[Place]: ...


def members(store: GroupStore, source: str, group_id: str) -> Mapping[str, str | None]:
    """Whomever the source has put there, by id in order, with how it writes their names."""
    places = sorted(store.places(source, group_id).items())
    return {
        person_id: placed.display
        for person_id, placed in places
        if placed.state is not PlaceState.UNWANTED
    }


def put_source_group(
    store: GroupStore,
    before: SourceEntry | None,
    after: SourceEntry,
    name: str,
    wanted: Mapping[str, str | None],
    clock: Callable[[], datetime],
    settle_until: datetime,
) -> None:
    """Write a group as its source does, with these members: id -> how their name is written.

    Raises BadInput for a member who is no user of the source, ChangedMeanwhile.
    """
    there = members(store, after.source, after.id)
    _refuse_unknown(store, after.source, wanted.keys() - there.keys())
    _put(store, EntryChange(before, after), NamedGroup(id=after.id, name=name, source=after.source))
    joins = [
        Place(after.source, after.id, person_id, display)
        for person_id, display in sorted(wanted.items())
        if person_id not in there or there[person_id] != display
    ]
    gone = sorted(there.keys() - wanted.keys())
    leaves = [Place(after.source, after.id, person_id) for person_id in gone]
    store.mark(joins, PlaceState.WANTED)
    store.mark(leaves, PlaceState.UNWANTED)
    settle(store, (*leaves, *joins), clock, settle_until)


def delete_source_group(
    store: GroupStore,
    source: str,
    group_id: str,
    clock: Callable[[], datetime],
    settle_until: datetime,
    version: int | None = None,
) -> None:
    """Nobody is in it from now on; that their records say so too is tidied up afterwards.

    Raises NotFound, ChangedMeanwhile.
    """
    before = store.entry(source, EntryKind.GROUP, group_id)
    if before is None:
        raise NotFound(f"there is no group {group_id}")
    if version is not None and before.version != version:
        raise ChangedMeanwhile(f"group {group_id} has changed: read it again")
    leaves = [Place(source, group_id, person) for person in store.places(source, group_id)]
    store.mark(leaves, PlaceState.UNWANTED)
    known = store.known_group(group_id)
    event = group_changed(known, group_id, None, clock()) if known.group else None
    store.put_source_group(EntryChange(before, None), known, None, event)
    settle(store, leaves, clock, settle_until)


def settle(
    store: GroupStore,
    places: Iterable[Place],
    clock: Callable[[], datetime],
    until: datetime,
) -> int:
    """Let records follow their marks, as far as time allows; answers how many did."""
    settled = 0
    for place in places:
        if clock() >= until:
            break
        try:
            decide_anew(partial(_settle, store, place, clock()))
        except Lost:
            continue  # keeps its mark, and must not keep the others waiting
        settled += 1
    return settled


def _settle(store: GroupStore, place: Place, now: datetime) -> None:
    state = store.place_state(place)
    if state is None or state is PlaceState.HELD:
        return
    known = store.known(place.person_id)
    profile = known.record.profiles.get(place.source) if known.record else None
    if known.record is None or profile is None or _left(store, place):
        store.forget([place])
        return
    groups = set(profile.groups) - {place.group_id}
    if state is PlaceState.WANTED:
        groups.add(place.group_id)
    follows = profile.but(groups=tuple(sorted(groups)))
    record = known.record.but(profiles={**known.record.profiles, place.source: follows})
    event = None if record == known.record else person_changed(known, record, now)
    store.settle(place, state, known, record, event)


def _left(store: GroupStore, place: Place) -> bool:
    return store.entry(place.source, EntryKind.USER, place.person_id) is None


def _put(store: GroupStore, change: EntryChange, group: NamedGroup) -> None:
    known = store.known_group(group.id)
    at = change.after.changed_at if change.after else None
    assert at is not None  # noqa: S101
    event = None if known.group == group else group_changed(known, group.id, group, at)
    try:
        store.put_source_group(change, known, group, event)
    except Lost:
        raise ChangedMeanwhile(
            f"group {group.id} has changed: read it again and change that"
        ) from None


def _refuse_unknown(store: GroupStore, source: str, person_ids: set[str]) -> None:
    there = {entry.id for entry in store.entries(source, EntryKind.USER, person_ids)}
    for unknown in sorted(person_ids - there)[:1]:
        raise BadInput(f"member {unknown!r} is no user of this source: create the user first")
