"""Both stages, each synthesized once for all tests."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cdk.template import Template

CONFIG = Path(__file__).parent / "config"
# As in cdk.json.
CONTEXT = {"@aws-cdk/aws-iam:minimizePolicies": True}


@pytest.fixture(scope="session")
def synthesize(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Template]:
    def synthesized(stage: str) -> Template:
        from aws_cdk import App

        from cdk.app import build

        folder = tmp_path_factory.mktemp(stage)
        app = App(context={**CONTEXT, "stage": stage, "config": str(CONFIG)}, outdir=str(folder))
        build(app)
        app.synth()
        return Template(folder)

    return synthesized


@pytest.fixture(scope="session")
def local(synthesize: Callable[[str], Template]) -> Template:
    return synthesize("local")


@pytest.fixture(scope="session")
def aws(synthesize: Callable[[str], Template]) -> Template:
    return synthesize("aws")


@pytest.fixture(params=["local", "aws"])
def either(request: pytest.FixtureRequest) -> Template:
    """For what holds in both stages."""
    template: Template = request.getfixturevalue(request.param)
    return template
