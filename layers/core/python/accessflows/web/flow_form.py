"""The form that begins an access flow: the common parts, put down as a file would say them."""

import re
from collections.abc import Mapping
from typing import Any

_UNITS = {"minutes": "PT{}M", "hours": "PT{}H", "days": "P{}D"}
# Switches of the settings that the form offers, and what it calls them.
SWITCHES: Mapping[str, str] = {
    "require_justification": "Whoever asks gives a reason",
    "require_mfa": "The person confirms with a one-time code",
    "requester_cannot_approve_self": "Nobody approves their own request",
    "require_approver_reason": "Approvers give a reason",
}


def flow_of(form: Mapping[str, str]) -> dict[str, Any]:
    """The flow that a form describes. What is missing in it the check will say."""
    name = form.get("name", "")
    flow: dict[str, Any] = {"id": form.get("id") or id_of(name), "name": name}
    if form.get("space"):
        flow["space"] = form["space"]
    flow["requestors"] = _group(form, "who")
    flow["targets"] = [_target(form)]
    flow["grant_duration"] = _duration(form)
    if form.get("approval") == "yes":
        groups = [_group(form, "approver")]
        second = _words(form.get("second_values", ""))
        if second:
            groups.append(_group(form, "second"))
        mode = "all_of" if form.get("mode") == "all_of" else "any_of"
        flow["approval"] = {"mode": mode, "groups": groups}
        tier = _words(form.get("tier_values", ""))
        if tier:
            flow["escalation"] = {"tiers": [_group(form, "tier")]}
    settings = _settings(form)
    if settings:
        flow["settings"] = settings
    return flow


def id_of(name: str) -> str:
    """`Production buckets` -> `production-buckets`"""
    return re.sub(r"[^a-z0-9_]+", "-", name.lower()).strip("-")[:64]


def with_target(text: str, kind: str, entry_id: str) -> str:
    """The text of a flow that also opens a bundle or access scope; as it is where that is unclear.

    kind: `bundle` or `access_scope`.
    """
    lines = text.splitlines()
    for n, line in enumerate(lines):
        if re.fullmatch(r"targets:\s*(\[\s*\])?\s*", line):
            lines[n] = "targets:"
            following = lines[n + 1] if n + 1 < len(lines) else ""
            indent = following[: len(following) - len(following.lstrip())]
            is_item = following.lstrip().startswith("-")
            lines.insert(n + 1, f"{indent if is_item else ''}- {kind}: {entry_id}")
            return "\n".join(lines) + "\n"
    return text


def _group(form: Mapping[str, str], part: str) -> dict[str, Any]:
    attribute = form.get(f"{part}_attribute", "group")
    condition: dict[str, Any] = {"attribute": attribute}
    operator = form.get(f"{part}_operator", "is")
    if operator != "is":
        condition["operator"] = operator
    if attribute not in ("owner", "grantee_manager"):
        condition["values"] = _words(form.get(f"{part}_values", ""))
    return {"conditions": [condition]}


def _target(form: Mapping[str, str]) -> dict[str, Any]:
    """what: `bundle:x`, `access_scope:x`, or `integration:x:type`."""
    kind, _, named = form.get("what", "").partition(":")
    if kind in ("bundle", "access_scope"):
        return {kind: named}
    integration, _, resource_type = named.partition(":")
    target: dict[str, Any] = {
        "integration": integration,
        "resource_type": resource_type,
        "permissions": _words(form.get("permissions", "")),
    }
    names = _words(form.get("resources", ""))
    if names:
        target["resources"] = {"names": names}
    return target


def _duration(form: Mapping[str, str]) -> str:
    unit, number = form.get("unit", "hours"), form.get("duration", "1")
    if unit == "indefinite":
        return unit
    return _UNITS.get(unit, "PT{}H").format(number or "1")


def _settings(form: Mapping[str, str]) -> dict[str, Any]:
    labels = _words(form.get("labels", ""))
    return {
        **({"labels": labels} if labels else {}),
        **{name: True for name in SWITCHES if form.get(name)},
    }


def _words(text: str) -> list[str]:
    """Parted by commas or lines."""
    return [word for word in (part.strip() for part in re.split(r"[,\n]", text)) if word]
