"""Checks of integrations, and of what flows, bundles and request settings open. Pure."""

from collections.abc import Iterator, Mapping

from accessflows.model.configuration import Configuration, Path, Problem
from accessflows.model.integration import Kind
from accessflows.model.target import BundleTarget, IntegrationTarget, ScopeTarget, Target
from accessflows.rules import scope_query
from accessflows.rules.validation.known import Claim, Known, Validator, nearest, repeated


def check_integrations(
    configuration: Configuration, connectors: Mapping[Kind, Validator], _: Known
) -> Iterator[Problem]:
    """Kinds without a connector, settings that theirs refuses, and what two would share."""
    for i, integration in enumerate(configuration.integrations):
        connector = connectors.get(integration.kind)
        if connector is None:
            yield Problem(("integrations", i, "kind"), f"not supported yet: {integration.kind}")
            continue
        for message in connector.validate(integration):
            yield Problem(("integrations", i, "settings"), message)
    yield from repeated(
        Claim(("integrations", i, "settings"), f"integration {one.id}", claim, within=one.kind)
        for i, one in enumerate(configuration.integrations)
        if one.kind in connectors
        for claim in connectors[one.kind].capabilities(one).claims
    )


def check_targets(
    configuration: Configuration, connectors: Mapping[Kind, Validator], known: Known
) -> Iterator[Problem]:
    """Integrations, resource types and permissions that targets name."""
    integrations = {integration.id: integration for integration in configuration.integrations}
    unread = known.unread.get("integrations", ())
    for path, target in _every_target(configuration):
        if not isinstance(target, IntegrationTarget) or target.integration in unread:
            continue
        integration = integrations.get(target.integration)
        if integration is None:
            said = f"there is no integration {target.integration!r}"
            yield Problem((*path, "integration"), said + nearest(target.integration, integrations))
        elif integration.kind in connectors:
            offered = connectors[integration.kind].capabilities(integration).resource_types
            yield from _offered(path, target, offered)


def _every_target(configuration: Configuration) -> Iterator[tuple[Path, Target]]:
    for i, flow in enumerate(configuration.flows):
        yield from ((("flows", i, "targets", k), target) for k, target in enumerate(flow.targets))
    for i, bundle in enumerate(configuration.bundles):
        for k, bundled in enumerate(bundle.targets):
            yield ("bundles", i, "targets", k), bundled
    for i, access in enumerate(configuration.resource_access):
        yield ("resource_access", i), access.target


def check_catalogue(
    configuration: Configuration, _: Mapping[Kind, Validator], known: Known
) -> Iterator[Problem]:
    """Targets that name a bundle or scope that is not there, and queries that do not read."""
    bundles = {*(each.id for each in configuration.bundles), *known.unread.get("bundles", ())}
    scopes = {*(s.id for s in configuration.access_scopes), *known.unread.get("access_scopes", ())}
    for path, target in _every_target(configuration):
        match target:
            case BundleTarget(bundle=name) if name not in bundles:
                said = f"there is no bundle {name!r}" + nearest(name, bundles)
                yield Problem((*path, "bundle"), said)
            case ScopeTarget(access_scope=name) if name not in scopes:
                said = f"there is no access scope {name!r}" + nearest(name, scopes)
                yield Problem((*path, "access_scope"), said)
    there = {i.id for i in configuration.integrations} | {*known.unread.get("integrations", ())}
    for i, scope in enumerate(configuration.access_scopes):
        path = ("access_scopes", i, "query")
        try:
            query = scope_query.parse(scope.query)
        except scope_query.NotAQuery as error:
            yield Problem(path, f"in the query, {error}")
            continue
        for name in _integrations_named(query):
            if name not in there:
                said = f"there is no integration {name!r}"
                yield Problem(path, said + nearest(name, there))


def _integrations_named(query: scope_query.Query) -> Iterator[str]:
    """Only where a whole id is written, not a part of one."""
    for comparison in scope_query.comparisons(query):
        whole = comparison.relation in scope_query.EXACT
        if whole and comparison.attribute is scope_query.Attribute.INTEGRATION:
            yield from comparison.values


def _offered(
    path: Path, target: IntegrationTarget, offered: Mapping[str, tuple[str, ...]]
) -> Iterator[Problem]:
    permissions = offered.get(target.resource_type)
    if permissions is None:
        said = f"{target.resource_type!r} is none of {', '.join(offered)}"
        yield Problem((*path, "resource_type"), said + nearest(target.resource_type, offered))
        return
    for n, permission in enumerate(target.permissions):
        if permission not in permissions:
            said = f"{permission!r} is none of {', '.join(permissions)}"
            yield Problem((*path, "permissions", n), said + nearest(permission, permissions))
