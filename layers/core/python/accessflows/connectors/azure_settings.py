"""Settings of Azure: which subscriptions, and which roles may be assigned there. Pure.

secret: holds `tenant_id`, `client_id` and `client_secret` of an application; subscriptions: their
ids; permissions: {read: acdd72a7-3385-48ef-bd42-f606fba81ae7}, ids of role definitions."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from accessflows.connectors import credentials
from accessflows.connectors.azure_assignments import GUID
from accessflows.connectors.settings_checks import unknown, unnameable

_KNOWN = ("secret", "subscriptions", "permissions")


def problems(settings: Mapping[str, Any]) -> list[str]:
    """What is wrong, in words."""
    return [
        *unknown(settings, _KNOWN),
        *credentials.problems(settings),
        *_subscriptions(settings.get("subscriptions")),
        *_permissions(settings.get("permissions")),
    ]


def roles(settings: Mapping[str, Any]) -> dict[str, str]:
    """The role definition of each permission; what is wrongly written is left out."""
    declared = settings.get("permissions")
    if not isinstance(declared, Mapping):
        return {}
    return {str(name): role for name, role in declared.items() if _is_guid(role)}


def subscriptions(settings: Mapping[str, Any]) -> tuple[str, ...]:
    """The ids of those that are named."""
    named = settings.get("subscriptions")
    if not isinstance(named, list | tuple):
        return ()
    return tuple(each for each in named if _is_guid(each))


def _is_guid(written: object) -> bool:
    return isinstance(written, str) and GUID.fullmatch(written) is not None


def _subscriptions(named: object) -> Iterator[str]:
    if not isinstance(named, list | tuple) or not named:
        yield "subscriptions is missing: name the ids of those to which access may be given"
        return
    for each in named:
        if not _is_guid(each):
            yield f"subscriptions: {each!r} is no id, such as 00000000-0000-0000-0000-00000000000a"


def _permissions(declared: object) -> Iterator[str]:
    if not isinstance(declared, Mapping) or not declared:
        yield (
            "permissions is missing: name the roles that may be assigned by the ids of their "
            "definitions, such as {read: acdd72a7-3385-48ef-bd42-f606fba81ae7}"
        )
        return
    yield from unnameable("permissions", declared)
    for permission, role in declared.items():
        if not _is_guid(role):
            yield (
                f"permissions.{permission} is {role!r}: write the id of a role definition, as "
                "`az role definition list` shows it as its name"
            )
    for role, times in Counter(map(str, declared.values())).items():
        if times > 1:
            yield f"permissions: {role} is there twice, and Azure assigns it once: keep one name"
