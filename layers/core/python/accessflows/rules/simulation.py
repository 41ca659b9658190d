"""Simulation: what would be different for whom if one configuration took another's place.

Pure: the same rules as decide a submission, for everybody at once. Nothing is asked of a system."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from accessflows.model.flow import AccessFlow
from accessflows.model.value import Value
from accessflows.rules.advice import Advice, advice
from accessflows.rules.approvers import asked_groups
from accessflows.rules.openings import Opening
from accessflows.rules.policy import Part, Policy
from accessflows.rules.population import NOBODY, People

# What is compared by who may ask, for what, and who is asked; or makes no difference to a decision.
_TOLD_OTHERWISE = frozenset(
    {"id", "version", "active", "requestors", "request_for", "targets", "approval", "escalation"}
    | {"trigger", "description", "description_generated", "duration_presets", "space"}
)
_AUTOMATIC = "granted at once"


class AccessChange(Value):
    """People who may do something by a flow in one of two policies only. part: for whom.

    otherwise: whether another flow lets them in the other policy, so that only the way differs.
    """

    flow: str
    part: Part
    what: tuple[str, ...]
    people: tuple[str, ...]
    otherwise: bool


class TermChange(Value):
    """A term under which a flow grants, as written; none where it is not there."""

    flow: str
    term: str
    before: str | None
    after: str | None


class ApproverChange(Value):
    """An approver group or tier. before, after: who is described; none where it is not there.

    Relations such as owner are told by their words, since who is meant depends on the request.
    """

    flow: str
    place: str
    before: str | None
    after: str | None
    joined: tuple[str, ...] = ()
    left: tuple[str, ...] = ()


class Difference(Value):
    """Everything that differs, and what looks odd in the new policy."""

    gains: tuple[AccessChange, ...] = ()
    losses: tuple[AccessChange, ...] = ()
    terms: tuple[TermChange, ...] = ()
    approvers: tuple[ApproverChange, ...] = ()
    warnings: tuple[Advice, ...] = ()


def compare(before: Policy, after: Policy) -> Difference:
    """before, after: over the same order of ids, both with an inventory or neither."""
    return changes(before, after).but(warnings=advice(after))


def changes(before: Policy, after: Policy) -> Difference:
    """The same without warnings, which look at every pair of flows."""
    return Difference(
        gains=tuple(gains(before, after)),
        losses=tuple(gains(after, before)),
        terms=tuple(_terms(before, after)),
        approvers=tuple(_approvers(before, after)),
    )


def gains(before: Policy, after: Policy) -> Iterator[AccessChange]:
    """What people may do by a flow afterwards and not by it before."""
    for flow_id, reach in after.reach.items():
        if _is_the_same(flow_id, before, after):
            continue
        found: dict[tuple[Part, People, bool], list[str]] = defaultdict(list)
        for part, people in reach.items():
            for words, opening in after.opened(flow_id).items() if people else ():
                fresh, otherwise = _gained(before, flow_id, part, opening, people)
                for gained, is_otherwise in ((fresh, False), (otherwise, True)):
                    if gained:
                        found[part, gained, is_otherwise].append(words)
        for (part, people, is_otherwise), what in found.items():
            yield AccessChange(
                flow=flow_id,
                part=part,
                what=tuple(sorted(what)),
                people=tuple(after.population.ids(people)),
                otherwise=is_otherwise,
            )


def _gained(
    before: Policy, flow_id: str, part: Part, opening: Opening, people: People
) -> tuple[People, People]:
    """Those of the people who had this by no flow, and those who had it by other flows only."""
    reached = before.reach.get(flow_id, {}).get(part, NOBODY)
    gained = people & ~reached
    if gained != people and not before.opens(flow_id, opening):
        gained = people
    if not gained:
        return NOBODY, NOBODY
    elsewhere = before.through_any(part, opening, gained)
    return gained & ~elsewhere, gained & elsewhere


def _is_the_same(flow_id: str, before: Policy, after: Policy) -> bool:
    """Whether nothing was changed that could let anybody do more or less by the flow."""
    return (
        flow_id in before.flows
        and before.reach[flow_id] == after.reach[flow_id]
        and before.written(flow_id).keys() == after.written(flow_id).keys()
        and before.catalogue.integrations == after.catalogue.integrations
    )


def _terms(before: Policy, after: Policy) -> Iterator[TermChange]:
    for flow_id in _usable_in_both(before, after):
        old, new = _terms_of(before.flows[flow_id]), _terms_of(after.flows[flow_id])
        for term in sorted(old.keys() | new.keys()):
            if old.get(term) != new.get(term):
                yield TermChange(flow=flow_id, term=term, before=old.get(term), after=new.get(term))


def _terms_of(flow: AccessFlow) -> Mapping[str, str]:
    data = {key: v for key, v in flow.to_data().items() if key not in _TOLD_OTHERWISE}
    settings = data.pop("settings")
    data |= {f"settings.{key}": value for key, value in settings.items()}
    if flow.approval:
        asked = flow.approval.to_data()
        data |= {"approval.mode": asked["mode"], "approval.timeout": asked["timeout"]}
    if flow.escalation:
        data["escalation.every"] = flow.escalation.to_data()["every"]
    return {term: _spelled(value) for term, value in data.items()}


def _spelled(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)


def _approvers(before: Policy, after: Policy) -> Iterator[ApproverChange]:
    # Of a flow that nobody can use any more the losses tell.
    for flow_id in filter(after.is_usable, after.flows):
        old, new = _asked(before, flow_id), _asked(after, flow_id)
        for place in dict.fromkeys((*old, *new)):
            was, were = old.get(place, (None, NOBODY))
            words, people = new.get(place, (None, NOBODY))
            if (was, were) != (words, people):
                yield ApproverChange(
                    flow=flow_id,
                    place=place,
                    before=was,
                    after=words,
                    joined=tuple(after.population.ids(people & ~were)),
                    left=tuple(before.population.ids(were & ~people)),
                )


def _asked(policy: Policy, flow_id: str) -> Mapping[str, tuple[str, People]]:
    """Whom a flow that somebody may use asks, by place."""
    if flow_id not in policy.flows or not policy.is_usable(flow_id):
        return {}
    flow = policy.flows[flow_id]
    if flow.approval is None:
        return {"approval": (_AUTOMATIC, NOBODY)}
    count = len(flow.approval.groups)
    asked = zip(asked_groups(flow), policy.approvers(flow_id), strict=True)
    return {
        f"group {n}" if n <= count else f"tier {n - count}": (str(group), people)
        for n, (group, people) in enumerate(asked, start=1)
    }


def _usable_in_both(before: Policy, after: Policy) -> Iterator[str]:
    for flow_id in after.flows:
        if flow_id in before.flows and before.is_usable(flow_id) and after.is_usable(flow_id):
            yield flow_id
