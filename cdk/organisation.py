"""The organisation's files, as far as the infrastructure needs them."""

from pathlib import Path
from typing import NamedTuple

from accessflows.configuration import check
from accessflows.connectors.by_kind import Connectors
from accessflows.model.integration import Kind


class Reach(NamedTuple):
    """Where the organisation lets access be given. Sorted, each once.

    principals: account and pattern of IAM principals.
    functions: names and ARNs of Lambda functions of the organisation's own.
    """

    principals: tuple[tuple[str, str], ...] = ()
    functions: tuple[str, ...] = ()


def reach_of(folder: Path) -> Reach:
    """Raises ConfigurationErrors with everything that is wrong in the folder."""
    integrations = check(folder, Connectors()).integrations
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
    return Reach(tuple(sorted(principals)), tuple(sorted(functions)))
