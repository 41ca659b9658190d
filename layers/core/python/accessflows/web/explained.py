"""A decision trace in words: which flow took what, what was looked at, what the others lacked.

Pure."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from accessflows.model.flow import FALLBACK_FLOW_ID
from accessflows.model.integration import Integration
from accessflows.model.target import Entitlement
from accessflows.model.trace import (
    DecisionTrace,
    Explanation,
    Finding,
    Outcome,
    PassedOver,
    Why,
)
from accessflows.notices.words import Asked, asked, duration_in_words, one_line

# Of an approver group; more are counted, as below.
MOST_NAMED = 12
# Of a decision.
_MOST_FLOWS = 12
_MOST_RESOURCES = 12
# By what helps most to know.
_WHY: Mapping[Why, str] = {
    Why.OUTRANKED: "would have taken it too, and comes later in the order of flows",
    Why.STANDING_ACCESS: "says that whoever receives it has it anyway",
    Why.NOT_A_PRESET: "grants this for other lengths of time only",
    Why.TOO_SHORT: "grants this for a shorter time than was asked for",
    Why.OUTSIDE_WINDOW: "is closed at that hour",
    Why.GRANTEE_NOT_ELIGIBLE: "is not for whoever would receive it",
    Why.REQUESTER_NOT_ELIGIBLE: "is not for whoever asks",
    Why.NOT_A_TARGET: "does not hold this",
    Why.INACTIVE: "is switched off",
}
_ORDER = tuple(_WHY)
_OUTCOMES: Mapping[Outcome, str] = {
    Outcome.MET: "holds",
    Outcome.NOT_MET: "does not hold",
    Outcome.CANNOT_EVALUATE: "could not be told, which counts as no",
}


class Line(NamedTuple):
    """A condition that was looked at."""

    condition: str
    outcome: str
    holds: bool
    seen: str


class Passed(NamedTuple):
    """A flow that did not take it. opens_at: its next opening, where only that was against it."""

    flow: str
    why: str
    opens_at: datetime | None
    line: Line | None


class Explained(NamedTuple):
    """An answer. taken_by: the flow; empty where none took it. more: what is not listed."""

    about: tuple[Asked, ...]
    more: int
    taken_by: str
    longest: str
    lines: tuple[Line, ...]
    passed: tuple[Passed, ...]
    more_passed: int


class Asking(NamedTuple):
    """Who could approve, as it stood when it was asked."""

    condition: str
    names: tuple[str, ...]
    more: int


def explained(
    trace: DecisionTrace, flows: Mapping[str, str], integrations: Mapping[str, Integration]
) -> list[Explained]:
    """flows: names by id; a flow that is gone goes by its id."""
    return [_explained(each, flows, integrations) for each in trace.decisions]


def asking(trace: DecisionTrace, names: Mapping[str, str]) -> list[Asking]:
    """names: of people, by id."""
    most = MOST_NAMED
    return [
        Asking(
            condition=group.condition,
            names=tuple(
                one_line(names.get(person_id, person_id)) for person_id in group.people[:most]
            ),
            more=group.count - len(group.people[:most]),
        )
        for group in trace.approvers
    ]


def _explained(
    one: Explanation, flows: Mapping[str, str], integrations: Mapping[str, Integration]
) -> Explained:
    resources = list(_listed(one))
    about = asked(resources, integrations)[:_MOST_RESOURCES]
    told = sum(len(each.permissions) for each in about)
    passed = sorted(one.passed_over, key=lambda each: _ORDER.index(each.why))
    return Explained(
        about=about,
        more=one.entitlements - told,
        taken_by=_name(one.flow.id, flows) if one.flow else "",
        longest=duration_in_words(one.longest) if one.longest else "",
        lines=tuple(map(_line, one.findings)),
        passed=tuple(_passed(each, flows) for each in passed[:_MOST_FLOWS]),
        more_passed=len(passed[_MOST_FLOWS:]) + (one.passed_over_left_out or 0),
    )


def _listed(one: Explanation) -> Iterator[Entitlement]:
    for each in one.asked:
        for resource in each.resources:
            for permission in each.permissions:
                yield Entitlement(
                    integration=each.integration,
                    resource_type=each.resource_type,
                    resource=resource,
                    permission=permission,
                )


def _passed(passed: PassedOver, flows: Mapping[str, str]) -> Passed:
    line = _line(passed.finding) if passed.finding else None
    return Passed(_name(passed.flow.id, flows), _WHY[passed.why], passed.opens_at, line)


def _line(finding: Finding) -> Line:
    return Line(
        condition=one_line(finding.condition),
        outcome=_OUTCOMES[finding.outcome],
        holds=finding.outcome is Outcome.MET,
        seen=_seen(finding.seen, finding.left_out or 0),
    )


def _seen(values: Iterable[str], left_out: int) -> str:
    listed = ", ".join(map(one_line, values))
    return f"{listed} and {left_out} more" if left_out else listed


def _name(flow_id: str, flows: Mapping[str, str]) -> str:
    return "Fallback" if flow_id == FALLBACK_FLOW_ID else flows.get(flow_id, flow_id)
