"""Conditional writes: what DynamoDB says of them, in the words of the ports.

A condition that failed is Lost: someone else wrote first, read and decide anew. A conflict with
another transaction under way says nothing yet, so the same write is tried again."""

import random
import time
from collections.abc import Callable
from functools import cache

from pynamodb.connection import Connection
from pynamodb.exceptions import PutError, PynamoDBException, TransactWriteError, UpdateError
from pynamodb.transactions import TransactWrite

from accessflows.ports import Lost

_TRIES = 5
_CONFLICTS = {"TransactionConflict", "TransactionConflictException", "TransactionInProgress"}
_CONDITION_FAILED = {"ConditionalCheckFailed", "ConditionalCheckFailedException"}


def transact(fill: Callable[[TransactWrite], None]) -> None:
    """Run one transaction, filled anew at each try. Raises Lost."""

    def once() -> None:
        with TransactWrite(connection=connection()) as transaction:
            fill(transaction)

    write(once)


def write(once: Callable[[], object]) -> None:
    """Run one conditional write, again with jitter while it conflicts. Raises Lost."""
    for tried in range(1, _TRIES + 1):
        try:
            once()
        except (TransactWriteError, PutError, UpdateError) as error:
            codes = _codes(error)
            if codes & _CONDITION_FAILED:
                raise Lost from error
            if not codes & _CONFLICTS or tried == _TRIES:
                raise
            time.sleep(random.uniform(0, 0.05 * 2**tried))  # noqa: S311 (jitter)
        else:
            return


def _codes(error: PynamoDBException) -> set[str]:
    reasons = getattr(error, "cancellation_reasons", None) or []
    codes = {reason.code for reason in reasons if reason is not None}
    return codes | {error.cause_response_code or ""}


@cache
def connection() -> Connection:
    """One for all transactions: making it loads the service's whole description."""
    return Connection()
