"""Outcomes: of several things done in one call, what became of each."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

from accessflows.model.refusal import BadInput, Contended, Refusal
from accessflows.model.request import AccessRequest
from accessflows.ports import Lost


class Outcome(NamedTuple):
    """The request as it then stands, or why not."""

    request_id: str
    outcome: AccessRequest | Refusal


def outcome_of(request_id: str, act: Callable[[], AccessRequest]) -> Outcome:
    """What came of it; a refusal is an answer, so that one hinders no other."""
    try:
        return Outcome(request_id, act())
    except Refusal as refusal:
        return Outcome(request_id, refusal)
    except Lost:
        said = "others changed this request at the same moment; send it again"
        return Outcome(request_id, Contended(said))


def refuse_twice(request_ids: Sequence[str], field: str) -> None:
    """Raises BadInput where a request is named twice."""
    twice = [request_id for request_id, times in Counter(request_ids).items() if times > 1]
    if twice:
        raise BadInput(
            f"{', '.join(twice)}: named more than once in one call; name each request once",
            field=field,
        )
