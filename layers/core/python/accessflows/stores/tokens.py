"""Tokens of programs, in the directory's table.

pk           sk      besides
token:{id}   TOKEN   the token; number and hash of its chain
                     index by_value: :token -> {holder} US {id}
token:{id}   USED    about when it was used last, as state"""

from collections.abc import Collection
from datetime import datetime

from pynamodb.transactions import TransactWrite

from accessflows.model.configuration import Lineage
from accessflows.model.event import GENESIS, Event
from accessflows.model.limits import PAGE_SIZE
from accessflows.model.token import KnownToken, Token
from accessflows.settings import Settings
from accessflows.stores.directory_rows import (
    UNIT_SEPARATOR,
    ByValue,
    DirectoryRow,
    chained_row,
    holders,
    still,
)
from accessflows.stores.requests import RequestRow, event_row
from accessflows.stores.transactions import transact

_TOKEN = ":token"  # noqa: S105 - an attribute's name


class DynamoTokens:
    """Tokens in DynamoDB. Reads by id are consistent."""

    def __init__(self, settings: Settings) -> None:
        DirectoryRow.Meta.table_name = settings.directory_table
        RequestRow.Meta.table_name = settings.requests_table

    def token(self, token_id: str) -> KnownToken | None:
        return next(iter(_several([token_id])), None)

    def of(self, holder: str) -> tuple[KnownToken, ...]:
        """Those of a source or person, the latest first. By index: may lag."""
        return _several(sorted(holders(_TOKEN, holder), reverse=True))

    def every(self, cursor: str | None) -> tuple[tuple[KnownToken, ...], str | None]:
        """A page of all tokens, holder by holder, and where the next begins."""
        beyond = ByValue.held > cursor if cursor else None
        rows = DirectoryRow.by_value.query(_TOKEN, beyond, limit=PAGE_SIZE + 1)
        held = [row.held or "" for row in rows]
        more = held[PAGE_SIZE - 1] if len(held) > PAGE_SIZE else None
        return _several([name.rpartition(UNIT_SEPARATOR)[2] for name in held[:PAGE_SIZE]]), more

    def note_use(self, token_id: str, now: datetime) -> None:
        DirectoryRow(_pk(token_id), "USED", state=now.isoformat()).save()

    def head(self, token_id: str) -> Lineage:
        """How far the token's chain has come."""
        for row in DirectoryRow.batch_get([(_pk(token_id), "TOKEN")], consistent_read=True):
            return Lineage(number=int(row.number or 0), hash=row.hash or GENESIS)
        return Lineage()

    def put(self, token: Token, event: Event) -> None:
        """Write a token with its event, which follows the last one. Raises Lost."""
        row = chained_row(_pk(token.id), "TOKEN", token, event)
        row.attribute, row.held = _TOKEN, f"{token.holder.casefold()}{UNIT_SEPARATOR}{token.id}"

        def fill(transaction: TransactWrite) -> None:
            transaction.save(row, condition=still(event.number - 1))
            transaction.save(event_row(event), condition=RequestRow.pk.does_not_exist())

        transact(fill)


def _pk(token_id: str) -> str:
    return f"token:{token_id}"


def _several(token_ids: Collection[str]) -> tuple[KnownToken, ...]:
    """Those of these that exist, in the order asked."""
    keys = [(_pk(token_id), sk) for token_id in token_ids for sk in ("TOKEN", "USED")]
    rows = list(DirectoryRow.batch_get(keys, consistent_read=True)) if keys else []
    read = {(row.pk, row.sk): row for row in rows}
    return tuple(
        KnownToken(
            Token.model_validate_json(row.document or ""),
            _instant(read.get((_pk(token_id), "USED"))),
        )
        for token_id in token_ids
        if (row := read.get((_pk(token_id), "TOKEN")))
    )


def _instant(row: DirectoryRow | None) -> datetime | None:
    return datetime.fromisoformat(row.state) if row and row.state else None
