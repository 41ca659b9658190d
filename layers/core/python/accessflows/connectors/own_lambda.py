"""The organisation's own Lambda function: invoked with a message, and waited for.

Only functions that an integration names, never those of Access Flows itself."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

# Two calls, grant and observe, fit into the 30 s of the function that makes them.
CONNECT_SECONDS = 2
READ_SECONDS = 11

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_ARN = re.compile(
    r"arn:aws[a-z-]*:lambda:[a-z0-9-]+:[0-9]{12}:function:([A-Za-z0-9_-]{1,64})(:[A-Za-z0-9_-]+)?"
)
_OURS = "accessflows"


class CallFailed(Exception):
    """The organisation's function raised, or answered no JSON. What it did is not known."""


class OwnLambda:
    """client: makes one; none for that of the environment."""

    def __init__(self, client: "Callable[[], LambdaClient] | None" = None) -> None:
        self._make = client or _client

    @cached_property
    def _functions(self) -> "LambdaClient":
        return self._make()

    def known(self) -> tuple[str, ...]:
        return ("function",)

    def problems(self, settings: Mapping[str, Any]) -> list[str]:
        function = settings.get("function")
        if function is None:
            return ["function is missing: name the Lambda function, by name or ARN"]
        arn = _ARN.fullmatch(str(function))
        name = arn[1] if arn else str(function)
        if not _NAME.fullmatch(name):
            return [f"function is {function!r}: write the name or the ARN of a Lambda function"]
        if name.casefold().startswith(_OURS):
            return [f"function is {function!r}, which is Access Flows itself; name another"]
        return []

    def undeployed(
        self, settings: Mapping[str, Any], deployed: Sequence[Mapping[str, Any]]
    ) -> list[str]:
        function = settings.get("function")
        if function in {other.get("function") for other in deployed}:
            return []
        return [
            f"function: {function!r} is beyond what this deployment may invoke: name it in an "
            "integration of the files and deploy"
        ]

    def call(self, settings: Mapping[str, Any], message: Mapping[str, Any]) -> object:
        function = str(settings.get("function", ""))
        answer = self._functions.invoke(FunctionName=function, Payload=json.dumps(message))
        said = answer["Payload"].read()
        if answer.get("FunctionError"):
            raise CallFailed(f"{function} failed at {message['action']}: {said[:500]!r}")
        try:
            return json.loads(said)
        except ValueError as error:
            raise CallFailed(f"{function} answered {message['action']} with no JSON") from error


def _client() -> "LambdaClient":
    import boto3
    from botocore.config import Config

    # Whether to call again is for the machine and the sweep, by what the row says.
    config = Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        retries={"total_max_attempts": 1},
    )
    return boto3.client("lambda", config=config)
