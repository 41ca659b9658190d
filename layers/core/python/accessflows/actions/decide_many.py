"""Decide many: several decisions in one call, each made and recorded on its own."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Literal, NamedTuple

from accessflows.actions.decide import decide
from accessflows.model.refusal import BadInput, Contended, Refusal
from accessflows.model.request import AccessRequest
from accessflows.model.value import Text, Value
from accessflows.ports import Lost, Ports


class Decision(Value):
    """One decision of a call."""

    request_id: Text
    decision: Literal["approve", "reject"]
    reason: str | None = None


class Decided(NamedTuple):
    """What became of a decision: the request as it then stands, or why not."""

    request_id: str
    outcome: AccessRequest | Refusal


def decide_many(
    ports: Ports, decisions: Sequence[Decision], voter_id: str, now: datetime
) -> list[Decided]:
    """Make each decision in order; a refused one hinders no other.

    Raises BadInput, and decides nothing, where a request is named twice.
    """
    named = Counter(decision.request_id for decision in decisions)
    twice = [request_id for request_id, times in named.items() if times > 1]
    if twice:
        raise BadInput(
            f"{', '.join(twice)}: decided more than once in one call; name each request once",
            field="decisions",
        )
    return [Decided(one.request_id, _outcome(ports, one, voter_id, now)) for one in decisions]


def _outcome(
    ports: Ports, decision: Decision, voter_id: str, now: datetime
) -> AccessRequest | Refusal:
    try:
        return decide(
            ports,
            decision.request_id,
            voter_id,
            approves=decision.decision == "approve",
            reason=decision.reason,
            now=now,
        )
    except Refusal as refusal:
        return refusal
    except Lost:
        return Contended("others changed this request at the same moment; send the decision again")
