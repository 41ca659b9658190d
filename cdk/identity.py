"""Identity: what `pull_people` may read at IAM Identity Center. It changes nothing there."""

from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

# Which store is read the settings say, which change without a deploy.
READ_PEOPLE = (
    "identitystore:ListGroupMemberships",
    "identitystore:ListGroups",
    "identitystore:ListUsers",
)


class Identity(Construct):
    def __init__(
        self, scope: Construct, construct_id: str, *, pull_people: lambda_.Function
    ) -> None:
        super().__init__(scope, construct_id)
        pull_people.add_to_role_policy(
            iam.PolicyStatement(actions=list(READ_PEOPLE), resources=["*"])
        )
