"""Credentials of integrations: whoever speaks to a system may read the secret that opens it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk.functions import Functions


class Credentials(Construct):
    """secrets: family and name of each, from the integrations of the configuration.

    The organisation made them; what they hold is never in a template.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        functions: Functions,
        secrets: Sequence[tuple[str, str]],
    ) -> None:
        super().__init__(scope, construct_id)
        read_by: dict[str, set[str]] = defaultdict(set)
        for family, secret in secrets:
            for reader in (f"activate_{family}", f"revoke_{family}", "sync_inventory"):
                read_by[reader].add(secret)
        for reader, names in read_by.items():
            functions[reader].add_to_role_policy(reads_secrets(self, sorted(names)))


def reads_secrets(scope: Construct, names: Iterable[str]) -> iam.PolicyStatement:
    """Leave to read exactly these secrets of this account and region."""
    stack = Stack.of(scope)
    return iam.PolicyStatement(
        actions=["secretsmanager:GetSecretValue"],
        resources=[
            stack.format_arn(
                service="secretsmanager",
                resource="secret",
                # AWS appends a dash and six characters to a secret's name.
                resource_name=f"{name}-??????",
                arn_format=ArnFormat.COLON_RESOURCE_NAME,
            )
            for name in names
        ],
    )
