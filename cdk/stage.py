"""Stages: where the same constructs run, and all that differs between the places."""

import sys
from dataclasses import dataclass

from aws_cdk import (
    Aws,
    CliCredentialsStackSynthesizer,
    DefaultStackSynthesizer,
    RemovalPolicy,
    StackSynthesizer,
)

AWS_PYTHON = "3.13"
DEFAULT_PORT = "4566"


@dataclass(frozen=True)
class Stage:
    """python: version of the Lambda runtime and of the wheels in the layer.
    removal: what happens to data when the stack goes.
    password_flow: whether programs may sign in with a password, as tests do.
    permissions_boundary: whether grants go only to principals that carry our boundary.
    tls: whether queues refuse plain HTTP, which is all that the emulator speaks.
    port: of the emulator; empty on AWS.
    """

    name: str
    python: str
    removal: RemovalPolicy
    password_flow: bool
    permissions_boundary: bool
    tls: bool
    port: str

    @property
    def is_aws(self) -> bool:
        return self.name == "aws"

    def synthesizer(self) -> StackSynthesizer:
        # The emulator's bootstrap roles may not publish assets.
        return DefaultStackSynthesizer() if self.is_aws else CliCredentialsStackSynthesizer()

    def api_url(self, api_id: str) -> str:
        """Where the API of this id is reached, without a slash at the end."""
        if self.is_aws:
            return f"https://{api_id}.execute-api.{Aws.REGION}.amazonaws.com"
        return f"http://{api_id}.execute-api.localhost:{self.port}"


def stage_named(name: str, python: str | None = None, port: str = DEFAULT_PORT) -> Stage:
    """The stage `local` or `aws`; raises ValueError for any other name.

    python: overrides the version; locally it is the one that runs this, as the emulator's is.
    port: of the emulator.
    """
    if name == "local":
        running = f"{sys.version_info.major}.{sys.version_info.minor}"
        return Stage(name, python or running, RemovalPolicy.DESTROY, True, False, False, port)
    if name == "aws":
        return Stage(name, python or AWS_PYTHON, RemovalPolicy.RETAIN, False, True, True, "")
    raise ValueError(f"there is no stage {name!r}: give `local` or `aws`")
