"""Settings of Google Cloud: which projects, and which roles may be given there. Pure.

secret: the key file of a service account; projects: those to list and to give access to, all that
the account sees where none are named; permissions: {read_logs: roles/logging.viewer}."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from accessflows.connectors import credentials
from accessflows.connectors.settings_checks import unknown, unnameable

PROJECT = "project"

_KNOWN = ("secret", "projects", "permissions")
_PROJECT_ID = re.compile(r"([a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]")
_ROLE = re.compile(r"((projects/[a-z0-9:.-]+|organizations/[0-9]+)/)?roles/[A-Za-z0-9_.]{1,100}")
# Google takes no condition, and so no end, with these.
_BASIC = frozenset({"roles/owner", "roles/editor", "roles/viewer"})


def problems(settings: Mapping[str, Any]) -> list[str]:
    """What is wrong, in words."""
    return [
        *unknown(settings, _KNOWN),
        *credentials.problems(settings),
        *_projects(settings),
        *_permissions(settings.get("permissions")),
    ]


def roles(settings: Mapping[str, Any]) -> dict[str, str]:
    """The role of each permission; what is wrongly written is left out."""
    declared = settings.get("permissions")
    if not isinstance(declared, Mapping):
        return {}
    return {str(name): role for name, role in declared.items() if _is_role(role)}


def names(settings: Mapping[str, Any], project: str) -> bool:
    """Whether access may be given to the project."""
    if "projects" in settings:
        return project in settings["projects"]
    return _PROJECT_ID.fullmatch(project) is not None


def _is_role(role: object) -> bool:
    return isinstance(role, str) and role not in _BASIC and _ROLE.fullmatch(role) is not None


def _projects(settings: Mapping[str, Any]) -> Iterator[str]:
    if "projects" not in settings:
        return
    named = settings["projects"]
    if not isinstance(named, list | tuple) or not named:
        yield "projects is empty: name their ids, or leave it out for all that the account sees"
        return
    for project in named:
        if not isinstance(project, str) or not _PROJECT_ID.fullmatch(project):
            yield f"projects: {project!r} is no id of a project, such as shop-prod-4711"


def _permissions(declared: object) -> Iterator[str]:
    if not isinstance(declared, Mapping) or not declared:
        yield (
            "permissions is missing: name the roles that may be given, such as "
            "{read_logs: roles/logging.viewer}"
        )
        return
    yield from unnameable("permissions", declared)
    for permission, role in declared.items():
        if role in _BASIC:
            yield (
                f"permissions.{permission} is {role}: Google gives basic roles no end; name a "
                "role of a service, or one of your own"
            )
        elif not _is_role(role):
            yield f"permissions.{permission} is {role!r}: write a role such as roles/logging.viewer"
