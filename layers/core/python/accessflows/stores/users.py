"""People as admins manage them: listed and looked up page by page, never by a scan.

pk      sk      besides
admins  ADMINS  number: how often an admin stopped being one by an admin's hand"""

from pynamodb.transactions import TransactWrite

from accessflows.model.event import Event
from accessflows.model.limits import PAGE_SIZE
from accessflows.model.person import Given, KnownPerson, NamedGroup, Person, PersonRecord
from accessflows.model.refusal import NotFound
from accessflows.stores.directory_rows import (
    GROUP_SOURCE,
    NAME,
    SOURCE,
    UNIT_SEPARATOR,
    ByValue,
    DirectoryRow,
    still,
)
from accessflows.stores.sources import DynamoSources


class DynamoUsers(DynamoSources):
    """The directory, listed."""

    def everybody(self, cursor: str | None) -> tuple[tuple[Person, ...], str | None]:
        """Everybody, source by source; who has several stands under the first of them."""
        held, more = _page(SOURCE, "", cursor)
        people = self.people({person_id for _, person_id in held})
        shown = [
            people[i] for source, i in held if i in people and source == min(people[i].by_source)
        ]
        return tuple(shown), more

    def called(self, text: str, cursor: str | None) -> tuple[tuple[Person, ...], str | None]:
        """Those of whose names a word, or an address, begins so. Each once a page."""
        held, more = _page(NAME, text.casefold(), cursor)
        people = self.people({person_id for _, person_id in held})
        ids = dict.fromkeys(i for _, i in held)
        return tuple(people[i] for i in ids if i in people), more

    def groups(self, cursor: str | None) -> tuple[tuple[NamedGroup, ...], str | None]:
        """All groups, source by source."""
        held, more = _page(GROUP_SOURCE, "", cursor)
        keys = [(f"group:{group_id}", "GROUP") for _, group_id in held]
        rows = DirectoryRow.batch_get(keys, consistent_read=True) if keys else ()
        groups = [NamedGroup.model_validate_json(row.document) for row in rows if row.document]
        return tuple(sorted(groups, key=lambda group: (group.source, group.id))), more

    def group(self, group_id: str) -> NamedGroup:
        """Raises NotFound."""
        rows = DirectoryRow.batch_get([(f"group:{group_id}", "GROUP")], consistent_read=True)
        for row in rows:
            if row.document:
                return NamedGroup.model_validate_json(row.document)
        raise NotFound(f"there is no group {group_id}")

    def admins_number(self) -> int:
        rows = DirectoryRow.batch_get([("admins", "ADMINS")], consistent_read=True)
        return next((int(row.number or 0) for row in rows), 0)

    def commit_user(
        self,
        before: KnownPerson,
        record: PersonRecord,
        event: Event,
        *,
        admins_number: int | None,
        given: Given,
    ) -> None:
        """Write a record. admins_number: as it was read, where an admin stops being one.

        Raises Lost where the person, who is admin or who has an address changed meanwhile.
        """

        def beside(transaction: TransactWrite) -> None:
            if admins_number is not None:
                row = DirectoryRow("admins", "ADMINS", number=admins_number + 1)
                transaction.save(row, condition=still(admins_number))

        self.commit(before, record, event, given=given, beside=beside)


def _page(
    attribute: str, begins: str, cursor: str | None
) -> tuple[list[tuple[str, str]], str | None]:
    """(value, holder) from the index, and where the next page begins."""
    first = begins if cursor is None else max(begins, cursor + UNIT_SEPARATOR)
    condition = ByValue.held.between(first or UNIT_SEPARATOR, begins + "\U0010ffff")
    rows = DirectoryRow.by_value.query(attribute, condition, limit=PAGE_SIZE + 1)
    found = [row.held or "" for row in rows]
    more = found[PAGE_SIZE - 1] if len(found) > PAGE_SIZE else None
    pairs = [held.rpartition(UNIT_SEPARATOR) for held in found[:PAGE_SIZE]]
    return [(value, holder) for value, _, holder in pairs], more
