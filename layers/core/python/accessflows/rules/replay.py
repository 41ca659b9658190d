"""Replay: would a request of the past be decided otherwise under another configuration.

Pure. Each is decided at the instant at which it was submitted, by people and resources as they are
known today. What depends on other requests (quotas, emergencies not yet reviewed) is left out."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from accessflows.model.flow import AccessFlow
from accessflows.model.past_request import PastRequest
from accessflows.model.target import Entitlement, Resource
from accessflows.model.value import GrantDuration, Instant, Value, format_duration
from accessflows.rules.approval import unfillable_group
from accessflows.rules.approvers import by_owner
from accessflows.rules.fallback import with_fallback
from accessflows.rules.planning import Ask, Plan, Portion, ResourceKey, plan
from accessflows.rules.policy import Policy

_SOMETHING = "(written, and not kept here)"


class Redecision(Value):
    """A request that would be decided otherwise. before, after: what would come of it, in words."""

    request_id: str
    requester_id: str
    grantee_id: str
    submitted_at: Instant
    before: tuple[str, ...]
    after: tuple[str, ...]


class Replay(Value):
    """How many requests would be decided the same, which would not, and which nobody can tell of.

    unknown: ids of those whose people or resources are gone.
    """

    same: int = 0
    different: tuple[Redecision, ...] = ()
    unknown: tuple[str, ...] = ()


class _Decided(NamedTuple):
    """One part of a decision, compared as a whole.

    by: a flow's id, or the type of a refusal. approvers: of each group and tier, by id in order.
    """

    by: str
    is_refused: bool
    entitlements: tuple[Entitlement, ...]
    duration: str = ""
    mode: str = ""
    approvers: tuple[tuple[str, ...], ...] = ()

    def __str__(self) -> str:
        if self.is_refused:
            return f"refused: {self.by}"
        asked = " / ".join(", ".join(group) or "nobody" for group in self.approvers)
        mode = f"{self.mode.replace('_', ' ')} " if len(self.approvers) > 1 else ""
        return f"{self.by} for {self.duration}, {f'asking {mode}{asked}' if asked else 'at once'}"


def replay(
    requests: Iterable[PastRequest], before: Policy, after: Policy, inventory: Iterable[Resource]
) -> Replay:
    """Both ways of deciding, side by side, for each request in turn."""
    resources = {(r.integration, r.resource_type, r.name): r for r in inventory}
    same, different, unknown = 0, [], []
    for request in requests:
        if not _is_known(request, before, after, resources):
            unknown.append(request.id)
            continue
        was, would_be = decide(request, before, resources), decide(request, after, resources)
        if was == would_be:
            same += 1
            continue
        different.append(
            Redecision(
                request_id=request.id,
                requester_id=request.requester_id,
                grantee_id=request.grantee_id,
                submitted_at=request.submitted_at,
                before=_words(was),
                after=_words(would_be),
            )
        )
    return Replay(same=same, different=tuple(different), unknown=tuple(unknown))


def decide(
    request: PastRequest, policy: Policy, resources: Mapping[ResourceKey, Resource]
) -> tuple[_Decided, ...]:
    """What a policy makes of a request, in an order of its own: one refusal refuses all of it."""
    people = policy.population.by_id
    gone = [i for i in (request.requester_id, request.grantee_id) if i not in people]
    if gone:
        return (_Decided(f"there is no person {gone[0]}", True, request.entitlements),)
    ask = Ask(
        requester=policy.at_work(people[request.requester_id], request.submitted_at),
        grantee=policy.at_work(people[request.grantee_id], request.submitted_at),
        entitlements=request.entitlements,
        begins_at=request.starts_at or request.submitted_at,
        duration=request.duration,
        justification=_SOMETHING if request.justified else None,
        ticket=request.ticket,
        by_link=request.by_link,
    )
    flows = _usable(policy, request.requester_id)
    if request.by_link:
        flows = [flow for flow in policy.flows.values() if flow.id == request.flow.id]
    planned = plan(ask, flows, resources, policy.catalogue)
    if policy.configuration.settings.fallback_flow:
        planned = with_fallback(planned, ask, policy.catalogue.integrations)
    parts = _decided(planned, ask, policy, resources, request.submitted_at)
    decided = sorted(parts, key=str)
    return tuple(part for part in decided if part.is_refused) or tuple(decided)


def _decided(
    planned: Plan,
    ask: Ask,
    policy: Policy,
    resources: Mapping[ResourceKey, Resource],
    at: datetime,
) -> Iterator[_Decided]:
    for refused in planned.refused:
        yield _Decided(refused.type, True, _in_order(refused.entitlements))
    portions = by_owner(
        planned.portions,
        integrations={each.id: each for each in policy.configuration.integrations},
        grantee=ask.grantee,
        resources=resources,
        matching=policy.matching,
    )
    for portion in portions:
        yield _portion(portion, ask, policy, at)


def _portion(portion: Portion, ask: Ask, policy: Policy, at: datetime) -> _Decided:
    flow, entitlements = portion.flow, _in_order(portion.entitlements)
    asked = _asked(flow, ask, policy, at)
    if flow.approval:
        groups = asked[: len(flow.approval.groups)]
        if unfillable_group(flow.approval, groups) is not None:
            return _Decided("nobody-can-approve", True, entitlements)
    return _Decided(
        by=flow.id,
        is_refused=False,
        entitlements=entitlements,
        duration=_spelled(portion.duration),
        mode=flow.approval.mode if flow.approval else "",
        approvers=asked,
    )


def _asked(flow: AccessFlow, ask: Ask, policy: Policy, at: datetime) -> tuple[tuple[str, ...], ...]:
    """Who could decide, for each approver group and tier."""
    barred: frozenset[str] = frozenset()
    if flow.settings.requester_cannot_approve_self:
        barred = frozenset({ask.requester.id, ask.grantee.id})
    groups = flow.approval.groups if flow.approval else ()
    tiers = flow.escalation.tiers if flow.escalation else ()
    return tuple(
        tuple(person.id for person in policy.matching_at(group, at) if person.id not in barred)
        for group in (*groups, *tiers)
    )


def _usable(policy: Policy, requester_id: str) -> list[AccessFlow]:
    """The flows that have a say in what this person asks for; no other takes part in a decision."""
    place = policy.population.place[requester_id]
    flows = policy.configuration.flows
    return [flow for flow in flows if flow.standing or policy.may_ask(flow.id) >> place & 1]


def _is_known(
    request: PastRequest,
    before: Policy,
    after: Policy,
    resources: Mapping[ResourceKey, Resource],
) -> bool:
    people = (request.requester_id, request.grantee_id)
    return all(
        (e.integration, e.resource_type, e.resource) in resources for e in request.entitlements
    ) and any(all(i in policy.population.by_id for i in people) for policy in (before, after))


def _in_order(entitlements: tuple[Entitlement, ...]) -> tuple[Entitlement, ...]:
    return tuple(sorted(entitlements, key=str))


def _words(decided: tuple[_Decided, ...]) -> tuple[str, ...]:
    """Each part, with what it is about where there are several."""
    if len(decided) == 1:
        return (str(decided[0]),)
    return tuple(f"{each} ({', '.join(map(str, each.entitlements))})" for each in decided)


def _spelled(duration: GrantDuration) -> str:
    return duration if isinstance(duration, str) else format_duration(duration)
