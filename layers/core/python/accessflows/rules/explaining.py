"""Explaining: what was decided and why, as it is kept, within what a row may hold.

Pure. Entitlements are told by what they have in common, so that a thousand resources take their
names and little more. A trace that is still too long is told in less detail, a rung at a time."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import NamedTuple

from accessflows.model.flow import Approval
from accessflows.model.limits import MOST_LISTED_APPROVERS, MOST_TRACE_BYTES
from accessflows.model.person import Person
from accessflows.model.target import Entitlement
from accessflows.model.trace import (
    ApproverGroup,
    Asked,
    Decision,
    DecisionTrace,
    Explanation,
    Finding,
    PassedOver,
)
from accessflows.rules.planning import Ask


class _Detail(NamedTuple):
    """How much is told: how many resources, values seen, flows passed over (each per decision or
    finding), decisions, approvers of a group; and characters of a condition."""

    resources: int
    seen: int
    flows: int
    decisions: int
    approvers: int
    characters: int


_EVERYTHING = _Detail(1_000_000, 1_000_000, 1_000_000, 1_000_000, MOST_LISTED_APPROVERS, 1_000_000)
# The last rung fits whatever the configuration holds.
_RUNGS = (
    _EVERYTHING,
    _EVERYTHING._replace(seen=20, characters=1_000),
    _EVERYTHING._replace(seen=20, characters=1_000, flows=50, resources=500),
    _Detail(resources=100, seen=20, flows=50, decisions=100, approvers=100, characters=500),
    _Detail(resources=20, seen=5, flows=10, decisions=50, approvers=50, characters=200),
    _Detail(resources=5, seen=1, flows=3, decisions=10, approvers=10, characters=100),
    _Detail(resources=0, seen=0, flows=0, decisions=0, approvers=0, characters=100),
)


def explain(
    ask: Ask,
    decisions: Sequence[Decision],
    now: datetime,
    *,
    only: Collection[Entitlement] | None = None,
    approval: Approval | None = None,
    approvers: Sequence[Sequence[Person]] = (),
) -> DecisionTrace:
    """The trace of an answer, at most MOST_TRACE_BYTES as JSON.

    only: the entitlements of the one request that it is kept with.
    approvers: who could approve for each group of `approval`, at this moment.
    """
    if only is not None:
        decisions = list(_narrowed(decisions, frozenset(only)))
    traces = (_told(ask, decisions, now, approval, approvers, detail) for detail in _RUNGS)
    return next(trace for trace in traces if size(trace) <= MOST_TRACE_BYTES)


def size(trace: DecisionTrace) -> int:
    """In bytes, as JSON."""
    return len(trace.model_dump_json(by_alias=True, exclude_none=True).encode())


def _narrowed(decisions: Sequence[Decision], only: frozenset[Entitlement]) -> Iterator[Decision]:
    for decision in decisions:
        mine = tuple(e for e in decision.entitlements if e in only)
        if mine:
            yield decision.but(entitlements=mine)


def _told(
    ask: Ask,
    decisions: Sequence[Decision],
    now: datetime,
    approval: Approval | None,
    approvers: Sequence[Sequence[Person]],
    detail: _Detail,
) -> DecisionTrace:
    groups = approval.groups if approval else ()
    return DecisionTrace(
        requester_id=ask.requester.id,
        grantee_id=ask.grantee.id,
        at=now,
        decisions=tuple(_explanation(d, detail) for d in decisions[: detail.decisions]),
        left_out=_more(len(decisions), detail.decisions),
        mode=approval.mode if approval else None,
        approvers=tuple(
            ApproverGroup(
                condition=_shortened(str(group), detail),
                people=tuple(person.id for person in people[: detail.approvers]),
                count=len(people),
            )
            for group, people in zip(groups, approvers, strict=True)
        ),
    )


def _explanation(decision: Decision, detail: _Detail) -> Explanation:
    asked = tuple(_asked(decision.entitlements, detail.resources))
    listed = sum(len(each.resources) * len(each.permissions) for each in asked)
    return Explanation(
        entitlements=len(decision.entitlements),
        asked=asked,
        left_out=_more(len(decision.entitlements), listed),
        flow=decision.flow,
        findings=tuple(_finding(finding, detail) for finding in decision.findings),
        passed_over=tuple(_passed(each, detail) for each in decision.passed_over[: detail.flows]),
        passed_over_left_out=_more(len(decision.passed_over), detail.flows),
        longest=decision.longest,
    )


def _asked(entitlements: Sequence[Entitlement], most: int) -> Iterator[Asked]:
    """In the order of asking; of `most` resources, whole."""
    permissions: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for one in entitlements:
        permissions[one.integration, one.resource_type, one.resource].append(one.permission)
    names: dict[tuple[str, str, tuple[str, ...]], list[str]] = defaultdict(list)
    for (integration, kind, resource), wanted in islice(permissions.items(), most):
        names[integration, kind, tuple(wanted)].append(resource)
    for (integration, kind, wanted_there), resources in names.items():
        yield Asked(
            integration=integration,
            resource_type=kind,
            permissions=wanted_there,
            resources=tuple(resources),
        )


def _passed(passed: PassedOver, detail: _Detail) -> PassedOver:
    if passed.finding is None:
        return passed
    return passed.but(finding=_finding(passed.finding, detail))


def _finding(finding: Finding, detail: _Detail) -> Finding:
    return Finding(
        condition=_shortened(finding.condition, detail),
        outcome=finding.outcome,
        seen=finding.seen[: detail.seen],
        left_out=_more(len(finding.seen), detail.seen),
    )


def _shortened(text: str, detail: _Detail) -> str:
    return text if len(text) <= detail.characters else f"{text[: detail.characters]}…"


def _more(there_are: int, listed: int) -> int | None:
    return there_are - listed if there_are > listed else None
