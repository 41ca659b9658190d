"""The organisation's files, as far as the infrastructure needs them."""

from datetime import timedelta
from pathlib import Path

from accessflows.configuration import check
from accessflows.connectors.aws_iam import AwsIam
from accessflows.model.integration import Kind


def iam_principals(folder: Path) -> list[tuple[str, str]]:
    """Account and principal pattern of every IAM integration, sorted, each once.

    Raises ConfigurationErrors with everything that is wrong in the folder.
    """
    configuration = check(folder, {Kind.AWS_IAM: AwsIam(settle_for=timedelta(0))})
    found = {
        (str(integration.settings["account_id"]), str(pattern))
        for integration in configuration.integrations
        if integration.kind is Kind.AWS_IAM
        for pattern in integration.settings["principals"]
    }
    return sorted(found)
