"""Offer: what a form of New Request has to know besides what it lists."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

from accessflows.actions.browse import Found
from accessflows.model.flow import AccessFlow
from accessflows.model.integration import Integration
from accessflows.model.limits import MOST_ENTITLEMENTS, MOST_RESOURCES
from accessflows.model.refusal import BadInput, NotFound
from accessflows.model.target import (
    BundleTarget,
    Catalogue,
    Entitlement,
    IntegrationTarget,
    Target,
)
from accessflows.ports import Ports, Snapshot


class Filters(NamedTuple):
    """What a list of resources may be narrowed to."""

    resource_types: tuple[str, ...]
    permissions: tuple[str, ...]


def usable_flow(mine: Iterable[AccessFlow], flow_id: str) -> AccessFlow:
    """The flow, where it is among those by which somebody may ask. Raises NotFound."""
    for flow in mine:
        if flow.id == flow_id:
            return flow
    raise NotFound(
        f"there is no access flow {flow_id!r} for you; ask whoever sent you its address to have "
        "you let in"
    )


def filters(ports: Ports, counts: Snapshot, flows: Collection[AccessFlow]) -> Filters:
    """By what the flows name. What a saved query finds is only known to be somewhere."""
    kinds: set[str] = set()
    permissions: set[str] = set()
    for target in _named(flows, counts.catalogue):
        if isinstance(target, IntegrationTarget):
            kinds.add(target.resource_type)
            permissions.update(target.permissions)
        else:
            for kind, allowed in _possible(ports, counts):
                kinds.add(kind)
                permissions.update(allowed)
    return Filters(tuple(sorted(kinds)), tuple(sorted(permissions)))


def everything_found(
    page: Callable[[str | None], Found], permissions: Collection[str], *, needs_permission: bool
) -> tuple[Entitlement, ...]:
    """All that a list holds, of these permissions where some are named.

    page: the list's page at a cursor. needs_permission: a list that nobody put together has to be
    narrowed to permissions, or it would give more than anybody meant.
    Raises BadInput where that is missing, or there is more than one submission may hold.
    """
    if needs_permission and not permissions:
        raise BadInput("narrow the list to the permissions you need, then choose all of it")
    found: list[Entitlement] = []
    resources = 0
    for one in _through(page):
        resources += len(one.holdings)
        every = (e for holding in one.holdings for e in holding.entitlements)
        found += [e for e in every if not permissions or e.permission in permissions]
        if resources > MOST_RESOURCES or len(found) > MOST_ENTITLEMENTS:
            raise BadInput(
                f"this list holds more than {MOST_RESOURCES:,} resources or {MOST_ENTITLEMENTS:,} "
                "permissions, which is as much as one request holds; narrow it"
            )
    return tuple(found)


def _through(page: Callable[[str | None], Found]) -> Iterator[Found]:
    found = page(None)
    yield found
    while found.cursor:
        found = page(found.cursor)
        yield found


def _named(flows: Iterable[AccessFlow], catalogue: Catalogue) -> Iterator[Target]:
    """Targets, those within bundles instead of the bundles."""
    for flow in flows:
        for target in flow.targets:
            if isinstance(target, BundleTarget):
                bundle = catalogue.bundles.get(target.bundle)
                yield from bundle.targets if bundle else ()
            else:
                yield target


def _possible(ports: Ports, counts: Snapshot) -> Iterator[tuple[str, tuple[str, ...]]]:
    for integration in _open(counts.integrations, counts.catalogue):
        capabilities = ports.connectors[integration.kind].capabilities(integration)
        yield from capabilities.resource_types.items()


def _open(integrations: Mapping[str, Integration], catalogue: Catalogue) -> Iterator[Integration]:
    return (one for key, one in integrations.items() if key in catalogue.integrations)
