"""The organisation's files, as far as the infrastructure needs them."""

from pathlib import Path
from typing import NamedTuple

from accessflows.configuration import check
from accessflows.connectors import directory_group, identity_center_settings
from accessflows.connectors.by_kind import Connectors
from accessflows.model.integration import Kind
from accessflows.rules.origin import served_kinds


class Reach(NamedTuple):
    """Where the organisation lets access be given, and whom it asks. Sorted, each once.

    principals: account and pattern of IAM principals.
    functions: names and ARNs of Lambda functions of the organisation's own.
    families: of the connectors that serve its integrations.
    secrets: family, and name of a secret that integrations of it are reached with.
    on_call_secrets: names of the secrets with keys to services that know who is on call.
    assigned: ARN of instance, account and ARN of permission set, of IAM Identity Center.
    groups: ids of identity store and group.
    """

    principals: tuple[tuple[str, str], ...] = ()
    functions: tuple[str, ...] = ()
    families: tuple[str, ...] = tuple(sorted(served_kinds(())))
    secrets: tuple[tuple[str, str], ...] = ()
    on_call_secrets: tuple[str, ...] = ()
    assigned: tuple[tuple[str, str, str], ...] = ()
    groups: tuple[tuple[str, str], ...] = ()


def reach_of(folder: Path) -> Reach:
    """Raises ConfigurationErrors with everything that is wrong in the folder."""
    configuration = check(folder, Connectors())
    integrations = configuration.integrations
    principals = {
        (str(integration.settings["account_id"]), str(pattern))
        for integration in integrations
        if integration.kind is Kind.AWS_IAM
        for pattern in integration.settings["principals"]
    }
    functions = {
        str(integration.settings["function"])
        for integration in integrations
        if integration.kind is Kind.LAMBDA
    }
    secrets = {
        (str(integration.kind), str(integration.settings["secret"]))
        for integration in integrations
        if "secret" in integration.settings
    }
    assigned = {
        (str(integration.settings["instance_arn"]), account, permission_set)
        for integration in integrations
        if integration.kind is Kind.AWS_IDENTITY_CENTER
        for account in identity_center_settings.accounts(integration.settings)
        for permission_set in identity_center_settings.permission_sets(
            integration.settings
        ).values()
    }
    groups = {
        (str(integration.settings["identity_store_id"]), group)
        for integration in integrations
        if integration.kind is Kind.DIRECTORY_GROUP
        for group in directory_group.groups(integration.settings).values()
    }
    return Reach(
        principals=tuple(sorted(principals)),
        functions=tuple(sorted(functions)),
        families=tuple(sorted(served_kinds(integrations))),
        secrets=tuple(sorted(secrets)),
        on_call_secrets=tuple(sorted({source.secret for source in configuration.on_call_sources})),
        assigned=tuple(sorted(assigned)),
        groups=tuple(sorted(groups)),
    )
