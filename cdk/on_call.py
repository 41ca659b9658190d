"""Services that know who is on call: whoever judges conditions may read the keys to them."""

from collections.abc import Sequence

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk.functions import Functions

# Those that put conditions to people; who only reads people has no use for a key.
JUDGES = (
    "requests_api",
    "portal",
    "asking_pages",
    "oversight_pages",
    "approver_pages",
    "inventory_api",
    "approvals_api",
    "approve_page",
    "outsider_page",
    "advance",
    "sweep",
    "off_board",
    "sweep_leavers",
    "notify",
    "send_notice",
)


class OnCall(Construct):
    """secrets: names of the secrets that the organisation keeps its keys in, made by hand."""

    def __init__(
        self, scope: Construct, construct_id: str, *, functions: Functions, secrets: Sequence[str]
    ) -> None:
        super().__init__(scope, construct_id)
        # AWS appends a dash and six characters to a secret's name.
        arns = [
            Stack.of(self).format_arn(
                service="secretsmanager",
                resource="secret",
                resource_name=f"{name}-??????",
                arn_format=ArnFormat.COLON_RESOURCE_NAME,
            )
            for name in secrets
        ]
        for judge in JUDGES if arns else ():
            functions[judge].add_to_role_policy(
                iam.PolicyStatement(actions=["secretsmanager:GetSecretValue"], resources=arns)
            )
