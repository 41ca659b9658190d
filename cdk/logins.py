"""Logins that are made for grants: the key that seals their passwords, and who uses it."""

from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from cdk.functions import Functions
from cdk.stage import Stage

# Who makes passwords, and who shows them to the person they were made for.
MAKERS = ("activate_postgresql",)
TELLERS = ("requests_api", "portal")


class Logins(Construct):
    """Nothing, where no connector makes passwords."""

    def __init__(
        self, scope: Construct, construct_id: str, *, stage: Stage, functions: Functions
    ) -> None:
        super().__init__(scope, construct_id)
        makers = [maker for maker in MAKERS if maker in functions]
        if not makers:
            return
        key = kms.Key(
            self,
            "Key",
            description="Seals passwords of grants; made by one function, opened by others",
            enable_key_rotation=True,
            removal_policy=stage.removal,
        )
        for names, action in ((makers, "kms:Encrypt"), (TELLERS, "kms:Decrypt")):
            for name in names:
                functions[name].add_environment("LOGIN_KEY_ID", key.key_id)
                functions[name].add_to_role_policy(
                    iam.PolicyStatement(actions=[action], resources=[key.key_arn])
                )
