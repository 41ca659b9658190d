"""Signed links and sign-ins: the secret that holds their keys, and who may read it."""

from aws_cdk import Acknowledgment, Validations
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from cdk.credentials import reads_secrets
from cdk.functions import PAGES, Functions
from cdk.http_api import HttpApi
from cdk.stage import Stage

SECRET_NAME = "accessflows/link-keys"  # noqa: S105 (its name, not what it holds)


class Links(Construct):
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        stage: Stage,
        functions: Functions,
        http_api: HttpApi,
        public_url: str,
    ) -> None:
        super().__init__(scope, construct_id)
        self.keys = secretsmanager.Secret(
            self,
            "Keys",
            secret_name=SECRET_NAME,
            description="Keys that sign mailed links, by name; the last one signs, all verify",
            generate_secret_string=secretsmanager.SecretStringGenerator(
                secret_string_template="{}",  # noqa: S106 (an object for the keys)
                generate_string_key="first",
                password_length=64,
                exclude_punctuation=True,
            ),
            removal_policy=stage.removal,
        )
        Validations.of(self.keys).acknowledge(
            Acknowledgment(
                id="AwsSolutions-SMG4",
                reason="A new key is added after the others, which verify for as long as links "
                "live: replacing the value by schedule would break links in people's mail.",
            )
        )
        for name in ("send_notice", *PAGES, "links_api"):
            functions[name].add_environment("API_ID", http_api.api_id)
            functions[name].add_environment("PUBLIC_URL", public_url)
        # By name, since the emulator forgets a secret's ARN at the second deployment.
        for name in ("send_notice", "approve_page", "portal", "links_api", "outsider_page"):
            function = functions[name]
            function.add_environment("LINK_KEYS_SECRET", SECRET_NAME)
            function.add_to_role_policy(reads_secrets(self, [SECRET_NAME]))
            function.node.add_dependency(self.keys)
