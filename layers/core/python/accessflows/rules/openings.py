"""Openings: what a flow opens, cut into parts that compare between two configurations.

Pure. Without an inventory a part is a permission on a selection of resources, or what a query
finds; with one it is a permission on a resource that is there. Equal words are equal parts."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias, assert_never

from accessflows.model.target import (
    AllExcept,
    BundledTarget,
    BundleTarget,
    ByName,
    ByTags,
    Catalogue,
    IntegrationTarget,
    Resource,
    Resources,
    ScopeTarget,
    Target,
)
from accessflows.rules import scope_query
from accessflows.rules.targets import take_in

Place: TypeAlias = tuple[str, str, str]
ANYWHERE: Place = ("", "", "")


class Opening(NamedTuple):
    """One part. place: integration, type and permission, empty for what a query finds.

    resources: none where `resource` is known to be there, or a query finds them.
    """

    words: str
    place: Place = ANYWHERE
    resources: Resources | None = None
    resource: Resource | None = None


def openings(targets: Iterable[Target], catalogue: Catalogue) -> Iterator[Opening]:
    """The parts as written; names one by one."""
    for target in plain(targets, catalogue):
        match target:
            case IntegrationTarget():
                for permission in target.permissions:
                    place = (target.integration, target.resource_type, permission)
                    for chosen in _each_name(target.resources):
                        yield Opening(_words(place, chosen), place, resources=chosen)
            case ScopeTarget(access_scope=name):
                scope = catalogue.access_scopes.get(name)
                if scope:
                    query = scope_query.spell(scope_query.parse(scope.query))
                    yield Opening(f"whatever is found by {query}")
            case _:
                assert_never(target)


def plain(targets: Iterable[Target], catalogue: Catalogue) -> Iterator[BundledTarget]:
    """The targets with bundles replaced by what they hold."""
    for target in targets:
        if isinstance(target, BundleTarget):
            bundle = catalogue.bundles.get(target.bundle)
            yield from bundle.targets if bundle else ()
        else:
            yield target


def concrete(
    targets: Sequence[Target], catalogue: Catalogue, inventory: Iterable[Resource]
) -> Iterator[Opening]:
    """The parts as the inventory has them."""
    for resource in inventory:
        for permission in resource.permissions:
            if take_in(targets, resource, permission, catalogue):
                place = (resource.integration, resource.resource_type, permission)
                words = _words(place, ByName(names=(resource.name,)))
                yield Opening(words, place, resource=resource)


def within(part: Opening, others: Mapping[str, Opening]) -> bool:
    """Whether one of the others is known to take in all that the part does."""
    if part.words in others:
        return True
    if part.resources is None:
        return False
    return any(
        other.place == part.place
        and other.resources is not None
        and _contains(other.resources, part.resources)
        for other in others.values()
    )


def may_overlap(one: Opening, other: Opening) -> bool:
    """Whether both may take in the same; no only where they certainly don't.

    What two different queries find is not known to overlap without an inventory.
    """
    if one.words == other.words:
        return True
    if one.resources is None or other.resources is None or one.place != other.place:
        return False
    return not _apart(one.resources, other.resources) and not _apart(other.resources, one.resources)


def _each_name(resources: Resources) -> Iterator[Resources]:
    if isinstance(resources, ByName):
        yield from (ByName(names=(name,)) for name in dict.fromkeys(resources.names))
    else:
        yield resources


def _contains(outer: Resources, inner: Resources) -> bool:
    """Whether every resource of `inner`, now or ever, is in `outer`, as far as words tell."""
    match outer, inner:
        case "any", _:
            return True
        case ByName(names=names), ByName(names=wanted):
            return set(wanted) <= set(names)
        case ByTags(tags=tags), ByTags(tags=narrower):
            return all(
                key in narrower and set(narrower[key]) <= set(values)
                for key, values in tags.items()
            )
        case AllExcept(except_=left_out), AllExcept(except_=more_left_out):
            return _contains(more_left_out, left_out)
        case AllExcept(except_=left_out), _:
            return _apart(left_out, inner)
        case _:
            return False


def _apart(one: Resources, other: Resources) -> bool:
    """Whether no resource can be in both, as far as words tell."""
    match one, other:
        case ByName(names=names), ByName(names=others):
            return not set(names) & set(others)
        case ByTags(tags=tags), ByTags(tags=others):
            return any(not set(tags[key]) & set(others[key]) for key in tags.keys() & others.keys())
        case AllExcept(except_=left_out), _:
            return _contains(left_out, other)
        case _:
            return False


def _words(place: Place, resources: Resources) -> str:
    integration, resource_type, permission = place
    match resources:
        case ByName(names=(name,)):
            return f"{permission} on {resource_type} {name} in {integration}"
        case _:
            return f"{permission} on {resource_type} in {integration}, {_chosen(resources)}"


def _chosen(resources: Resources) -> str:
    match resources:
        case "any":
            return "any of them"
        case ByName(names=names):
            return ", ".join(sorted(names))
        case ByTags(tags=tags):
            listed = (f"{key}={'|'.join(sorted(values))}" for key, values in sorted(tags.items()))
            return f"tagged {' '.join(listed)}"
        case AllExcept(except_=left_out):
            return f"all but {_chosen(left_out)}"
        case _:
            assert_never(resources)
