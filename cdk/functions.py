"""The functions: one Lambda, one role and one log group each, all with fixed names."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from aws_cdk import Acknowledgment, Duration, Validations
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from cdk.api_document import with_document
from cdk.layers import python_runtime
from cdk.shapes import Shape, shapes
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
