"""Sign-in: Cognito's hosted pages for people, nobody signs up by themselves."""

from aws_cdk import Acknowledgment, Aws, Duration, Validations
from aws_cdk import aws_cognito as cognito
from constructs import Construct

from cdk.functions import PAGES, Functions
from cdk.stage import Stage

# Those that make and delete sign-ins of people whom admins invite.
INVITING = ("users_api", "people_pages")
DOMAIN_PREFIX = f"accessflows-{Aws.ACCOUNT_ID}"

# Cognito fills in {username} and {####}, the first password; both have to be there.
INVITATION = (
    "<p>You are invited to Access Flows, where you ask for access when you need it.</p>"
    "<p>Sign in at {url} with your address, or the name {{username}}, and the password "
    "<code>{{####}}</code>. You choose your own then. The password is good for 7 days; "
    "after that, ask whoever invited you.</p>"
)


class SignIn(Construct):
    """portal_url: where people come back to; callback_urls: where other programs' people do."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        stage: Stage,
        functions: Functions,
        portal_url: str,
        callback_urls: list[str],
    ) -> None:
        super().__init__(scope, construct_id)
        self.pool = self._pool(stage, portal_url)
        self.client = self.pool.add_client(
            "Client",
            user_pool_client_name="accessflows",
            generate_secret=False,
            prevent_user_existence_errors=True,
            enable_token_revocation=True,
            access_token_validity=Duration.hours(1),
            refresh_token_validity=Duration.days(1),
            # Named even where all are off: Cognito turns password sign-in on where none is named.
            auth_flows=cognito.AuthFlow(admin_user_password=stage.password_flow, user_srp=False),
            o_auth=cognito.OAuthSettings(
                flows=cognito.OAuthFlows(authorization_code_grant=True),
                scopes=[cognito.OAuthScope.OPENID, cognito.OAuthScope.EMAIL],
                callback_urls=[f"{portal_url}/callback", *callback_urls],
                logout_urls=[f"{portal_url}/signed-out"],
            ),
        )
        self.pool.add_domain(
            "Domain",
            cognito_domain=cognito.CognitoDomainOptions(domain_prefix=DOMAIN_PREFIX),
        )
        self._tell(functions)

    def _pool(self, stage: Stage, portal_url: str) -> cognito.UserPool:
        pool = cognito.UserPool(
            self,
            "Pool",
            user_pool_name="accessflows",
            self_sign_up_enabled=False,
            user_invitation=cognito.UserInvitationConfig(
                email_subject="You are invited to Access Flows",
                email_body=INVITATION.format(url=portal_url),
            ),
            sign_in_aliases=cognito.SignInAliases(username=True, email=True),
            auto_verify=cognito.AutoVerifiedAttrs(email=True),
            mfa=cognito.Mfa.OPTIONAL,
            mfa_second_factor=cognito.MfaSecondFactor(sms=False, otp=True),
            password_policy=cognito.PasswordPolicy(
                min_length=12,
                require_digits=True,
                require_lowercase=True,
                require_symbols=True,
                require_uppercase=True,
            ),
            account_recovery=cognito.AccountRecovery.EMAIL_ONLY,
            deletion_protection=stage.is_aws,
            removal_policy=stage.removal,
        )
        Validations.of(pool).acknowledge(
            Acknowledgment(
                id="AwsSolutions-COG2",
                reason="People sign in at the organisation's identity provider, which asks for its "
                "own second factor; flows ask for ours where they say require_mfa.",
            ),
            Acknowledgment(
                id="AwsSolutions-COG8",
                reason="Threat protection needs Cognito's Plus plan: the organisation's choice.",
            ),
        )
        return pool

    def _tell(self, functions: Functions) -> None:
        for function in (functions["authorize"], functions["portal"]):
            function.add_environment("USER_POOL_ID", self.pool.user_pool_id)
            function.add_environment("USER_POOL_CLIENT_ID", self.client.user_pool_client_id)
            self.pool.grant(function, "cognito-idp:AdminGetUser")
        for name in PAGES:
            functions[name].add_environment("SIGN_IN_DOMAIN", DOMAIN_PREFIX)
        for name in INVITING:
            functions[name].add_environment("USER_POOL_ID", self.pool.user_pool_id)
            self.pool.grant(
                functions[name], "cognito-idp:AdminCreateUser", "cognito-idp:AdminDeleteUser"
            )
