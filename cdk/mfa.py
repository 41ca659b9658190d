"""MFA: the key that seals the secrets of people's authenticator apps, and its one user."""

from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from cdk.stage import Stage


class Mfa(Construct):
    def __init__(
        self, scope: Construct, construct_id: str, *, stage: Stage, mfa_api: lambda_.Function
    ) -> None:
        super().__init__(scope, construct_id)
        self.key = kms.Key(
            self,
            "Key",
            description="Seals what one-time codes are made of; only accessflows-mfa-api uses it",
            enable_key_rotation=True,
            removal_policy=stage.removal,
        )
        mfa_api.add_environment("MFA_KEY_ID", self.key.key_id)
        mfa_api.add_to_role_policy(
            iam.PolicyStatement(
                actions=["kms:Decrypt", "kms:Encrypt"], resources=[self.key.key_arn]
            )
        )
