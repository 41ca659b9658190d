"""The organisation's own Lambda functions as targets: which of them ours may invoke."""

from collections.abc import Sequence

from aws_cdk import Aws
from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk.functions import Functions

# Who grants, who revokes, and who asks what there is.
CALLERS = ("activate_lambda", "revoke_lambda", "sync_inventory")


class OwnFunctions(Construct):
    """reached: names and ARNs, from the integrations of the configuration."""

    def __init__(
        self, scope: Construct, construct_id: str, *, functions: Functions, reached: Sequence[str]
    ) -> None:
        super().__init__(scope, construct_id)
        if not reached:
            return
        for caller in CALLERS:
            functions[caller].add_to_role_policy(
                iam.PolicyStatement(
                    actions=["lambda:InvokeFunction"], resources=[_arn(name) for name in reached]
                )
            )


def _arn(name: str) -> str:
    if name.startswith("arn:"):
        return name
    return f"arn:{Aws.PARTITION}:lambda:{Aws.REGION}:{Aws.ACCOUNT_ID}:function:{name}"
