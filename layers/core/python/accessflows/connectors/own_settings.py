"""Settings of an organisation's own systems: what can be granted, and how much at once. Pure.

resource_types: {crm_account: [read, write]}; batch_size: entitlements of one call."""

from collections.abc import Iterator, Mapping
from typing import Any, TypeGuard

from accessflows.connectors.settings_checks import unknown, unnameable
from accessflows.model.limits import MOST_ENTITLEMENTS_OF_A_BATCH

_KNOWN = ("resource_types", "batch_size")


def problems(settings: Mapping[str, Any], others: tuple[str, ...]) -> list[str]:
    """What is wrong, in words. others: settings that are checked elsewhere."""
    return [
        *unknown(settings, (*others, *_KNOWN)),
        *_resource_types(settings.get("resource_types")),
        *_batch_size(settings.get("batch_size", MOST_ENTITLEMENTS_OF_A_BATCH)),
    ]


def resource_types(settings: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """The permissions of each type; what is wrongly written is left out."""
    declared = settings.get("resource_types")
    if not isinstance(declared, Mapping):
        return {}
    return {
        str(kind): tuple(map(str, permissions))
        for kind, permissions in declared.items()
        if isinstance(permissions, list | tuple)
    }


def batch_size(settings: Mapping[str, Any]) -> int:
    """Entitlements of one call; the most where it is not stated, or wrongly."""
    wanted = settings.get("batch_size")
    return wanted if _is_batch_size(wanted) else MOST_ENTITLEMENTS_OF_A_BATCH


def _is_batch_size(wanted: object) -> TypeGuard[int]:
    if not isinstance(wanted, int) or isinstance(wanted, bool):
        return False
    return 1 <= wanted <= MOST_ENTITLEMENTS_OF_A_BATCH


def _resource_types(declared: object) -> Iterator[str]:
    if not isinstance(declared, Mapping) or not declared:
        yield (
            "resource_types is missing: name what can be granted, each with its permissions, such "
            "as {crm_account: [read, write]}"
        )
        return
    for kind, permissions in declared.items():
        if not isinstance(permissions, list | tuple) or not permissions:
            yield f"resource_types.{kind}: list its permissions, such as [read, write]"
            continue
        yield from unnameable(f"resource_types.{kind}", (kind, *permissions))


def _batch_size(wanted: Any) -> Iterator[str]:
    if not _is_batch_size(wanted):
        yield f"batch_size is {wanted!r}: write a number from 1 to {MOST_ENTITLEMENTS_OF_A_BATCH}"
