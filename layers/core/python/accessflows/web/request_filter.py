"""The filter of My Requests, as the address carries it."""

from collections.abc import Iterable, Sequence
from urllib.parse import urlencode

from accessflows.model.refusal import BadInput
from accessflows.model.request import Status


def chosen(named: Iterable[str]) -> tuple[Status, ...]:
    """Raises BadInput for a status that there is not."""
    try:
        return tuple(Status(name) for name in named)
    except ValueError as error:
        raise BadInput(f"{error}; choose among the statuses that the page lists") from error


def query(for_me: bool, statuses: Sequence[Status], cursor: str) -> str:
    """The address of the next page, under the same filter."""
    fields = [("for", "me")] if for_me else []
    fields += [("status", status.value) for status in statuses]
    return f"/requests?{urlencode([*fields, ('cursor', cursor)])}"
