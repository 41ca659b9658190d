"""Browse: what a person may ask for, and what bundles and access scopes hold now.

Whoever looks sees what an active flow opens to them; admins see every bundle and scope."""

import base64
import binascii
import json
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import NamedTuple, TypeVar

from accessflows.actions.expand import Holding, Place, held, walk
from accessflows.model.flow import AccessFlow
from accessflows.model.limits import MOST_EXAMINED, PAGE_SIZE
from accessflows.model.person import Person, Role
from accessflows.model.refusal import BadInput, NotFound
from accessflows.model.target import (
    AccessScope,
    Bundle,
    BundleTarget,
    Catalogue,
    Resource,
    ScopeTarget,
    Target,
)
from accessflows.ports import Ports, Snapshot
from accessflows.rules.grantees import lets_ask, through
from accessflows.rules.targets import TargetsByName

# Of a sort key in DynamoDB.
MOST_KEY_BYTES = 1_024

Named = TypeVar("Named", Bundle, AccessScope)


class Search(NamedTuple):
    """What is looked for. Empty: anything. tags: each must be there with one of its values."""

    name: str = ""
    resource_types: Collection[str] = ()
    permissions: Collection[str] = ()
    tags: Mapping[str, Collection[str]] = {}
    integrations: Collection[str] = ()


class Found(NamedTuple):
    """A page. It may hold few, even none, while there is a cursor that continues it."""

    holdings: tuple[Holding, ...]
    cursor: str | None


def find_resources(
    ports: Ports, person: Person, search: Search, *, grantee_id: str | None, cursor: str | None
) -> Found:
    """What the person may ask for on behalf of the grantee (themselves, if none is named).

    With permissions in the search, a resource is found for one of them, and shown with all.
    Raises NotFound for an unknown grantee, BadInput for a cursor that no page gave.
    """
    counts = ports.flows.snapshot()
    return found_in(
        ports, counts.catalogue, open_to(ports, counts, person, grantee_id), search, cursor
    )


def find_anywhere(ports: Ports, search: Search, cursor: str | None) -> Found:
    """What there is, with all that may be done with it, for admins. Raises BadInput."""

    def there(resource: Resource) -> Holding | None:
        return Holding(resource, resource.permissions) if _is_like(resource, search) else None

    return _page(ports, ports.flows.snapshot().catalogue.integrations, there, cursor)


def find_in_flow(ports: Ports, flow: AccessFlow, search: Search, cursor: str | None) -> Found:
    """What one flow opens, for whoever may use it. Raises BadInput as `find_resources`."""
    return found_in(ports, ports.flows.snapshot().catalogue, [flow], search, cursor)


def found_in(
    ports: Ports,
    catalogue: Catalogue,
    flows: Collection[AccessFlow],
    search: Search,
    cursor: str | None,
) -> Found:
    """What flows open together. catalogue: what their targets may name."""
    targets = TargetsByName(target for flow in flows for target in flow.targets)

    def askable(resource: Resource) -> Holding | None:
        if not _is_like(resource, search):
            return None
        holding = held(targets.near(resource), resource, catalogue)
        wanted = set(search.permissions or holding.permissions)
        return holding if wanted & set(holding.permissions) else None

    within = catalogue.integrations if flows else frozenset()
    if search.integrations:
        within &= frozenset(search.integrations)
    return _page(ports, within, askable, cursor)


def list_bundles(
    ports: Ports, person: Person, name: str, *, grantee_id: str | None
) -> tuple[Bundle, ...]:
    """The bundles that flows open to the person, by name; every one, for admins."""
    counts = ports.flows.snapshot()
    catalogue, named = counts.catalogue, _bundles_named(open_to(ports, counts, person, grantee_id))
    return _visible(catalogue.bundles, named, person, name)


def list_scopes(
    ports: Ports, person: Person, name: str, *, grantee_id: str | None
) -> tuple[AccessScope, ...]:
    """The access scopes that flows open to the person, by name; every one, for admins."""
    counts = ports.flows.snapshot()
    catalogue = counts.catalogue
    named = _scopes_named(open_to(ports, counts, person, grantee_id), catalogue)
    return _visible(catalogue.access_scopes, named, person, name)


def bundle_in(
    ports: Ports, counts: Snapshot, person: Person, bundle_id: str, *, grantee_id: str | None
) -> Bundle:
    """The bundle of that name. Raises NotFound where the person may not know of it."""
    named = _bundles_named(open_to(ports, counts, person, grantee_id))
    return _seen(counts.catalogue.bundles, named, person, bundle_id, "bundle")


def bundle_contents(
    ports: Ports, person: Person, bundle_id: str, *, grantee_id: str | None, cursor: str | None
) -> Found:
    """What a bundle holds now. Raises NotFound as `bundle_in`, BadInput for a bad cursor."""
    counts = ports.flows.snapshot()
    bundle = bundle_in(ports, counts, person, bundle_id, grantee_id=grantee_id)
    return contents(ports, bundle.targets, counts.catalogue, cursor)


def scope_contents(
    ports: Ports, person: Person, scope_id: str, *, grantee_id: str | None, cursor: str | None
) -> Found:
    """What an access scope finds now. Raises NotFound, BadInput for a bad cursor."""
    counts = ports.flows.snapshot()
    catalogue = counts.catalogue
    named = _scopes_named(open_to(ports, counts, person, grantee_id), catalogue)
    scope = _seen(catalogue.access_scopes, named, person, scope_id, "access scope")
    return contents(ports, (ScopeTarget(access_scope=scope.id),), catalogue, cursor)


def contents(
    ports: Ports, targets: tuple[Target, ...], catalogue: Catalogue, cursor: str | None
) -> Found:
    """What some targets take in now, whoever asks. Raises BadInput for a bad cursor."""

    def inside(resource: Resource) -> Holding | None:
        holding = held(targets, resource, catalogue)
        return holding if holding.permissions else None

    return _page(ports, catalogue.integrations, inside, cursor)


def open_to(
    ports: Ports, counts: Snapshot, person: Person, grantee_id: str | None
) -> list[AccessFlow]:
    """The flows by which the person may ask for the grantee (themselves, if none is named).

    Raises NotFound for an unknown grantee.
    """
    mine = (flow for flow in counts.flows if lets_ask(flow, person))
    return open_by(ports, mine, person, grantee_id)


def open_by(
    ports: Ports, mine: Iterable[AccessFlow], person: Person, grantee_id: str | None
) -> list[AccessFlow]:
    """Of the flows that are usable by the person, those by which they may ask for the grantee.

    Raises NotFound as `open_to`.
    """
    own = grantee_id in (None, person.id)
    grantee = person if own else ports.directory.person(grantee_id or person.id)
    return list(through(mine, person, grantee))


def _bundles_named(flows: Collection[AccessFlow]) -> frozenset[str]:
    targets = (target for flow in flows for target in flow.targets)
    return frozenset(t.bundle for t in targets if isinstance(t, BundleTarget))


def _scopes_named(flows: Collection[AccessFlow], catalogue: Catalogue) -> frozenset[str]:
    """Also those that stand in a bundle which the flows name."""
    targets: list[Target] = [target for flow in flows for target in flow.targets]
    for name in _bundles_named(flows) & catalogue.bundles.keys():
        targets.extend(catalogue.bundles[name].targets)
    return frozenset(t.access_scope for t in targets if isinstance(t, ScopeTarget))


def _visible(
    all_of_them: Mapping[str, Named], named: Collection[str], person: Person, part: str
) -> tuple[Named, ...]:
    seen = [
        each
        for key, each in all_of_them.items()
        if (key in named or Role.ADMIN in person.roles) and part.casefold() in each.name.casefold()
    ]
    return tuple(sorted(seen, key=lambda each: (each.name.casefold(), each.id)))


def _seen(
    all_of_them: Mapping[str, Named], named: Collection[str], person: Person, key: str, kind: str
) -> Named:
    if key not in all_of_them or not (key in named or Role.ADMIN in person.roles):
        raise NotFound(f"there is no {kind} {key!r} for you")
    return all_of_them[key]


def _is_like(resource: Resource, search: Search) -> bool:
    return (
        search.name.casefold() in resource.name.casefold()
        and (not search.resource_types or resource.resource_type in search.resource_types)
        and all(resource.tags.get(key) in values for key, values in search.tags.items())
    )


def _page(
    ports: Ports,
    integrations: Collection[str],
    pick: Callable[[Resource], Holding | None],
    cursor: str | None,
) -> Found:
    found: list[Holding] = []
    resources = walk(ports.inventory, integrations, _decoded(cursor))
    for examined, resource in enumerate(resources, start=1):
        holding = pick(resource)
        if holding:
            found.append(holding)
        if len(found) == PAGE_SIZE or examined == MOST_EXAMINED:
            return Found(tuple(found), _encoded(resource))
    return Found(tuple(found), None)


def _encoded(resource: Resource) -> str:
    place = [resource.integration, resource.resource_type, resource.name]
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode()


def _decoded(cursor: str | None) -> Place | None:
    if cursor is None:
        return None
    try:
        match json.loads(base64.urlsafe_b64decode(cursor)):
            case [str(integration), str(resource_type), str(name)] if _is_a_key(name):
                return integration, resource_type, name
    except (binascii.Error, ValueError, RecursionError):
        pass
    raise BadInput("this cursor is none that a list gave; begin without one", field="cursor")


def _is_a_key(name: str) -> bool:
    return 0 < len(name.encode(errors="replace")) <= MOST_KEY_BYTES
