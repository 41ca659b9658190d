"""Inventory: what `sync_inventory` may read at AWS targets. It changes nothing there."""

from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import triggers
from constructs import Construct

# None of these takes a resource, or the resources are the very thing looked for.
READ_AT_TARGETS = (
    "dynamodb:ListTables",
    "dynamodb:ListTagsOfResource",
    "s3:GetBucketTagging",
    "s3:ListAllMyBuckets",
    "secretsmanager:ListSecrets",
)


class Inventory(Construct):
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        sync_inventory: lambda_.Function,
        after: Construct,
    ) -> None:
        super().__init__(scope, construct_id)
        sync_inventory.add_to_role_policy(
            iam.PolicyStatement(actions=list(READ_AT_TARGETS), resources=["*"])
        )
        triggers.Trigger(
            self,
            "First",
            handler=sync_inventory,
            invocation_type=triggers.InvocationType.EVENT,
            execute_after=[after],
        )
