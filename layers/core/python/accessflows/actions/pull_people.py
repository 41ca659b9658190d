"""Pull people: a source that pushes nothing is listed whole, and the directory follows it.

Everything is listed before anything is changed. A listing that has lost much may be a partial one:
what would go is held back where it is more than a tenth, and more than ten, until an admin says
how many may go."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import NamedTuple, Protocol

from accessflows.actions import source_groups, source_users
from accessflows.model.source_entry import (
    DISPLAY_NAME,
    EXTERNAL_ID,
    EntryKind,
    SourceEntry,
    SourceGroup,
    SourceUser,
)

_FEW = 10
_SHARE = 10


class Listing(Protocol):
    """What a source says there is, whole, or it raises."""

    def users(self) -> Iterable[SourceUser]: ...

    def groups(self) -> Iterable[SourceGroup]: ...


class PulledStore(source_users.UserStore, source_groups.GroupStore, Protocol):
    """What is needed of the directory besides."""

    def every(self, source: str, kind: EntryKind) -> Iterator[SourceEntry]: ...


class Pulled(NamedTuple):
    """What a run changed, and what it held back since too much would have gone."""

    written: int
    removed: int
    held_back: int


class Puller(NamedTuple):
    """One source's run. may_remove: how many an admin lets go, where that is more than usual."""

    store: PulledStore
    source: str
    may_remove: int
    clock: Callable[[], datetime]
    settle_until: datetime
    new_id: Callable[[], str]


def pull_people(puller: Puller, listing: Listing) -> Pulled:
    """Make the directory follow the source. Run twice, it changes nothing the second time."""
    users, groups = list(listing.users()), list(listing.groups())
    known_users, known_groups = (_known(puller, kind) for kind in EntryKind)
    written = sum(_put_user(puller, known_users, user) for user in users)
    ids = {name: entry.id for name, entry in _known(puller, EntryKind.USER).items()}
    removed, held_back = 0, 0
    for group in groups:
        wrote, kept = _put_group(puller, known_groups.get(group.external_id), group, ids)
        written, held_back = written + wrote, held_back + kept
    there = {user.found_by[EXTERNAL_ID][0] for user in users}
    for kind, known, listed in (
        (EntryKind.USER, known_users, there),
        (EntryKind.GROUP, known_groups, {group.external_id for group in groups}),
    ):
        gone = [entry for name, entry in sorted(known.items()) if name not in listed]
        if _too_many(puller, len(gone), len(known)):
            held_back += len(gone)
            continue
        for entry in gone:
            _remove(puller, kind, entry)
        removed += len(gone)
    return Pulled(written, removed, held_back)


def _known(puller: Puller, kind: EntryKind) -> Mapping[str, SourceEntry]:
    """The entries by the source's own ids."""
    entries = puller.store.every(puller.source, kind)
    return {entry.found_by[EXTERNAL_ID][0]: entry for entry in entries}


def _put_user(puller: Puller, known: Mapping[str, SourceEntry], user: SourceUser) -> bool:
    entry = known.get(user.found_by[EXTERNAL_ID][0])
    if entry is None:
        source_users.create_user(puller.store, puller.source, user, puller.clock(), puller.new_id)
        return True
    if entry.document == user.document:
        return False
    source_users.replace_user(puller.store, puller.source, entry.id, user, puller.clock())
    return True


def _put_group(
    puller: Puller, before: SourceEntry | None, group: SourceGroup, ids: Mapping[str, str]
) -> tuple[bool, int]:
    """Whether it was written, and how many members were kept since too many would have gone."""
    now = puller.clock()
    there: Collection[str] = (
        source_groups.members(puller.store, puller.source, before.id) if before else ()
    )
    wanted = {ids[member] for member in group.members if member in ids}
    gone = set(there) - wanted
    kept = gone if _too_many(puller, len(gone), len(there)) else set()
    wanted |= kept
    if before and before.document == group.document and wanted == set(there):
        return False, len(kept)
    after = SourceEntry(
        source=puller.source,
        kind=EntryKind.GROUP,
        id=before.id if before else puller.new_id().lower(),
        version=before.version + 1 if before else 1,
        created_at=before.created_at if before else now,
        changed_at=now,
        document=group.document,
        found_by={DISPLAY_NAME: (group.name.casefold(),), EXTERNAL_ID: (group.external_id,)},
    )
    source_groups.put_source_group(
        puller.store,
        before,
        after,
        group.name,
        dict.fromkeys(sorted(wanted)),
        puller.clock,
        puller.settle_until,
    )
    return True, len(kept)


def _too_many(puller: Puller, gone: int, there: int) -> bool:
    return gone > max(_FEW, there // _SHARE, puller.may_remove)


def _remove(puller: Puller, kind: EntryKind, entry: SourceEntry) -> None:
    if kind is EntryKind.USER:
        source_users.delete_user(puller.store, puller.source, entry.id, puller.clock())
    else:
        source_groups.delete_source_group(
            puller.store, puller.source, entry.id, puller.clock, puller.settle_until
        )
