"""Tokens of programs, in the directory's table.

pk           sk      besides
token:{id}   TOKEN   the token; number and hash of its chain
                     index by_value: :token -> {source} US {id}"""

from pynamodb.transactions import TransactWrite

from accessflows.model.configuration import Lineage
from accessflows.model.event import GENESIS, Event
from accessflows.model.token import Token
from accessflows.settings import Settings
from accessflows.stores.directory_rows import DirectoryRow, chained_row, holders, still
from accessflows.stores.requests import RequestRow, event_row
from accessflows.stores.transactions import transact

_TOKEN = ":token"  # noqa: S105 - an attribute's name


class DynamoTokens:
    """Tokens in DynamoDB. Reads by id are consistent."""

    def __init__(self, settings: Settings) -> None:
        DirectoryRow.Meta.table_name = settings.directory_table
        RequestRow.Meta.table_name = settings.requests_table

    def token(self, token_id: str) -> Token | None:
        return next(iter(self._several({token_id})), None)

    def of_source(self, source: str) -> tuple[Token, ...]:
        """The latest first. By index: may lag."""
        found = self._several(holders(_TOKEN, source))
        return tuple(sorted(found, key=lambda token: token.id, reverse=True))

    def head(self, token_id: str) -> Lineage:
        """How far the token's chain has come."""
        for row in DirectoryRow.batch_get([(f"token:{token_id}", "TOKEN")], consistent_read=True):
            return Lineage(number=int(row.number or 0), hash=row.hash or GENESIS)
        return Lineage()

    def put(self, token: Token, event: Event) -> None:
        """Write a token with its event, which follows the last one. Raises Lost."""
        row = chained_row(f"token:{token.id}", "TOKEN", token, event)
        row.attribute, row.held = _TOKEN, f"{token.source}\x1f{token.id}"

        def fill(transaction: TransactWrite) -> None:
            transaction.save(row, condition=still(event.number - 1))
            transaction.save(event_row(event), condition=RequestRow.pk.does_not_exist())

        transact(fill)

    @staticmethod
    def _several(token_ids: set[str]) -> list[Token]:
        keys = [(f"token:{token_id}", "TOKEN") for token_id in token_ids]
        rows = DirectoryRow.batch_get(keys, consistent_read=True) if keys else ()
        return [Token.model_validate_json(row.document or "") for row in rows]
