"""The two layers of every function: our package, and the third-party packages it needs."""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from cdk.places import CORE_LAYER
from cdk.stage import Stage
from cdk.third_party import third_party

NOT_CODE = ["**/__pycache__", "**/*.pyc", "**/.mypy_cache"]


class Layers(Construct):
    def __init__(self, scope: Construct, construct_id: str, *, stage: Stage) -> None:
        super().__init__(scope, construct_id)
        runtime = python_runtime(stage)
        self.core = lambda_.LayerVersion(
            self,
            "Core",
            code=lambda_.Code.from_asset(str(CORE_LAYER), exclude=NOT_CODE),
            compatible_runtimes=[runtime],
            description="The package accessflows",
            removal_policy=RemovalPolicy.DESTROY,
        )
        self.third_party = lambda_.LayerVersion(
            self,
            "ThirdParty",
            code=lambda_.Code.from_asset(str(third_party(stage)), exclude=NOT_CODE),
            compatible_runtimes=[runtime],
            description="Third-party packages, pinned in layers/deps/requirements.txt",
            removal_policy=RemovalPolicy.DESTROY,
        )

    @property
    def both(self) -> list[lambda_.ILayerVersion]:
        return [self.core, self.third_party]


def python_runtime(stage: Stage) -> lambda_.Runtime:
    return lambda_.Runtime(f"python{stage.python}", lambda_.RuntimeFamily.PYTHON)
