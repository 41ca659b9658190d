"""Both stages, each synthesized once for all tests."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cdk.template import Template

CONFIG = Path(__file__).parent / "config"
# As in cdk.json; and a network, on AWS.
CONTEXT = {"@aws-cdk/aws-iam:minimizePolicies": True}
NETWORK = {"subnets": "subnet-0aaa1111,subnet-0bbb2222", "security_groups": "sg-0ccc3333"}


@pytest.fixture(scope="session")
def synthesize(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Template]:
    def synthesized(stage: str) -> Template:
        from aws_cdk import App

        from cdk.app import build

        folder = tmp_path_factory.mktemp(stage)
        told = {**CONTEXT, "stage": stage, "config": str(CONFIG)}
        app = App(context=told | (NETWORK if stage == "aws" else {}), outdir=str(folder))
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
