"""AWS IAM as a target: where `activate` may put policies, and `revoke` delete them."""

from collections.abc import Sequence

from aws_cdk import Acknowledgment, ArnFormat, Aws, Stack, Validations
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from accessflows.connectors.aws_catalogue import every_action
from cdk.functions import Functions
from cdk.stage import Stage

ACTIVATE_ONLY = "iam:Put{kind}Policy"
ACTIVATE = ("iam:Get{kind}Policy", "iam:List{kind}Policies")
REVOKE = ("iam:Delete{kind}Policy", "iam:Get{kind}Policy")

# Out of reach of access granted here, whatever a policy says.
NEVER = ("iam:*", "sts:*", "kms:*", "organizations:*", "account:*")


class Targets(Construct):
    """principals: account and `user/demo-*`, from the integrations of the configuration."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        stage: Stage,
        functions: Functions,
        principals: Sequence[tuple[str, str]],
    ) -> None:
        super().__init__(scope, construct_id)
        self.boundary = self._boundary() if stage.permissions_boundary else None
        for kind in ("user", "role"):
            arns = [
                f"arn:{Aws.PARTITION}:iam::{account}:{principal}"
                for account, principal in principals
                if principal.startswith(f"{kind}/")
            ]
            if arns:
                self._grant(functions, kind.capitalize(), arns)

    def _grant(self, functions: Functions, kind: str, arns: list[str]) -> None:
        activate, revoke = functions["activate_aws_iam"], functions["revoke_aws_iam"]
        activate.add_to_role_policy(
            iam.PolicyStatement(
                actions=[ACTIVATE_ONLY.format(kind=kind)],
                resources=arns,
                conditions=self._only_bounded(),
            )
        )
        for function, actions in ((activate, ACTIVATE), (revoke, REVOKE)):
            function.add_to_role_policy(
                iam.PolicyStatement(
                    actions=[action.format(kind=kind) for action in actions], resources=arns
                )
            )
            _explain(function, arns)

    def _only_bounded(self) -> dict[str, dict[str, str]] | None:
        if self.boundary is None:
            return None
        arn = self.boundary.managed_policy_arn
        return {"StringEquals": {"iam:PermissionsBoundary": arn}}

    def _boundary(self) -> iam.ManagedPolicy:
        stack = Stack.of(self)
        boundary = iam.ManagedPolicy(
            self,
            "Boundary",
            managed_policy_name="accessflows-boundary",
            description="The most that access granted by Access Flows can reach",
            statements=[
                iam.PolicyStatement(
                    sid="Catalogue", actions=sorted(every_action()), resources=["*"]
                ),
                iam.PolicyStatement(
                    sid="Never", effect=iam.Effect.DENY, actions=list(NEVER), resources=["*"]
                ),
                iam.PolicyStatement(
                    sid="NotOurOwn",
                    effect=iam.Effect.DENY,
                    actions=["*"],
                    resources=[
                        stack.format_arn(
                            service=service,
                            resource=resource,
                            resource_name=ours,
                            arn_format=arn_format,
                        )
                        for service, resource, ours, arn_format in (
                            (
                                "dynamodb",
                                "table",
                                f"{stack.stack_name}-*",
                                ArnFormat.SLASH_RESOURCE_NAME,
                            ),
                            (
                                "secretsmanager",
                                "secret",
                                "accessflows/*",
                                ArnFormat.COLON_RESOURCE_NAME,
                            ),
                        )
                    ],
                ),
            ],
        )
        Validations.of(boundary).acknowledge(
            Acknowledgment(
                id="AwsSolutions-IAM5[Resource::*]",
                reason="A boundary grants nothing; it caps what granted policies can reach.",
            )
        )
        return boundary


def _explain(function: lambda_.Function, arns: list[str]) -> None:
    assert function.role is not None
    Validations.of(function.role).acknowledge(
        *(
            Acknowledgment(
                # cdk-nag writes the partition so.
                id=f"AwsSolutions-IAM5[Resource::{arn.replace(Aws.PARTITION, '<AWS::Partition>')}]",
                reason="The configuration names these principals by a prefix of their name.",
            )
            for arn in arns
        )
    )
