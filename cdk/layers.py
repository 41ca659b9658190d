"""The two layers of every function: our package, and the third-party packages it needs; and one
more for the functions that speak to PostgreSQL."""

from collections.abc import Sequence
from pathlib import Path

from aws_cdk import RemovalPolicy
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from accessflows.model.integration import Kind
from cdk.layer_contents import core, third_party
from cdk.places import POSTGRESQL, ROOT, THIRD_PARTY
from cdk.stage import Stage


class Layers(Construct):
    """families: of the connectors that are deployed.

    own: what some functions have besides, by their names.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, stage: Stage, families: Sequence[str]
    ) -> None:
        super().__init__(scope, construct_id)
        self._stage = stage
        runtime = python_runtime(stage)
        self.core = lambda_.LayerVersion(
            self,
            "Core",
            code=lambda_.Code.from_asset(str(core(stage))),
            compatible_runtimes=[runtime],
            description="The package accessflows",
            removal_policy=RemovalPolicy.DESTROY,
        )
        self.third_party = self._packages("ThirdParty", THIRD_PARTY)
        self.own: dict[str, list[lambda_.ILayerVersion]] = {}
        if Kind.POSTGRESQL in families:
            driver = self._packages("Postgresql", POSTGRESQL)
            speakers = ("activate_postgresql", "revoke_postgresql", "sync_inventory")
            self.own = {speaker: [driver] for speaker in speakers}

    @property
    def both(self) -> list[lambda_.ILayerVersion]:
        return [self.core, self.third_party]

    def _packages(self, construct_id: str, requirements: Path) -> lambda_.LayerVersion:
        code = third_party(self._stage, requirements)
        return lambda_.LayerVersion(
            self,
            construct_id,
            code=lambda_.Code.from_asset(str(code)),
            compatible_runtimes=[python_runtime(self._stage)],
            description=f"Third-party packages, pinned in {requirements.relative_to(ROOT)}",
            removal_policy=RemovalPolicy.DESTROY,
        )


def python_runtime(stage: Stage) -> lambda_.Runtime:
    return lambda_.Runtime(f"python{stage.python}", lambda_.RuntimeFamily.PYTHON)
