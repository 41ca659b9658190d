"""Second factors in the directory's table, beside the people whose they are.

They stand under keys of their own, so that whoever reads a person never reads their secret, not
even sealed."""

from pynamodb.transactions import TransactWrite

from accessflows.model.event import GENESIS, Event
from accessflows.model.person import KnownPerson, PersonRecord
from accessflows.model.refusal import NotFound
from accessflows.model.second_factor import SecondFactor
from accessflows.ports import Happened
from accessflows.rules.chain import next_event
from accessflows.settings import Settings
from accessflows.stores.directory_rows import DirectoryRow, chained_row, still
from accessflows.stores.requests import RequestRow, event_row
from accessflows.stores.transactions import transact, write

_MFA = "MFA"


class DynamoSecondFactors:
    """Implements ports.SecondFactors."""

    def __init__(self, settings: Settings) -> None:
        DirectoryRow.Meta.table_name = settings.directory_table
        RequestRow.Meta.table_name = settings.requests_table

    def get(self, person_id: str) -> SecondFactor:
        try:
            row = DirectoryRow.get(_pk(person_id), _MFA, consistent_read=True)
        except DirectoryRow.DoesNotExist:
            return SecondFactor(person_id=person_id)
        return SecondFactor.model_validate_json(row.document or "")

    def put(
        self, before: SecondFactor, after: SecondFactor, happened: Happened | None = None
    ) -> None:
        row = DirectoryRow(
            _pk(after.person_id),
            _MFA,
            document=after.model_dump_json(exclude_none=True),
            number=after.version,
        )
        unchanged = still(before.version)
        if happened is None:
            write(lambda: row.save(condition=unchanged))
            return
        person, event = _chained(after.person_id, happened)

        def fill(transaction: TransactWrite) -> None:
            transaction.save(row, condition=unchanged)
            transaction.save(person, condition=still(event.number - 1))
            transaction.save(event_row(event), condition=RequestRow.pk.does_not_exist())

        transact(fill)


def _chained(person_id: str, happened: Happened) -> tuple[DirectoryRow, Event]:
    """The person's row with the event as its new head, and the event."""
    pk = f"person:{person_id}"
    try:
        row = DirectoryRow.get(pk, "PERSON", consistent_read=True)
    except DirectoryRow.DoesNotExist:
        raise NotFound(f"there is no person {person_id}") from None
    record = PersonRecord.model_validate_json(row.document or "")
    known = KnownPerson(record, int(row.number or 0), row.hash or GENESIS, frozenset())
    event = next_event(
        known,
        pk,
        happened.kind,
        happened.at,
        actor=happened.actor,
        details=happened.details,
    )
    return chained_row(pk, "PERSON", record, event), event


def _pk(person_id: str) -> str:
    return f"mfa:{person_id}"
