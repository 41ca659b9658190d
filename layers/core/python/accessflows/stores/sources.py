"""What identity sources keep in the directory, beside the people it is about.

pk                sk                                     besides
source:{source}   USER#{id}, GROUP#{id}                  the entry; its version as number
source:{source}   KEY#{kind}#{attribute}#{value} US {id}   found by; user names without the id
source:{source}   MEMBER#{group}#{person}                state, display; index by_value until held

An entry changes in one transaction with the person or group it describes. Places in groups are
first marked, in any number, and then settled one by one, each in one transaction with the record
it is about: whatever dies in between is found by its mark."""

from collections.abc import Callable, Iterable, Iterator

from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from accessflows.model.event import Event
from accessflows.model.person import Given, KnownGroup, KnownPerson, NamedGroup, PersonRecord
from accessflows.model.source_entry import (
    EntryChange,
    EntryKind,
    Place,
    Placed,
    PlaceState,
    SourceEntry,
)
from accessflows.stores.directory import DynamoDirectory
from accessflows.stores.directory_rows import DirectoryRow
from accessflows.stores.transactions import transact

_UNSETTLED = ":unsettled"
_US = "\x1f"
# Attributes of which only one entry may have a value.
UNIQUE = frozenset({"user_name"})


class DynamoSources(DynamoDirectory):
    """The directory, and what sources keep in it."""

    def entry(self, source: str, kind: EntryKind, entry_id: str) -> SourceEntry | None:
        return next(iter(self.entries(source, kind, [entry_id])), None)

    def entries(
        self, source: str, kind: EntryKind, entry_ids: Iterable[str]
    ) -> tuple[SourceEntry, ...]:
        """Those of these that exist, in the order asked."""
        wanted = list(dict.fromkeys(entry_ids))
        keys = [(_pk(source), _entry_sk(kind, entry_id)) for entry_id in wanted]
        rows = DirectoryRow.batch_get(keys, consistent_read=True) if keys else ()
        found = {entry.id: entry for entry in map(_entry, rows)}
        return tuple(found[entry_id] for entry_id in wanted if entry_id in found)

    def every(self, source: str, kind: EntryKind) -> Iterator[SourceEntry]:
        """All entries of a kind, by id in order, page by page."""
        prefix = DirectoryRow.sk.startswith(f"{kind.upper()}#")
        yield from map(_entry, DirectoryRow.query(_pk(source), prefix, consistent_read=True))

    def found(self, source: str, kind: EntryKind, attribute: str, value: str) -> list[str]:
        """The ids of the entries that hold a value, one of their keys."""
        at = f"KEY#{kind}#{attribute}#{value}"
        if attribute in UNIQUE:
            rows: Iterable[DirectoryRow] = DirectoryRow.batch_get(
                [(_pk(source), at)], consistent_read=True
            )
        else:
            held = DirectoryRow.sk.startswith(at + _US)
            rows = DirectoryRow.query(_pk(source), held, consistent_read=True)
        return [row.person_id or "" for row in rows]

    def listed(self, source: str, kind: EntryKind, attribute: str) -> list[str]:
        """The ids of all entries in order of an attribute that each has, from its small rows."""
        prefix = DirectoryRow.sk.startswith(f"KEY#{kind}#{attribute}#")
        rows = DirectoryRow.query(_pk(source), prefix, consistent_read=True)
        return [row.person_id or "" for row in rows]

    def put_user(
        self,
        change: EntryChange,
        known: KnownPerson,
        record: PersonRecord,
        event: Event | None,
        given: Given,
    ) -> None:
        """Write a user with their person; without an event the person stays as they are.

        Raises Lost where either changed meanwhile, or a user name or an address was taken.
        """
        if event is None:
            self._write(change)
        else:
            self.commit(known, record, event, given=given, beside=_filling(change))

    def put_source_group(
        self, change: EntryChange, known: KnownGroup, group: NamedGroup | None, event: Event | None
    ) -> None:
        """The same for a group."""
        if event is None:
            self._write(change)
        else:
            self.commit_group(known, group, event, beside=_filling(change))

    def places(self, source: str, group_id: str) -> dict[str, Placed]:
        """Whoever is, should be or should no longer be in a group, by person id."""
        prefix = DirectoryRow.sk.startswith(f"MEMBER#{group_id}#")
        rows = DirectoryRow.query(_pk(source), prefix, consistent_read=True)
        return {
            row.sk.rpartition("#")[2]: Placed(PlaceState(row.state or ""), row.display)
            for row in rows
        }

    def mark(self, places: Iterable[Place], state: PlaceState) -> None:
        """Say what these places should be. They are settled afterwards."""
        with DirectoryRow.batch_write() as writing:
            for place in places:
                writing.save(_place_row(place, state))

    def forget(self, places: Iterable[Place]) -> None:
        with DirectoryRow.batch_write() as writing:
            for place in places:
                writing.delete(_place_row(place, PlaceState.UNWANTED))

    def place_state(self, place: Place) -> PlaceState | None:
        row = _place_row(place, PlaceState.HELD)
        rows = DirectoryRow.batch_get([(row.pk, row.sk)], consistent_read=True)
        return next((PlaceState(found.state or "") for found in rows), None)

    def settle(
        self,
        place: Place,
        state: PlaceState,
        known: KnownPerson,
        record: PersonRecord,
        event: Event | None,
    ) -> None:
        """Write a record that follows its mark, and the mark off. Raises Lost.

        event: none where the record does so already.
        """

        def fill(transaction: TransactWrite) -> None:
            unchanged = DirectoryRow.state == state.value
            if state is PlaceState.WANTED:
                off: list[Action] = [
                    DirectoryRow.state.set(PlaceState.HELD.value),
                    DirectoryRow.attribute.remove(),
                    DirectoryRow.held.remove(),
                ]
                transaction.update(_place_row(place, state), off, condition=unchanged)
            else:
                transaction.delete(_place_row(place, state), condition=unchanged)

        if event is None:
            transact(fill)
        else:
            self.commit(known, record, event, beside=fill)

    def unsettled(self) -> Iterator[Place]:
        """Places whose records do not follow them yet. By index: may lag."""
        for row in DirectoryRow.by_value.query(_UNSETTLED):
            _, group_id, person_id = row.sk.split("#")
            yield Place(row.pk.removeprefix("source:"), group_id, person_id)

    @staticmethod
    def _write(change: EntryChange) -> None:
        transact(_filling(change))


def _pk(source: str) -> str:
    return f"source:{source}"


def _entry_sk(kind: EntryKind, entry_id: str) -> str:
    return f"{kind.upper()}#{entry_id}"


def _entry(row: DirectoryRow) -> SourceEntry:
    return SourceEntry.model_validate_json(row.document or "")


def _key_rows(entry: SourceEntry | None) -> dict[str, DirectoryRow]:
    rows: dict[str, DirectoryRow] = {}
    if entry is None:
        return rows
    for attribute, values in entry.found_by.items():
        for value in values:
            end = "" if attribute in UNIQUE else f"{_US}{entry.id}"
            sk = f"KEY#{entry.kind}#{attribute}#{value}{end}"
            rows[sk] = DirectoryRow(_pk(entry.source), sk, person_id=entry.id)
    return rows


def _filling(change: EntryChange) -> Callable[[TransactWrite], None]:
    """What brings the rows from the entry as it was to the entry as it will be."""

    def fill(transaction: TransactWrite) -> None:
        before, after = change
        old, new = _key_rows(before), _key_rows(after)
        unchanged = (
            DirectoryRow.number == before.version if before else DirectoryRow.pk.does_not_exist()
        )
        either = after or before
        assert either is not None  # noqa: S101
        row = DirectoryRow(_pk(either.source), _entry_sk(either.kind, either.id))
        if after:
            row.document, row.number = after.model_dump_json(), after.version
            transaction.save(row, condition=unchanged)
        else:
            transaction.delete(row, condition=unchanged)
        for sk in old.keys() - new.keys():
            transaction.delete(old[sk])
        for sk in new.keys() - old.keys():
            transaction.save(new[sk], condition=DirectoryRow.pk.does_not_exist())

    return fill


def _place_row(place: Place, state: PlaceState) -> DirectoryRow:
    row = DirectoryRow(
        _pk(place.source),
        f"MEMBER#{place.group_id}#{place.person_id}",
        state=state.value,
        display=place.display,
    )
    if state is not PlaceState.HELD:
        row.attribute = _UNSETTLED
        row.held = f"{place.source}#{place.group_id}{_US}{place.person_id}"
    return row
