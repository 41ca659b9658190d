"""Delegations in the table of the directory, under both people; which of them run, by index.

pk                  sk                        besides
person:{delegator}  DELEGATION#{until}#{id}   index by_value while it lasts: :delegate ->
                                              {until} US {starts} US {delegate}
person:{delegate}   STANDS_IN#{until}#{id}    the same document

`until` is the end as it was named: one that is ended before its time keeps its keys."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime

from pynamodb.transactions import TransactWrite

from accessflows.model.delegation import Delegation
from accessflows.model.event import Event
from accessflows.model.person import KnownPerson
from accessflows.settings import Settings
from accessflows.stores.directory_rows import (
    UNIT_SEPARATOR,
    ByValue,
    DirectoryRow,
    chained_row,
    still,
)
from accessflows.stores.requests import RequestRow, event_row
from accessflows.stores.transactions import transact

_GIVEN = "DELEGATION"
_TAKEN = "STANDS_IN"
# An attribute of the product's own; configuration allows none with a colon.
_DELEGATE = ":delegate"


class DynamoDelegations:
    """Delegations in DynamoDB. Reads by person are consistent."""

    def __init__(self, settings: Settings) -> None:
        DirectoryRow.Meta.table_name = settings.directory_table
        RequestRow.Meta.table_name = settings.requests_table

    def given(self, person_id: str, now: datetime) -> tuple[Delegation, ...]:
        """By the person, not over, the next to end first."""
        return _not_over(person_id, _GIVEN, now)

    def taken(self, person_id: str, now: datetime) -> tuple[Delegation, ...]:
        """To the person, not over, the next to end first."""
        return _not_over(person_id, _TAKEN, now)

    def running(self, now: datetime) -> Mapping[str, tuple[str, ...]]:
        """The delegates of everybody who has some at that instant. By index: may lag."""
        found: dict[str, set[str]] = defaultdict(set)
        for row in DirectoryRow.by_value.query(_DELEGATE, ByValue.held > _instant(now) + "~"):
            _, starts, delegate = (row.held or "").split(UNIT_SEPARATOR)
            if starts <= _instant(now):
                found[row.pk.removeprefix("person:")].add(delegate)
        return {delegator: tuple(sorted(found[delegator])) for delegator in sorted(found)}

    def put(self, delegator: KnownPerson, delegation: Delegation, event: Event) -> None:
        """Write a delegation with its event. Raises Lost unless the delegator is as given."""
        pk = f"person:{delegation.delegator_id}"

        def fill(transaction: TransactWrite) -> None:
            person_row = chained_row(pk, "PERSON", delegator.record, event)
            transaction.save(person_row, condition=still(delegator.number))
            transaction.save(_given_row(pk, delegation))
            transaction.save(_row(f"person:{delegation.delegate_id}", _TAKEN, delegation))
            transaction.save(event_row(event), condition=RequestRow.pk.does_not_exist())

        transact(fill)


def _not_over(person_id: str, kind: str, now: datetime) -> tuple[Delegation, ...]:
    # `~` sorts behind the separator: an end is exclusive.
    lasting = DirectoryRow.sk.between(f"{kind}#{_instant(now)}~", f"{kind}#~")
    rows = DirectoryRow.query(f"person:{person_id}", lasting, consistent_read=True)
    found = (Delegation.model_validate_json(row.document or "") for row in rows)
    return tuple(one for one in found if not one.is_over(now))


def _given_row(pk: str, delegation: Delegation) -> DirectoryRow:
    row = _row(pk, _GIVEN, delegation)
    if delegation.ended_at is None:
        until, starts = _instant(delegation.ends_at), _instant(delegation.starts_at)
        row.attribute = _DELEGATE
        row.held = UNIT_SEPARATOR.join((until, starts, delegation.delegate_id))
    return row


def _row(pk: str, kind: str, delegation: Delegation) -> DirectoryRow:
    document = delegation.model_dump_json(by_alias=True, exclude_none=True)
    sk = f"{kind}#{_instant(delegation.ends_at)}#{delegation.id}"
    return DirectoryRow(pk, sk, document=document)


def _instant(at: datetime) -> str:
    """Always as long, so that text sorts as time does."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")
