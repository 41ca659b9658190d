"""Validation: what is wrong with a configuration that reads well.

Pure. Paths lead through `Configuration`: ("flows", 2, "targets", 0, "integration")."""

from collections.abc import Collection, Mapping, Sequence

from accessflows.model.configuration import Configuration, Problem
from accessflows.model.integration import Kind
from accessflows.rules.link_flows import problems_of_link_flows
from accessflows.rules.not_yet import not_supported
from accessflows.rules.spaces import misplaced
from accessflows.rules.validation.flows import (
    check_approvers,
    check_emergencies,
    check_extensions,
    check_grantees,
    check_presets,
    check_tickets,
)
from accessflows.rules.validation.known import Check, Known, Validator
from accessflows.rules.validation.names import (
    check_on_call,
    check_owners,
    check_relations,
    check_sources,
    check_unique,
    check_words,
    words_named,
)
from accessflows.rules.validation.people import check_complete, check_people
from accessflows.rules.validation.request_settings import check_resource_access
from accessflows.rules.validation.targets import check_catalogue, check_integrations, check_targets

__all__ = ["Validator", "problems", "words_named"]


def problems(
    configuration: Configuration,
    connectors: Mapping[Kind, Validator],
    unread: Mapping[str, Collection[str]] | None = None,
) -> list[Problem]:
    """Everything that is wrong, section by section.

    unread: words of entries that were written but could not be read, by section; what names
        one of them is not held against it.
    """
    known = Known.of(configuration, unread or {})
    found: list[Problem] = []
    for check in _CHECKS:
        found.extend(check(configuration, connectors, known))
    return found


_CHECKS: Sequence[Check] = (
    lambda configuration, _, __: not_supported(configuration),
    check_complete,
    check_unique,
    check_people,
    check_integrations,
    check_targets,
    check_catalogue,
    lambda configuration, _, known: misplaced(configuration, known.unread),
    check_on_call,
    check_approvers,
    check_sources,
    check_relations,
    check_owners,
    check_extensions,
    check_emergencies,
    lambda configuration, connectors, _: problems_of_link_flows(configuration, connectors),
    check_grantees,
    check_tickets,
    check_presets,
    check_resource_access,
    check_words,
)
