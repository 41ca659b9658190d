"""Decide many: several decisions in one call, each made and recorded on its own."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Literal

from accessflows.actions.decide import decide
from accessflows.actions.outcomes import Outcome, outcome_of, refuse_twice
from accessflows.model.request import AccessRequest
from accessflows.model.value import Text, Value
from accessflows.ports import Ports


class Decision(Value):
    """One decision of a call."""

    request_id: Text
    decision: Literal["approve", "reject"]
    reason: str | None = None


def decide_many(
    ports: Ports,
    decisions: Sequence[Decision],
    voter_id: str,
    now: datetime,
    *,
    by_token: bool = False,
) -> list[Outcome]:
    """Make each decision in order; a refused one hinders no other.

    Raises BadInput, and decides nothing, where a request is named twice.
    """
    refuse_twice([one.request_id for one in decisions], "decisions")

    def made(one: Decision) -> AccessRequest:
        approves = one.decision == "approve"
        return decide(
            ports,
            one.request_id,
            voter_id,
            approves=approves,
            reason=one.reason,
            now=now,
            by_token=by_token,
        )

    return [outcome_of(one.request_id, partial(made, one)) for one in decisions]
