"""Where events go: Step Functions, EventBridge, and the function that revokes."""

import json
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from accessflows.model.event import Event
from accessflows.ports import BatchReference

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_stepfunctions import SFNClient

SOURCE = "accessflows"


class NotTaken(Exception):
    """AWS answered without an error and did not do it all the same."""


class StepFunctionsMachines:
    """Machines by name, with their ARNs."""

    def __init__(self, arns: Mapping[str, str]) -> None:
        self._arns = arns

    @cached_property
    def _client(self) -> "SFNClient":
        import boto3

        return boto3.client("stepfunctions")

    def start(self, machine: str, name: str, request_id: str) -> None:
        """Start once: a name that ran before, or runs now with the same input, is left alone."""
        try:
            self._client.start_execution(
                stateMachineArn=self._arns[machine],
                name=name,
                input=json.dumps({"request_id": request_id}),
            )
        except self._client.exceptions.ExecutionAlreadyExists:
            return


class EventBridgeBus:
    """An EventBridge bus. Events carry ids and kinds, never what people wrote."""

    def __init__(self, name: str) -> None:
        self._name = name

    @cached_property
    def _client(self) -> "EventBridgeClient":
        import boto3

        return boto3.client("events")

    def put(self, event: Event) -> None:
        """Raises NotTaken where the bus counts the entry as failed."""
        detail = {
            "event_id": event.id,
            "subject": event.subject,
            "number": event.number,
            "kind": event.kind,
            "entered": event.entered,
        }
        answer = self._client.put_events(
            Entries=[
                {
                    "EventBusName": self._name,
                    "Source": SOURCE,
                    "DetailType": event.kind,
                    "Detail": json.dumps(detail),
                    "Time": event.at,
                }
            ]
        )
        if answer["FailedEntryCount"]:
            raise NotTaken(f"event {event.id}: {answer['Entries'][0].get('ErrorCode')}")


class LambdaRevoker:
    """The function `revoke` of each connector family, invoked and waited for."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix

    @cached_property
    def _client(self) -> "LambdaClient":
        import boto3
        from botocore.config import Config

        # Waits as long as the function may run, and leaves trying again to the next sweep.
        config = Config(read_timeout=35, connect_timeout=3, retries={"total_max_attempts": 1})
        return boto3.client("lambda", config=config)

    def revoke(self, batch: BatchReference) -> None:
        """Raises NotTaken where the function failed."""
        answer = self._client.invoke(
            FunctionName=self._prefix + batch.function,
            Payload=batch.model_dump_json(),
        )
        if answer.get("FunctionError"):
            raise NotTaken(f"revoke failed for batch {batch.batch} of {batch.request_id}")
