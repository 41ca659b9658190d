"""Request settings of resources, compiled into access flows.

Pure. What comes of a setting is decided by the flows alone; nothing else knows of it. The flows of
one setting exclude each other, so that a group's own settings replace the default instead of
adding to it:

    standing      the groups that need no request
    one a group   who is in it, and in none before it
    the default   everybody else
"""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import timedelta

from accessflows.model.condition import Condition, Group, Operator
from accessflows.model.configuration import Configuration
from accessflows.model.flow import (
    AccessFlow,
    Approval,
    FlowSettings,
    ResourceAccess,
    ReviewSetting,
)
from accessflows.model.limits import LONGEST_CUSTOM
from accessflows.model.person import ROLE_ATTRIBUTE, Role

# Settings of one resource come before flows that name no priority, which open many.
PRIORITY = 50
_ID_CHARACTERS = 55
_NAME_CHARACTERS = 64

_EVERYBODY = Condition(
    attribute=ROLE_ATTRIBUTE,
    values=tuple(role.value for role in Role if role is not Role.EXTERNAL),
)
_REVIEWERS = Group(
    conditions=(
        Condition(attribute=ROLE_ATTRIBUTE, values=(Role.ADMIN.value, Role.ACCESS_REVIEWER.value)),
    )
)


def with_compiled(configuration: Configuration) -> Configuration:
    """The configuration with the flows that its request settings come to."""
    made = (flow for access in configuration.resource_access for flow in compiled(access))
    return configuration.but(flows=(*configuration.flows, *made))


def compiled(access: ResourceAccess) -> Iterator[AccessFlow]:
    """The flows of one setting. The same setting, the same flows; no person is in two of them."""
    standing = tuple(each.group for each in access.groups if each.access == "not_required")
    if standing:
        yield _standing(access, standing)
    before = list(standing)
    for each in access.groups:
        if each.access == "not_required":
            continue
        setting = access.default if each.access == "inherit" else each.access
        yield _flow(access, setting, each.group, (_in(each.group), *_outside(before)))
        before.append(each.group)
    yield _flow(access, access.default, None, (_EVERYBODY, *_outside(before)))


def _standing(access: ResourceAccess, groups: Sequence[str]) -> AccessFlow:
    return AccessFlow(
        id=_flow_id(access, "standing access"),
        name=_fitted(f"Standing access to {access.id}"),
        priority=PRIORITY,
        standing=True,
        made_from=access.id,
        requestors=Group(conditions=(_in(*groups),)),
        targets=(access.target,),
        description=f"From the request settings {access.id}: groups that need no request.",
    )


def _flow(
    access: ResourceAccess,
    setting: ReviewSetting,
    group: str | None,
    requestors: Sequence[Condition],
) -> AccessFlow:
    is_manual = setting.approval == "manual"
    whose = f"for the group {group}" if group else "the default"
    return AccessFlow(
        id=_flow_id(access, group or ""),
        name=_fitted(f"Access to {access.id}" + (f" for {group}" if group else "")),
        priority=PRIORITY,
        made_from=access.id,
        requestors=Group(conditions=tuple(requestors)),
        targets=(access.target,),
        grant_duration=_longest(setting),
        duration_presets=setting.presets,
        approval=Approval(groups=_reviewers(setting)) if is_manual else None,
        settings=FlowSettings(
            require_justification=not is_manual,
            requester_cannot_approve_self=is_manual,
            require_preset=setting.duration is None,
            require_duration=setting.duration == "custom" or len(setting.presets) > 1,
        ),
        description=f"From the request settings {access.id}: {whose}.",
    )


def _longest(setting: ReviewSetting) -> timedelta:
    if setting.duration == "custom":
        return LONGEST_CUSTOM
    return setting.duration or max(setting.presets)


def _reviewers(setting: ReviewSetting) -> tuple[Group, ...]:
    """Admins and access reviewers, of everything; the resource's own groups besides."""
    own = (Group(conditions=(_in(*setting.reviewers),)),) if setting.reviewers else ()
    return (_REVIEWERS, *own)


def _in(*groups: str) -> Condition:
    return Condition(attribute="group", values=groups)


def _outside(groups: Sequence[str]) -> tuple[Condition, ...]:
    if not groups:
        return ()
    return (Condition(attribute="group", operator=Operator.IS_NOT, values=tuple(groups)),)


def _flow_id(access: ResourceAccess, part: str) -> str:
    """Readable as far as there is room; the digest tells apart what reads alike."""
    words = "-".join(("resource", access.id, *part.split()))
    return f"{words[:_ID_CHARACTERS]}-{_digest(access.id, part)}"


def _fitted(name: str) -> str:
    if len(name) <= _NAME_CHARACTERS:
        return name
    return f"{name[:_ID_CHARACTERS]} {_digest(name)}"


def _digest(*words: str) -> str:
    return hashlib.sha256("\n".join(words).encode()).hexdigest()[:8]
