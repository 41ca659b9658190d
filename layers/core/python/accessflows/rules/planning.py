"""Planning: which flow takes which entitlement of a submission, for how long, and why.

Pure. Nothing is left to chance: flows are tried in one order, refusals override, and whatever
was decided, and why, is in the plan."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from accessflows.model.account import FiledTicket
from accessflows.model.condition import Condition
from accessflows.model.flow import AccessFlow, FlowVersion, Scope, Trigger
from accessflows.model.person import Person
from accessflows.model.target import Catalogue, Entitlement, Resource
from accessflows.model.trace import Decision, Finding, Outcome, PassedOver, Why
from accessflows.model.value import Flag, GrantDuration, Instant, Value, format_duration
from accessflows.rules.conditions import Verdict, judge
from accessflows.rules.targets import NOTHING_NAMED, covers
from accessflows.rules.tickets import ticket_missing
from accessflows.rules.timeframe import is_open, next_opening

ResourceKey = tuple[str, str, str]
_TO_THE_MINUTE = "%Y-%m-%d %H:%M"


class Ask(Value):
    """What a person asks for. duration: none for the longest that the flow grants.

    begins_at: the start that was asked for, else the instant of asking.
    by_link: whether the requester came by the access link of the flow that is asked.
    """

    requester: Person
    grantee: Person
    entitlements: tuple[Entitlement, ...]
    begins_at: Instant
    duration: GrantDuration | None = None
    justification: str | None = None
    ticket: FiledTicket | None = None
    by_link: Flag = False


class Refused(Value):
    """Entitlements that were refused for one reason. type: a stable name of it."""

    type: str
    message: str
    entitlements: tuple[Entitlement, ...]


class Portion(Value):
    """What becomes one request: entitlements of one flow, with the duration granted.

    owner: who owns them, where the flow's approvers are asked for by owner.
    """

    flow: AccessFlow
    entitlements: tuple[Entitlement, ...]
    duration: GrantDuration
    owner: Condition | None = None


class Plan(Value):
    """The answer to an ask. A submission goes ahead only when nothing is refused."""

    portions: tuple[Portion, ...]
    refused: tuple[Refused, ...]
    decisions: tuple[Decision, ...]


class Eligibility(NamedTuple):
    """Whether a flow is open to the two people, whatever they want."""

    why_not: Why | None
    finding: Finding | None
    findings: tuple[Finding, ...] = ()


class _Answers(NamedTuple):
    """What the flows answer for one entitlement: who has it anyway, and each in order."""

    standing: FlowVersion | None
    by_flow: tuple[Why | None, ...]


def in_order(flows: Iterable[AccessFlow]) -> list[AccessFlow]:
    """Flows as they are tried: lowest priority, then approval before automatic, name, id."""
    return sorted(flows, key=lambda f: (f.priority, f.approval is None, f.name, f.id))


def eligibility(
    flow: AccessFlow, requester: Person, grantee: Person, *, by_link: bool = False
) -> Eligibility:
    """Whether this requester may use the flow for this grantee.

    by_link: whether they came by its access link, which takes the place of requestors.
    """
    if not flow.active:
        return Eligibility(Why.INACTIVE, None)
    if flow.standing:
        return Eligibility(Why.STANDING_ACCESS, None)
    if by_link:
        return _eligibility_by_link(flow, requester, grantee)
    if flow.requestors is None or not requester.active:
        return Eligibility(Why.REQUESTER_NOT_ELIGIBLE, None)
    verdict = judge(flow.requestors, requester)
    if not verdict.holds:
        return Eligibility(Why.REQUESTER_NOT_ELIGIBLE, verdict.first_failure)
    receives = _may_ask_for(flow, requester, grantee)
    if not grantee.active or not receives.holds:
        return Eligibility(Why.GRANTEE_NOT_ELIGIBLE, receives.first_failure)
    return Eligibility(None, None, (*verdict.findings, *receives.findings))


def _eligibility_by_link(flow: AccessFlow, requester: Person, grantee: Person) -> Eligibility:
    """A link lets its visitor in, for their own use."""
    if flow.trigger is not Trigger.ACCESS_LINK or not requester.active:
        return Eligibility(Why.REQUESTER_NOT_ELIGIBLE, None)
    if requester.id != grantee.id:
        return Eligibility(Why.GRANTEE_NOT_ELIGIBLE, None)
    proved = Finding(
        condition="came by access link, with a proved address",
        outcome=Outcome.MET,
        seen=requester.emails,
    )
    return Eligibility(None, None, (proved,))


def _may_ask_for(flow: AccessFlow, requester: Person, grantee: Person) -> Verdict:
    """Whether one of the flow's scopes holds, with what was asked of the grantee.

    What somebody else holds is seen only where it lets them receive: asking for many people in
    turn must not tell who is in which group.
    """
    wanted = flow.request_for
    if requester.id == grantee.id:
        return Verdict(Scope.SELF in wanted.scopes, ())
    findings = []
    if Scope.DIRECT_REPORTS in wanted.scopes:
        reports = grantee.manager == requester.id
        outcome = Outcome.MET if reports else Outcome.NOT_MET
        finding = Finding(condition="grantee: reports to the requester", outcome=outcome)
        if reports:
            return Verdict(True, (finding,))
        findings.append(finding)
    if wanted.grantees:
        verdict = judge(wanted.grantees, grantee)
        asked = (f.but(condition=f"grantee: {f.condition}") for f in verdict.findings)
        if verdict.holds:
            return Verdict(True, tuple(asked))
        findings.extend(finding.but(seen=()) for finding in asked)
    return Verdict(False, tuple(findings))


def still_allowed(
    flow: AccessFlow | None,
    requester: Person,
    grantee: Person,
    entitlements: Iterable[Entitlement],
    resources: Mapping[ResourceKey, Resource],
    catalogue: Catalogue = NOTHING_NAMED,
    *,
    by_link: bool = False,
) -> str | None:
    """Why today's version of a flow no longer allows what was approved; none if it does."""
    if flow is None:
        return "the access flow was closed"
    eligible = eligibility(flow, requester, grantee, by_link=by_link)
    if eligible.why_not:
        seen = f" ({eligible.finding.condition})" if eligible.finding else ""
        return f"{eligible.why_not.replace('-', ' ')}{seen}"
    for entitlement in entitlements:
        resource = resources.get(key_of(entitlement))
        if resource is None or not covers(flow, entitlement, resource, catalogue):
            return f"the flow no longer covers {entitlement}"
    return None


def window_closed(flow: AccessFlow | None, at: datetime) -> str | None:
    """Why access cannot begin at this instant, in words; none if today's flow is open then."""
    if flow is None or is_open(flow.timeframe, at):
        return None
    return (
        f"the time window of flow {flow.name!r} is closed at {at:{_TO_THE_MINUTE}} UTC; "
        f"it opens next at {next_opening(flow.timeframe, at):{_TO_THE_MINUTE}} UTC"
    )


def plan(
    ask: Ask,
    flows: Sequence[AccessFlow],
    resources: Mapping[ResourceKey, Resource],
    catalogue: Catalogue = NOTHING_NAMED,
) -> Plan:
    """Give every entitlement to the first flow that takes it, or refuse it with the reason.

    Nothing is requested that the grantee has anyway: standing access goes before every flow.
    """
    ordered = in_order(flow for flow in flows if not flow.standing)
    had_anyway = [flow for flow in in_order(flows) if _has_standing(flow, ask.grantee)]
    eligible = [
        eligibility(flow, ask.requester, ask.grantee, by_link=ask.by_link) for flow in ordered
    ]
    groups: dict[_Answers, list[Entitlement]] = defaultdict(list)
    unknown: list[Entitlement] = []
    for entitlement in ask.entitlements:
        resource = resources.get(key_of(entitlement))
        if resource is None or entitlement.permission not in resource.permissions:
            unknown.append(entitlement)
            continue
        answers = tuple(
            may.why_not or _answer(flow, ask, entitlement, resource, catalogue)
            for flow, may in zip(ordered, eligible, strict=True)
        )
        standing = (f.reference for f in had_anyway if covers(f, entitlement, resource, catalogue))
        groups[_Answers(next(standing, None), answers)].append(entitlement)

    decisions = [
        _unless_standing(
            answers.standing,
            _decision(ordered, answers.by_flow, eligible, entitlements, ask.begins_at),
            ask,
        )
        for answers, entitlements in groups.items()
    ]
    by_flow: dict[FlowVersion, list[Entitlement]] = defaultdict(list)
    refused = list(_unknown(unknown))
    flow_of = {flow.reference: flow for flow in ordered}
    for decision in decisions:
        if decision.flow is None:
            refused.append(_refusal(decision, ask))
        else:
            by_flow[decision.flow].extend(decision.entitlements)
    portions = []
    for reference, entitlements in by_flow.items():
        flow = flow_of[reference]
        missing = missing_from(ask, flow)
        if missing:
            refused.append(
                Refused(type="bad-input", message=missing, entitlements=tuple(entitlements))
            )
        duration = longest(flow) if ask.duration is None else ask.duration
        portions.append(Portion(flow=flow, entitlements=tuple(entitlements), duration=duration))
    if unknown:
        decisions.append(Decision(entitlements=tuple(unknown)))
    return Plan(portions=tuple(portions), refused=tuple(refused), decisions=tuple(decisions))


def longest(flow: AccessFlow) -> GrantDuration:
    """What the flow grants where no duration is wished for."""
    return max(flow.duration_presets) if flow.settings.require_preset else flow.grant_duration


def fits(wish: GrantDuration | None, longest: GrantDuration) -> bool:
    """Whether a flow that grants `longest` honours the wish."""
    if wish is None or longest == "indefinite":
        return True
    return isinstance(wish, timedelta) and wish <= longest


def _offers(flow: AccessFlow, wish: GrantDuration | None) -> bool:
    """Whether the flow leaves the wish free, or has it among its presets."""
    return wish is None or not flow.settings.require_preset or wish in flow.duration_presets


def missing_from(ask: Ask, flow: AccessFlow) -> str | None:
    """What the flow demands and the ask lacks, in words; none if nothing."""
    if flow.settings.require_justification and not (ask.justification or "").strip():
        return f"flow {flow.name!r} asks for a justification; write one"
    if flow.settings.require_duration and ask.duration is None:
        return f"flow {flow.name!r} asks how long you need the access; name a duration"
    return ticket_missing(flow, ask.ticket)


def _answer(
    flow: AccessFlow, ask: Ask, entitlement: Entitlement, resource: Resource, catalogue: Catalogue
) -> Why | None:
    """Why a flow that is open to the two people does not take this."""
    if not covers(flow, entitlement, resource, catalogue):
        return Why.NOT_A_TARGET
    if not _offers(flow, ask.duration):
        return Why.NOT_A_PRESET
    if not fits(ask.duration, flow.grant_duration):
        return Why.TOO_SHORT
    if not is_open(flow.timeframe, ask.begins_at):
        return Why.OUTSIDE_WINDOW
    return None


def _decision(
    ordered: Sequence[AccessFlow],
    answers: Sequence[Why | None],
    eligible: Sequence[Eligibility],
    entitlements: Sequence[Entitlement],
    begins_at: datetime,
) -> Decision:
    first = next((n for n, why in enumerate(answers) if why is None), None)
    chosen = None if first is None else ordered[first]
    passed_over = tuple(
        PassedOver(
            flow=flow.reference,
            why=why or Why.OUTRANKED,
            finding=may.finding,
            opens_at=next_opening(flow.timeframe, begins_at) if why is Why.OUTSIDE_WINDOW else None,
        )
        for flow, may, why in zip(ordered, eligible, answers, strict=True)
        if flow is not chosen
    )
    too_short = (
        flow.grant_duration
        for flow, why in zip(ordered, answers, strict=True)
        if why is Why.TOO_SHORT and flow.grant_duration != "indefinite"
    )
    offered = {
        preset
        for flow, why in zip(ordered, answers, strict=True)
        if why is Why.NOT_A_PRESET
        for preset in flow.duration_presets
    }
    return Decision(
        entitlements=tuple(entitlements),
        flow=chosen.reference if chosen else None,
        findings=() if first is None else eligible[first].findings,
        passed_over=passed_over,
        longest=longest(chosen) if chosen else max(too_short, default=None),
        offered=() if chosen else tuple(sorted(offered)),
    )


def _has_standing(flow: AccessFlow, grantee: Person) -> bool:
    """Whether the flow says that the person has its access anyway."""
    if not (flow.standing and flow.active and flow.requestors):
        return False
    return grantee.active and judge(flow.requestors, grantee).holds


def _unless_standing(standing: FlowVersion | None, decision: Decision, ask: Ask) -> Decision:
    """The decision, undone where the grantee has the access anyway.

    Of somebody else this is told only to whoever could ask for them: asking in turn must not
    tell who is in which group.
    """
    is_own = ask.requester.id == ask.grantee.id
    if standing is None or not (is_own or decision.flow):
        return decision
    passed_over = [PassedOver(flow=standing, why=Why.STANDING_ACCESS)]
    if decision.flow:
        passed_over.append(PassedOver(flow=decision.flow, why=Why.OUTRANKED))
    return Decision(
        entitlements=decision.entitlements, passed_over=(*passed_over, *decision.passed_over)
    )


def _refusal(decision: Decision, ask: Ask) -> Refused:
    if any(passed.why is Why.STANDING_ACCESS for passed in decision.passed_over):
        whose = "your group" if ask.requester.id == ask.grantee.id else ask.grantee.name
        return Refused(
            type="standing-access",
            message=f"{whose} has standing access to this; no request is needed",
            entitlements=decision.entitlements,
        )
    opens_at = min((p.opens_at for p in decision.passed_over if p.opens_at), default=None)
    if opens_at is not None:
        return Refused(
            type="outside-window",
            message=f"no access flow for this is open at {ask.begins_at:{_TO_THE_MINUTE}} UTC; one "
            f"opens at {opens_at:{_TO_THE_MINUTE}} UTC: ask then, or ask now with a `starts_at` "
            "in those hours",
            entitlements=decision.entitlements,
        )
    if decision.offered:
        presets = " or ".join(map(format_duration, decision.offered))
        most = decision.longest
        free = f", or for {format_duration(most)} at most" if isinstance(most, timedelta) else ""
        return Refused(
            type="duration-not-offered",
            message=f"ask for {presets}{free}; no access flow grants this for the duration you "
            "named",
            entitlements=decision.entitlements,
        )
    if isinstance(decision.longest, timedelta):
        return Refused(
            type="duration-too-long",
            message=f"ask for {format_duration(decision.longest)} at most; "
            "no access flow grants this for longer",
            entitlements=decision.entitlements,
        )
    whom = "" if ask.requester.id == ask.grantee.id else f" for {ask.grantee.name}"
    return Refused(
        type="no-access-flow",
        message=f"no access flow lets you ask for this{whom}",
        entitlements=decision.entitlements,
    )


def _unknown(entitlements: Sequence[Entitlement]) -> Iterator[Refused]:
    if entitlements:
        yield Refused(
            type="no-such-resource",
            message="the inventory holds no such resource with this permission; "
            "check the spelling, or ask an admin whether it was synced",
            entitlements=tuple(entitlements),
        )


def key_of(entitlement: Entitlement) -> ResourceKey:
    """The inventory key of an entitlement's resource."""
    return entitlement.integration, entitlement.resource_type, entitlement.resource
