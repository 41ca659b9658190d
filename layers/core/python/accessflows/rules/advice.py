"""Advice: what is allowed in a configuration and yet hardly meant. Warnings, never errors.

Pure. Told of a policy by `validate` and by a plan."""

from collections import defaultdict
from collections.abc import Iterator
from enum import StrEnum
from itertools import combinations
from typing import NamedTuple

from accessflows.model.condition import WITHOUT_VALUES, Group
from accessflows.model.flow import FALLBACK_FLOW_ID, AccessFlow, Trigger
from accessflows.model.value import Value
from accessflows.rules.approvers import asked_groups
from accessflows.rules.openings import Opening, Place, may_overlap
from accessflows.rules.policy import Part, Policy, asks_who_is_on_call
from accessflows.rules.population import NOBODY, People

# A label that says of a flow that what it opens is not for everybody's session.
_SENSITIVE = "sensitive"


class Concern(StrEnum):
    """What a warning is about."""

    EMPTY_GROUP = "empty group"
    NO_APPROVER = "no approver"
    UNUSABLE_FLOW = "unusable flow"
    OVERLAP = "overlap"
    SENSITIVE_WITHOUT_MFA = "sensitive without MFA"


class Advice(Value):
    """One warning. flows: the ids it is about, in order."""

    concern: Concern
    flows: tuple[str, ...] = ()
    message: str


def advice(policy: Policy) -> tuple[Advice, ...]:
    """Everything that looks odd, kind by kind."""
    return (
        *_empty_groups(policy),
        *_unusable(policy),
        *_without_approver(policy),
        *_overlaps(policy),
        *_sensitive(policy),
    )


def advice_on(policy: Policy, flow_id: str) -> tuple[Advice, ...]:
    """What looks odd about one flow by itself, without a look at any other."""
    every = (*_unusable(policy), *_without_approver(policy), *_sensitive(policy))
    return tuple(each for each in every if each.flows == (flow_id,))


def _empty_groups(policy: Policy) -> Iterator[Advice]:
    active = policy.population.named(policy.population.active)
    filled = {membership.id for person in active for membership in person.groups}
    for group in policy.configuration.groups:
        if group.id not in filled:
            yield Advice(
                concern=Concern.EMPTY_GROUP,
                message=f"nobody active is in group {group.id!r}",
            )


def _unusable(policy: Policy) -> Iterator[Advice]:
    for flow in _watched(policy):
        asked = flow.requestors
        if asked and asks_who_is_on_call(asked):
            continue
        if flow.trigger is Trigger.SELF_SERVE and not policy.is_usable(flow.id):
            met = policy.population.meeting(asked) & policy.population.active if asked else NOBODY
            why = f"nobody active has {asked}" if not met else "there is nobody they may ask it for"
            yield Advice(
                concern=Concern.UNUSABLE_FLOW,
                flows=(flow.id,),
                message=f"nobody can use flow {flow.id!r}: {why}",
            )


def _without_approver(policy: Policy) -> Iterator[Advice]:
    for flow in _watched(policy):
        for group, people in zip(asked_groups(flow), policy.approvers(flow.id), strict=True):
            if not people and not (_by_relation(group) or asks_who_is_on_call(group)):
                yield Advice(
                    concern=Concern.NO_APPROVER,
                    flows=(flow.id,),
                    message=f"flow {flow.id!r} asks for approval by {group}, and nobody active "
                    "is such a person",
                )


class _Claim(NamedTuple):
    """That a flow opens something to somebody."""

    flow: AccessFlow
    opening: Opening


def _overlaps(policy: Policy) -> Iterator[Advice]:
    """Flows of one priority that decide about the same for the same people."""
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for claims in _claims(policy).values():
        for one, other in combinations(claims, 2):
            pair = (one.flow.id, other.flow.id)
            if one.flow.id == other.flow.id or one.opening.words in found.get(pair, ()):
                continue
            if may_overlap(one.opening, other.opening) and _shared(policy, *pair):
                found[pair].append(one.opening.words)
    for flows, what in sorted(found.items()):
        count = _shared(policy, *flows).bit_count()
        more = f" and {len(what) - 1} more" if len(what) > 1 else ""
        yield Advice(
            concern=Concern.OVERLAP,
            flows=flows,
            message=f"flows {flows[0]!r} and {flows[1]!r} have equal priority, and both decide "
            f"about {what[0]}{more} for {count} {'person' if count == 1 else 'people'}: the one "
            "with approval wins, else the one first by name",
        )


def _claims(policy: Policy) -> dict[tuple[int, Place, str], list[_Claim]]:
    """By what two flows must have in common to overlap."""
    claims: dict[tuple[int, Place, str], list[_Claim]] = defaultdict(list)
    for flow in _watched(policy):
        for opening in policy.opened(flow.id).values() if policy.is_usable(flow.id) else ():
            alike = opening.words if opening.resources is None else ""
            claims[flow.priority, opening.place, alike].append(_Claim(flow, opening))
    return claims


def _shared(policy: Policy, one: str, other: str) -> People:
    """Those whose requests, for themselves or for others, both flows could decide."""
    shared = NOBODY
    for part in (Part.FOR_ONESELF, Part.BY_OTHERS):
        shared |= policy.reach[one][part] & policy.reach[other][part]
    return shared


def _sensitive(policy: Policy) -> Iterator[Advice]:
    for flow in _watched(policy):
        labels = {label.casefold() for label in flow.settings.labels}
        if _SENSITIVE in labels and not flow.settings.require_mfa:
            yield Advice(
                concern=Concern.SENSITIVE_WITHOUT_MFA,
                flows=(flow.id,),
                message=f"flow {flow.id!r} is labelled {_SENSITIVE} and asks for no MFA: write "
                "settings.require_mfa: true",
            )


def _watched(policy: Policy) -> Iterator[AccessFlow]:
    """The flows by which people ask, as an admin wrote and switched them on."""
    for flow in policy.flows.values():
        if flow.active and not flow.standing and flow.id != FALLBACK_FLOW_ID:
            yield flow


def _by_relation(group: Group) -> bool:
    return any(condition.attribute in WITHOUT_VALUES for condition in group.conditions)
