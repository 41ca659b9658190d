"""The form of a resource's request settings, and the entry that it writes."""

from collections.abc import Mapping
from typing import Any

from accessflows.model.target import Resource
from accessflows.web.flow_form import id_of
from accessflows.web.path_form import Tree, iso, part, rows, short, words

_NAMED = ("id", "integration", "resource_type", "resource")
_WORDS = ("inherit", "not_required")


def access_of(tree: Tree) -> dict[str, Any]:
    """The entry that a form describes. What is missing in it the check will say.

    What a choice leaves no room for is left out: reviewers where nobody is asked, say.
    """
    permissions = tree.get("permissions")
    groups = [
        {"group": row.get("group", ""), "access": _access(part(row, "access"))}
        for row in rows(tree, "groups")
    ]
    return {
        **{name: tree.get(name, "") for name in _NAMED},
        "permissions": permissions if isinstance(permissions, list) else [],
        "default": _setting(part(tree, "default")),
        **({"groups": groups} if groups else {}),
    }


def begun(resource: Resource) -> dict[str, Any]:
    """What the form begins with for a resource that has no settings."""
    return {
        "id": id_of(resource.name),
        "integration": resource.integration,
        "resource_type": resource.resource_type,
        "resource": resource.name,
        "permissions": list(resource.permissions),
        "default": {"presets": ["PT1H", "PT12H"], "approval": "manual"},
    }


def tree_of(data: Mapping[str, Any]) -> Tree:
    """The form as it shows an entry. data: as a file, or `access_of`, says it."""
    return {
        **{name: data[name] for name in (*_NAMED, "permissions")},
        "default": _shown(data["default"]),
        "groups": [
            {
                "group": each["group"],
                "access": {"word": each["access"]}
                if each["access"] in _WORDS
                else {"word": "own", **_shown(each["access"])},
            }
            for each in data.get("groups", ())
        ],
    }


def _access(sent: Mapping[str, Any]) -> Any:
    word = sent.get("word", "inherit")
    return word if word in _WORDS else _setting(sent)


def _setting(sent: Mapping[str, Any]) -> dict[str, Any]:
    presets = [iso(word) for word in words(sent.get("presets"))]
    how: dict[str, Any] = {"presets": presets}
    if sent.get("how") == "custom":
        how = {"duration": "custom", **({"presets": presets} if presets else {})}
    elif sent.get("how") == "longest":
        how = {"duration": iso(str(sent.get("duration", "")))}
    if sent.get("approval") == "automatic":
        return {**how, "approval": "automatic"}
    reviewers = words(sent.get("reviewers"))
    return {**how, "approval": "manual", **({"reviewers": reviewers} if reviewers else {})}


def _shown(setting: Mapping[str, Any]) -> Tree:
    duration = setting.get("duration")
    how = {None: "presets", "custom": "custom"}.get(duration, "longest")
    return {
        "how": how,
        "presets": ", ".join(map(short, setting.get("presets", ()))),
        "duration": short(duration) if duration and how == "longest" else "",
        "approval": setting["approval"],
        "reviewers": ", ".join(setting.get("reviewers", ())),
    }
