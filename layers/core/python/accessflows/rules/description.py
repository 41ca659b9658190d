"""Description: a flow in a few sentences, made from its parts.

Pure: the same flow, the same text."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import assert_never

from accessflows.model.condition import Condition, Group, Junction
from accessflows.model.flow import AccessFlow, Approval, Mode, RequestFor, Scope
from accessflows.model.integration import Integration
from accessflows.model.roll import ON_CALL
from accessflows.model.target import (
    AllExcept,
    BundleTarget,
    ByName,
    ByTags,
    IntegrationTarget,
    Resources,
    ScopeTarget,
    Target,
    spelled,
)

_SPELLED = {ON_CALL: "on-call schedule"}
_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))


def describe(flow: AccessFlow, integrations: Mapping[str, Integration]) -> str:
    """Who may ask for what, for whom, how long and who approves."""
    asks = f"people whose {_group(flow.requestors)}" if flow.requestors else "whoever has its link"
    what = "; ".join(_target(target, integrations) for target in flow.targets)
    if flow.standing:
        return f"{flow.name}: {asks} may use {what}, and need no request."
    sentences = (
        f"{flow.name} lets {asks} ask {_for_whom(flow.request_for)} for {what}.",
        _how_long(flow),
        _approved(flow.approval),
        *_demands(flow),
    )
    return " ".join(sentences)


def _for_whom(request_for: RequestFor) -> str:
    words = {
        Scope.SELF: "for themselves",
        Scope.DIRECT_REPORTS: "for their direct reports",
        Scope.OTHERS: f"for people whose {_group(request_for.grantees)}"
        if request_for.grantees
        else "",
    }
    return _joined((words[scope] for scope in Scope if scope in request_for.scopes), "or")


def _group(group: Group) -> str:
    word = "or" if group.operator is Junction.OR else "and"
    return f" {word} ".join(map(_condition, group.conditions))


def _condition(condition: Condition) -> str:
    listed = _joined(condition.values, "or") if condition.values else ""
    asked = _SPELLED.get(condition.attribute, condition.attribute.removeprefix(":"))
    return f"{asked} {condition.operator.replace('_', ' ')} {listed}".strip()


def _target(target: Target, integrations: Mapping[str, Integration]) -> str:
    match target:
        case IntegrationTarget():
            known = integrations.get(target.integration)
            where = known.name if known else target.integration
            permissions = _joined((p.replace("_", " ") for p in target.permissions), "and")
            kind = spelled(target.resource_type)
            return f"{permissions} on {kind} in {where}, {_resources(target.resources)}"
        case BundleTarget():
            return f"the bundle {target.bundle}"
        case ScopeTarget():
            return f"what the access scope {target.access_scope} finds"
        case _:
            assert_never(target)


def _resources(resources: Resources) -> str:
    match resources:
        case "any":
            return "any of them"
        case ByName(names=names):
            return f"namely {_joined(names, 'and')}"
        case ByTags(tags=tags):
            tagged = (f"{key} {_joined(values, 'or')}" for key, values in sorted(tags.items()))
            return f"tagged {_joined(tagged, 'and')}"
        case AllExcept(except_=ByName(names=names)):
            return f"all but {_joined(names, 'and')}"
        case AllExcept(except_=excepted):
            return f"all but those {_resources(excepted)}"
        case _:
            assert_never(resources)


def _how_long(flow: AccessFlow) -> str:
    if flow.settings.require_preset:
        return f"Access lasts {_joined(map(_spelled, flow.duration_presets), 'or')}, as asked."
    if flow.grant_duration == "indefinite":
        return "Access stays until somebody revokes it."
    return f"Access lasts {_spelled(flow.grant_duration)} at most."


def _spelled(duration: timedelta) -> str:
    rest, parts = int(duration.total_seconds()), []
    for unit, seconds in _UNITS:
        count, rest = divmod(rest, seconds)
        if count:
            parts.append(f"{count} {unit}" + ("s" if count > 1 else ""))
    return " ".join(parts)


def _approved(approval: Approval | None) -> str:
    if approval is None:
        return "It is granted at once, without approval."
    groups = [f"somebody whose {_group(group)}" for group in approval.groups]
    if approval.mode is Mode.ANY_OF or len(groups) == 1:
        return f"It needs the approval of {_joined(groups, 'or')}."
    return f"It needs the approval of different people: {_joined(groups, 'and')}."


def _demands(flow: AccessFlow) -> Iterable[str]:
    settings = flow.settings
    wanted = [
        *(["a justification"] if settings.require_justification else []),
        *(["a duration"] if settings.require_duration else []),
        *([f"a ticket of type {settings.ticket.type}"] if settings.ticket else []),
    ]
    if wanted:
        yield f"Whoever asks names {_joined(wanted, 'and')}."
    if settings.require_mfa:
        yield "Whoever receives it confirms with a one-time code first."


def _joined(items: Iterable[str], word: str) -> str:
    """`a, b and c`."""
    *most, last = items
    return f"{', '.join(most)} {word} {last}" if most else last
