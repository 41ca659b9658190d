"""The fallback flow: built in, off by default, for what no access flow covers.

Pure. Its versions never change: a change to what it demands is a new version beside the old."""

from collections.abc import Collection
from datetime import timedelta

from accessflows.model.condition import Condition, Group
from accessflows.model.flow import (
    FALLBACK_FLOW_ID,
    AccessFlow,
    Approval,
    FlowSettings,
    FlowVersion,
)
from accessflows.model.limits import FALLBACK_LIMIT
from accessflows.model.person import ROLE_ATTRIBUTE, Person, Role
from accessflows.model.refusal import NoAccessFlow
from accessflows.model.target import Entitlement
from accessflows.model.trace import Decision
from accessflows.model.value import format_duration
from accessflows.rules.conditions import holds
from accessflows.rules.planning import Ask, Plan, Portion, Refused, fits, missing_from

_ADMINS = Group(conditions=(Condition(attribute=ROLE_ATTRIBUTE, values=(Role.ADMIN.value,)),))

_EVERYBODY = Group(
    conditions=(
        Condition(attribute=ROLE_ATTRIBUTE, values=(Role.ADMIN.value, Role.GRANTEE.value)),
    ),
)

# Unlike a flow of the configuration it names no targets, so that it is not validated as one: it
# takes what others leave.
FALLBACK_FLOW = AccessFlow.model_construct(
    id=FALLBACK_FLOW_ID,
    version=1,
    name="Fallback",
    requestors=_EVERYBODY,
    targets=(),
    grant_duration=FALLBACK_LIMIT,
    approval=Approval(groups=(_ADMINS,), timeout=timedelta(hours=24)),
    settings=FlowSettings(require_justification=True, requester_cannot_approve_self=True),
)

_VERSIONS = {FALLBACK_FLOW.reference: FALLBACK_FLOW}


def built_in(reference: FlowVersion) -> AccessFlow | None:
    """The version of the built-in flow; none where the reference names another flow."""
    return _VERSIONS.get(reference)


def with_fallback(plan: Plan, ask: Ask, integrations: Collection[str]) -> Plan:
    """The plan, with what no flow covers given to the fallback flow as one more portion.

    integrations: ids of those that are open; what lies elsewhere stays refused.
    People ask it for themselves only. What else is refused stays refused.
    """
    if ask.by_link or ask.requester.id != ask.grantee.id or not _may_ask(ask.requester):
        return plan
    taken = tuple(
        entitlement
        for refused in plan.refused
        if _is_uncovered(refused)
        for entitlement in refused.entitlements
        if entitlement.integration in integrations
    )
    if not taken:
        return plan
    refused = [*_without(plan.refused, frozenset(taken)), *_own_refusals(ask, taken)]
    duration = FALLBACK_LIMIT if ask.duration is None else ask.duration
    portion = Portion(flow=FALLBACK_FLOW, entitlements=taken, duration=duration)
    return plan.but(
        portions=(*plan.portions, portion),
        refused=tuple(refused),
        decisions=_decided(plan.decisions, frozenset(taken)),
    )


def still_allowed(is_on: bool, requester: Person, grantee: Person) -> str | None:
    """Why what an admin approved is no longer allowed; none if it is."""
    if not is_on:
        return "the fallback flow was switched off"
    gone = next((person for person in (requester, grantee) if not person.active), None)
    return f"{gone.name} was deactivated" if gone else None


def _may_ask(person: Person) -> bool:
    return person.active and holds(_EVERYBODY, person)


def _is_uncovered(refused: Refused) -> bool:
    return refused.type == NoAccessFlow.type()


def _without(refusals: tuple[Refused, ...], taken: frozenset[Entitlement]) -> tuple[Refused, ...]:
    kept = (
        r.but(entitlements=tuple(e for e in r.entitlements if e not in taken))
        if _is_uncovered(r)
        else r
        for r in refusals
    )
    return tuple(refused for refused in kept if refused.entitlements)


def _own_refusals(ask: Ask, taken: tuple[Entitlement, ...]) -> list[Refused]:
    found = []
    if missing := missing_from(ask, FALLBACK_FLOW):
        found.append(Refused(type="bad-input", message=missing, entitlements=taken))
    if not fits(ask.duration, FALLBACK_LIMIT):
        found.append(
            Refused(
                type="duration-too-long",
                message=f"ask for {format_duration(FALLBACK_LIMIT)} at most; no access flow covers "
                "this, and admins grant it for no longer",
                entitlements=taken,
            )
        )
    return found


def _decided(
    decisions: tuple[Decision, ...], taken: frozenset[Entitlement]
) -> tuple[Decision, ...]:
    """The decisions, with what was taken said to be the fallback flow's, and the rest as it was."""
    found: list[Decision] = []
    for decision in decisions:
        mine = tuple(e for e in decision.entitlements if e in taken)
        others = tuple(e for e in decision.entitlements if e not in taken)
        if mine:
            reference = FALLBACK_FLOW.reference
            found.append(decision.but(entitlements=mine, flow=reference, longest=FALLBACK_LIMIT))
        if others:
            found.append(decision.but(entitlements=others) if mine else decision)
    return tuple(found)
