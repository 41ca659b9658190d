"""Sessions in the directory's table: `session:{id}`, `SESSION`. Old rows are tidied away by TTL."""

from accessflows.model.session import Session
from accessflows.settings import Settings
from accessflows.stores.directory_rows import DirectoryRow
from accessflows.stores.transactions import write

_SORT = "SESSION"


class DynamoSessions:
    """Read by key and consistently: what was ended is ended at the next page."""

    def __init__(self, settings: Settings) -> None:
        DirectoryRow.Meta.table_name = settings.directory_table

    def session(self, session_id: str) -> Session | None:
        try:
            row = DirectoryRow.get(f"session:{session_id}", _SORT, consistent_read=True)
        except DirectoryRow.DoesNotExist:
            return None
        return Session.model_validate_json(row.document or "")

    def begin(self, session: Session) -> None:
        """Raises Lost where there is one of this id."""
        write(lambda: _row(session).save(condition=DirectoryRow.pk.does_not_exist()))

    def note_use(self, session: Session) -> None:
        """Raises Lost where it has been ended meanwhile."""
        write(lambda: _row(session).save(condition=DirectoryRow.pk.exists()))

    def end(self, session_id: str) -> None:
        DirectoryRow(f"session:{session_id}", _SORT).delete()


def _row(session: Session) -> DirectoryRow:
    return DirectoryRow(
        f"session:{session.id}",
        _SORT,
        document=session.model_dump_json(),
        expires_at=int(session.ends_at.timestamp()),
    )
