"""The functions: one Lambda, one role and one log group each, all with fixed names."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from aws_cdk import Acknowledgment, Duration, Validations
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from cdk.api_document import with_document
from cdk.layers import python_runtime
from cdk.stage import Stage

PREFIX = "accessflows-"
# Those whose pages ask for a session, and lead to signing in.
PAGES = (
    "portal",
    "asking_pages",
    "approver_pages",
    "account_pages",
    "admin_pages",
    "oversight_pages",
    "people_pages",
)
NOT_CODE = ["**/__pycache__", "**/*.pyc", "**/.mypy_cache"]
KEPT_FOR = logs.RetentionDays.SIX_MONTHS


@dataclass(frozen=True)
class Shape:
    """timeout: seconds. family: the connectors' family it serves, where it is one of several."""

    module: str
    timeout: int
    does: str
    family: str | None = None

    @property
    def name(self) -> str:
        """As in the data, for instance `requests_api` or `activate_aws_iam`."""
        return f"{self.module}_{self.family}" if self.family else self.module


# Callers outlast the functions they call: HTTP API 30 s, a machine's Task 45 s and 60 s.
_SHAPES = (
    Shape("authorize", 10, "Who is calling the API"),
    Shape("requests_api", 25, "Ask for access; read, cancel and revoke requests"),
    Shape("inventory_api", 25, "What can be asked for, and what bundles and scopes hold"),
    Shape("activity_api", 25, "All requests, reports and audit, for admins; ending several"),
    Shape("mfa_api", 25, "Authenticator apps, and requests confirmed with their codes"),
    Shape("approvals_api", 25, "Approve and reject"),
    Shape("admin_api", 25, "What the product works by, for admins"),
    Shape("users_api", 25, "People and groups, for admins"),
    Shape("tokens_api", 25, "Tokens: one's own, and for admins all"),
    Shape("scim_api", 29, "What identity providers push: people and groups"),
    Shape("api_document", 10, "What the API offers"),
    Shape("approve_page", 25, "The page behind a mailed link"),
    Shape("portal", 25, "The pages of whoever is signed in, and their sign-in"),
    Shape("admin_pages", 25, "The pages of admins: what the product works by"),
    Shape("asking_pages", 25, "The pages on which people ask for access"),
    Shape("oversight_pages", 25, "The pages of admins: all requests, and who could reach what"),
    Shape("people_pages", 25, "The pages of admins: people, groups and tokens"),
    Shape("approver_pages", 25, "What awaits one's decision, for whoever is signed in"),
    Shape("account_pages", 25, "One's authenticator app, delegates and tokens"),
    Shape("links_api", 25, "Access links, for admins"),
    Shape("outsider_page", 25, "The pages of people without an account"),
    Shape("dispatch", 55, "From event rows to machines and the bus"),
    Shape("advance", 30, "Do what is due on one request"),
    Shape("sweep", 55, "Move on every request that is overdue"),
    Shape("clean_fallback", 55, "End fallback access that outlived its purpose"),
    Shape("off_board", 55, "End what a person who changed may not have any longer"),
    Shape("sweep_leavers", 120, "End what people may not have any longer"),
    Shape("pull_people", 240, "Follow the identity sources that are listed"),
    Shape("settle_groups", 240, "Let people's records follow changes of groups"),
    Shape("sync_inventory", 240, "Read what there is at the targets"),
    Shape("notify", 30, "Who is told of an event"),
    Shape("send_notice", 30, "Send one notice by mail"),
    Shape("apply_config", 120, "Store the organisation's configuration"),
)


def shapes(families: Iterable[str]) -> tuple[Shape, ...]:
    """Of all functions, with those that serve the connectors of these families."""
    served = tuple(families)
    return (
        *_SHAPES,
        *(Shape("activate", 30, "Bring a batch to its target", family) for family in served),
        *(Shape("revoke", 30, "Take a batch from its target", family) for family in served),
    )


class Functions(Construct):
    """All functions, by the name of their shape.

    families: of the connectors that the deployment has functions for.
    own_layers: of some, besides those of all.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        stage: Stage,
        code: str,
        layers: list[lambda_.ILayerVersion],
        own_layers: Mapping[str, list[lambda_.ILayerVersion]],
        environment: dict[str, str],
        families: Sequence[str],
    ) -> None:
        super().__init__(scope, construct_id)
        self.families = tuple(families)
        self._stage = stage
        self._code = lambda_.Code.from_asset(code, exclude=NOT_CODE)
        document = with_document(Path(code) / "api_document.py")
        self._codes = {"api_document": lambda_.Code.from_asset(str(document))}
        self._layers = layers
        self._own_layers = own_layers
        self._environment = {
            "STAGE": stage.name,
            "POWERTOOLS_SERVICE_NAME": "accessflows",
            "POWERTOOLS_LOG_LEVEL": "INFO",
            **environment,
        }
        self._by_name = {shape.name: self._function(shape) for shape in shapes(families)}

    def __getitem__(self, name: str) -> lambda_.Function:
        return self._by_name[name]

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    def by_family(self, module: str) -> dict[str, lambda_.Function]:
        """The functions `activate` or `revoke`, one a family."""
        return {family: self[f"{module}_{family}"] for family in self.families}

    def _function(self, shape: Shape) -> lambda_.Function:
        construct_id = pascal_case(shape.name)
        name = fixed_name(shape.name)
        log_group = logs.LogGroup(
            self,
            f"{construct_id}Log",
            log_group_name=f"/aws/lambda/{name}",
            retention=KEPT_FOR,
            removal_policy=self._stage.removal,
        )
        function = lambda_.Function(
            self,
            construct_id,
            function_name=name,
            description=shape.does,
            runtime=python_runtime(self._stage),
            architecture=lambda_.Architecture.X86_64,
            handler=f"{shape.module}.handler",
            code=self._codes.get(shape.module, self._code),
            layers=[*self._layers, *self._own_layers.get(shape.name, ())],
            memory_size=512,
            timeout=Duration.seconds(shape.timeout),
            environment=self._environment,
            log_group=log_group,
            role=self._role(construct_id, name, log_group),
            tracing=lambda_.Tracing.ACTIVE,
        )
        Validations.of(function).acknowledge(
            Acknowledgment(
                id="AwsSolutions-L1",
                reason="The version is one setting for runtime and wheels (cdk/stage.py).",
            )
        )
        return function

    def _role(self, construct_id: str, name: str, log_group: logs.LogGroup) -> iam.Role:
        role = iam.Role(
            self,
            f"{construct_id}Role",
            role_name=name,
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
        )
        log_group.grant_write(role)
        Validations.of(role).acknowledge(
            Acknowledgment(
                id="AwsSolutions-IAM5[Resource::*]",
                reason="X-Ray's actions take no resource; tests/cdk holds every other statement.",
            )
        )
        return role


def fixed_name(name: str) -> str:
    return PREFIX + name.replace("_", "-")


def pascal_case(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))
