"""MFA: the key that seals the secrets of people's authenticator apps, and who uses it."""

from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from cdk.functions import Functions
from cdk.stage import Stage


class Mfa(Construct):
    def __init__(
        self, scope: Construct, construct_id: str, *, stage: Stage, functions: Functions
    ) -> None:
        super().__init__(scope, construct_id)
        self.key = kms.Key(
            self,
            "Key",
            description="Seals what one-time codes are made of; only what takes codes uses it",
            enable_key_rotation=True,
            removal_policy=stage.removal,
        )
        for name in ("mfa_api", "account_pages"):
            functions[name].add_environment("MFA_KEY_ID", self.key.key_id)
            functions[name].add_to_role_policy(
                iam.PolicyStatement(
                    actions=["kms:Decrypt", "kms:Encrypt"], resources=[self.key.key_arn]
                )
            )
