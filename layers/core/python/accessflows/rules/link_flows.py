"""Flows with an access link: what is wrong with one, beyond what any flow may get wrong.

Pure."""

from collections.abc import Iterator, Mapping
from typing import Protocol

from accessflows.model.configuration import Configuration, Path, Problem
from accessflows.model.flow import AccessFlow, RequestFor, Trigger
from accessflows.model.integration import Integration, Kind
from accessflows.model.person import ADDRESS, Person, Role
from accessflows.model.refusal import NoPrincipal
from accessflows.model.target import BundleTarget, IntegrationTarget, Target

# Whoever comes by a link has an address and nothing else.
_SOMEBODY = Person(
    id="outsider", name="An outsider", emails=("somebody@example.com",), roles=(Role.EXTERNAL,)
)


class Resolver(Protocol):
    """The part of a connector that says who a person is at the target."""

    def principal(self, integration: Integration, person: Person) -> str:
        """Raises NoPrincipal."""


def problems_of_link_flows(
    configuration: Configuration, connectors: Mapping[Kind, Resolver]
) -> Iterator[Problem]:
    """What a flow with `trigger: access_link` cannot be or open."""
    integrations = {one.id: one for one in configuration.integrations}
    for i, flow in enumerate(configuration.flows):
        if flow.trigger is not Trigger.ACCESS_LINK:
            continue
        if flow.request_for != RequestFor():
            said = "visitors of an access link ask for themselves only: leave it out"
            yield Problem(("flows", i, "request_for"), said)
        if flow.emergency:
            said = "is for people who sign in: an access link takes no emergencies"
            yield Problem(("flows", i, "emergency"), said)
        if flow.settings.require_mfa:
            said = "asks for a second factor, which visitors of an access link do not have"
            yield Problem(("flows", i, "settings", "require_mfa"), said)
        for path, name in _integrations_of(configuration, flow):
            integration = integrations.get(name)
            connector = integration and connectors.get(integration.kind)
            if integration and connector and not _takes_outsiders(connector, integration):
                yield Problem(("flows", i, *path), _nobody_there(integration))


def _takes_outsiders(connector: Resolver, integration: Integration) -> bool:
    try:
        connector.principal(integration, _SOMEBODY)
    except NoPrincipal:
        return False
    return True


def _nobody_there(integration: Integration) -> str:
    known_by = integration.principal.attribute
    why = (
        f"where an address is no principal of {integration.kind}"
        if known_by == ADDRESS
        else f"where people are known by {known_by}"
    )
    return (
        f"outsiders have an address and are nobody else in integration {integration.id!r}, {why}; "
        "no account is made for them there. Open an integration with "
        "`principal: {attribute: email}` whose system takes addresses, for example one of kind "
        "lambda: its function can make an account at grant and remove it at revoke"
    )


def _integrations_of(configuration: Configuration, flow: AccessFlow) -> Iterator[tuple[Path, str]]:
    """Those named by targets, or in bundles that they name. What a query finds is seen later."""
    bundles = {bundle.id: bundle for bundle in configuration.bundles}
    for k, target in enumerate(flow.targets):
        path: Path = ("targets", k)
        held: tuple[Target, ...] = (target,)
        if isinstance(target, BundleTarget):
            held = bundles[target.bundle].targets if target.bundle in bundles else ()
        named = (each.integration for each in held if isinstance(each, IntegrationTarget))
        yield from ((path, name) for name in dict.fromkeys(named))
