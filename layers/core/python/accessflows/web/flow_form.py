"""The form that begins an access flow: the common parts, put down as a file would say them."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from pydantic import TypeAdapter, ValidationError

from accessflows.actions.standing import FlowReader
from accessflows.model.condition import WITHOUT_VALUES, Operator
from accessflows.model.configuration import Section
from accessflows.model.integration import Kind
from accessflows.model.space import Space
from accessflows.model.target import Target
from accessflows.rules.spaces import Realm
from accessflows.rules.validation import Validator
from accessflows.web.path_form import Tree, part, rows, words

_UNITS = {"minutes": "PT{}M", "hours": "PT{}H", "days": "P{}D"}
# Switches of the settings that the form offers, and what it calls them.
SWITCHES: Mapping[str, str] = {
    "require_justification": "Whoever asks gives a reason",
    "require_mfa": "The person confirms with a one-time code",
    "requester_cannot_approve_self": "Nobody approves their own request",
    "require_approver_reason": "Approvers give a reason",
}
# As long as the name is to blame: an id that was left out follows from it.
_NO_ID_YET = "new-flow"
# The fields that keep every value that is sent.
SEVERAL = frozenset({"known_labels", "switches"})


def begun() -> Tree:
    """The form before anybody wrote in it: one row of what every flow has."""
    return {
        "requestors": {"conditions": [{}]},
        "targets": [{}],
        "approval": {"groups": [{"conditions": [{}]}]},
    }


def flow_of(tree: Tree) -> dict[str, Any]:
    """The flow that a form describes. What is missing in it the check will say."""
    name = _text(tree, "name")
    flow: dict[str, Any] = {"id": _text(tree, "id") or id_of(name) or _NO_ID_YET, "name": name}
    if _text(tree, "space"):
        flow["space"] = _text(tree, "space")
    flow["requestors"] = _group(part(tree, "requestors"))
    flow["targets"] = [target_of(row) for row in rows(tree, "targets")]
    flow["grant_duration"] = _duration(tree)
    if tree.get("approved", "yes") == "yes":
        approval = part(tree, "approval")
        mode = "all_of" if approval.get("mode") == "all_of" else "any_of"
        flow["approval"] = {"mode": mode, "groups": list(map(_group, rows(approval, "groups")))}
        tiers = rows(part(tree, "escalation"), "tiers")
        if tiers:
            flow["escalation"] = {"tiers": list(map(_group, tiers))}
    settings = _settings(tree)
    if settings:
        flow["settings"] = settings
    return flow


def target_of(row: Tree) -> dict[str, Any]:
    """what: `bundle:x`, `access_scope:x`, or `integration:x:type`."""
    kind, _, named = _text(row, "what").partition(":")
    if kind in ("bundle", "access_scope"):
        return {kind: named}
    integration, _, resource_type = named.partition(":")
    target: dict[str, Any] = {
        "integration": integration,
        "resource_type": resource_type,
        "permissions": words(row.get("permissions")),
    }
    names = words(row.get("resources"))
    if names:
        target["resources"] = {"names": names}
    return target


class Offered(NamedTuple):
    """What the form lets one choose from. choices: of targets, each with its words.

    spaces: none where they are off. whole: whether the whole account is offered as well.
    """

    choices: Mapping[str, str]
    spaces: Sequence[Space]
    whole: bool
    labels: Sequence[str]
    operators: Sequence[str] = tuple(Operator)
    switches: Mapping[str, str] = SWITCHES


def offered(store: FlowReader, connectors: Mapping[Kind, Validator], realm: Realm) -> Offered:
    """Of what is open and in the realm."""
    current = store.current_set()

    def seen(section: Section) -> list[Any]:
        return [e for e in store.entries(section, current.open(section)) if realm.sees(e)]

    choices = {f"bundle:{e.id}": f"bundle: {e.name}" for e in seen(Section.BUNDLES)}
    for e in seen(Section.ACCESS_SCOPES):
        choices[f"access_scope:{e.id}"] = f"access scope: {e.name}"
    for integration in seen(Section.INTEGRATIONS) if realm.whole else ():
        types = connectors[integration.kind].capabilities(integration).resource_types
        for kind, permissions in types.items():
            said = f"{integration.name}: {kind.replace('_', ' ')} ({', '.join(permissions)})"
            choices[f"integration:{integration.id}:{kind}"] = said
    return Offered(
        choices=choices,
        spaces=seen(Section.SPACES) if current.settings.spaces else (),
        whole=realm.whole,
        labels=sorted({label for flow in seen(Section.FLOWS) for label in flow.settings.labels}),
    )


def target_at(tree: Tree, path: str, offered: Offered) -> Target | None:
    """The target that a row such as `targets[1]` describes; none unless it was offered."""
    found = re.fullmatch(r"targets\[(\d{1,2})\]", path)
    row = next(iter(rows(tree, "targets")[int(found[1]) :]), {}) if found else {}
    if _text(row, "what") not in offered.choices:
        return None
    try:
        return TypeAdapter[Target](Target).validate_python(target_of(row))
    except ValidationError:
        return None


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


def _group(sent: Mapping[str, Any]) -> dict[str, Any]:
    operator = {"operator": "or"} if sent.get("operator") == "or" else {}
    return {**operator, "conditions": list(map(_condition, rows(sent, "conditions")))}


def _condition(row: Tree) -> dict[str, Any]:
    attribute = _text(row, "attribute") or "group"
    condition: dict[str, Any] = {"attribute": attribute}
    operator = _text(row, "operator") or "is"
    if operator != "is":
        condition["operator"] = operator
    if attribute not in WITHOUT_VALUES:
        condition["values"] = words(row.get("values"))
    return condition


def _duration(tree: Tree) -> str:
    unit = _text(tree, "unit") or "hours"
    if unit == "indefinite":
        return unit
    return _UNITS.get(unit, "PT{}H").format(_text(tree, "grant_duration") or "1")


def _settings(tree: Tree) -> dict[str, Any]:
    known, on = tree.get("known_labels"), tree.get("switches")
    chosen = known if isinstance(known, list) else []
    labels = list(dict.fromkeys([*chosen, *words(tree.get("labels"))]))
    return {
        **({"labels": labels} if labels else {}),
        **{name: True for name in SWITCHES if isinstance(on, list) and name in on},
    }


def _text(tree: Mapping[str, Any], name: str) -> str:
    found = tree.get(name)
    return found if isinstance(found, str) else ""
