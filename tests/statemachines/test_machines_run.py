"""The machines' own files, run by moto's interpreter with our functions behind the tasks."""

import importlib
import json
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.awslambda_simple.models import LambdaSimpleBackend
from moto.core.config import DefaultConfig
from moto.stepfunctions.parser.asl.component.common.retry import jitter_strategy_decl

from accessflows import wiring
from accessflows.actions import end
from accessflows.actions.dispatch import dispatch
from accessflows.model.event import Event
from accessflows.model.request import AccessRequest, Status
from tests.doubles.faults import Faulty, crash_after, throttle
from tests.factories import a_flow, a_person, an_approval
from tests.worlds import World

DEFINITIONS = Path(__file__).parents[2] / "statemachines"
SUBSTITUTIONS = {
    "AdvanceFunctionArn": "arn:aws:lambda:us-east-1:123456789012:function:accessflows-advance",
    "LambdaInvokeArn": "arn:aws:states:::lambda:invoke",
    "ActivateFunctionPrefix": "accessflows-activate-",
    "RevokeFunctionPrefix": "accessflows-revoke-",
}
# Of the function's name, without what all have in front.
FUNCTIONS = {
    "advance": "advance",
    "activate-aws-iam": "activate",
    "revoke-aws-iam": "revoke",
}


class Context:
    """As much of a Lambda's context as the functions look at."""

    function_name = "function"
    memory_limit_in_mb = 256
    invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:function"
    aws_request_id = "request"

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        return 2_000


class Machines:
    """The three machines in moto, started as dispatch starts them."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.client = boto3.client("stepfunctions", region_name="us-east-1")
        self.arns = {name: self._create(name) for name in ("approval", "access", "revocation")}
        self.dispatched = 0

    def _create(self, name: str) -> str:
        text = (DEFINITIONS / f"{name}.asl.json").read_text()
        definition = re.sub(r"\$\{(\w+)\}", lambda m: SUBSTITUTIONS[m[1]], text)
        role = "arn:aws:iam::123456789012:role/machines"
        machine = self.client.create_state_machine(name=name, definition=definition, roleArn=role)
        return str(machine["stateMachineArn"])

    def start(self, machine: str, name: str, request_id: str) -> None:
        try:
            self.client.start_execution(
                stateMachineArn=self.arns[machine],
                name=name,
                input=json.dumps({"request_id": request_id}),
            )
        except self.client.exceptions.ExecutionAlreadyExists:
            return

    def put(self, event: Event) -> None:
        """Nobody listens here."""

    def wait_for(self, request: AccessRequest, status: Status, seconds: float = 25) -> None:
        give_up_at = time.monotonic() + seconds
        while self.world.status(request) is not status:
            assert time.monotonic() < give_up_at, f"still {self.world.status(request)}"
            events = list(self.world.requests.event_rows.values())
            for event in events[self.dispatched :]:
                dispatch(event, self.world.requests, self, self)
            self.dispatched = len(events)
            time.sleep(0.05)

    def outcomes(self) -> dict[str, list[str]]:
        return {
            name: [
                execution["status"]
                for execution in self.client.list_executions(stateMachineArn=arn)["executions"]
            ]
            for name, arn in self.arns.items()
        }


@pytest.fixture
def machines(monkeypatch: pytest.MonkeyPatch) -> Iterator[Machines]:
    world = World(
        flows=[a_flow(grant_duration=timedelta(seconds=2), approval=an_approval("leads"))],
        people=[a_person("anna", groups=("leads",))],
        now=datetime.now(UTC),
    )
    # A retry waits for a random time, of which this is the shortest.
    at_once = SimpleNamespace(uniform=lambda least, _most: least)
    monkeypatch.setattr(jitter_strategy_decl, "random", at_once)
    monkeypatch.setattr(world.target, "_clock", wiring.now)
    monkeypatch.setattr(wiring, "ports", lambda: world.ports)
    handlers = {
        f"accessflows-{name}": importlib.import_module(f"functions.{module}").handler
        for name, module in FUNCTIONS.items()
    }

    def invoke(_self: Any, function_name: str, *args: Any, **kwargs: Any) -> str:
        """A Lambda call: function name or ARN, then qualifier, body, headers, response headers."""
        given = [*args, *kwargs.values()]
        body = next(
            value for value in given if isinstance(value, str | bytes) and value[:1] in ("{", b"{")
        )
        response_headers = [value for value in given if isinstance(value, dict)][-1]
        try:
            answer = handlers[function_name.rpartition(":")[2]](json.loads(body), Context())
        except Exception as error:
            response_headers["x-amz-function-error"] = "Unhandled"
            answer = {"errorType": type(error).__name__, "errorMessage": str(error)}
        return json.dumps(answer)

    monkeypatch.setattr(LambdaSimpleBackend, "invoke", invoke)
    config: DefaultConfig = {
        "stepfunctions": {"execute_state_machine": True},
        "lambda": {"use_docker": False},
    }
    with mock_aws(config=config):
        yield Machines(world)


def ask(machines: Machines) -> AccessRequest:
    machines.world.now = wiring.now()
    return machines.world.submit()


def approve(machines: Machines, request: AccessRequest) -> None:
    machines.world.now = wiring.now()
    machines.world.approve(request, "anna")


@pytest.mark.req("N1.timer")
def test_from_asking_to_the_end_of_the_access(machines: Machines) -> None:
    request = ask(machines)
    machines.wait_for(request, Status.PENDING_APPROVAL)
    approve(machines, request)
    machines.wait_for(request, Status.ACTIVE)
    assert machines.world.target.has_access("user/demo-rita", "invoices", "read")
    machines.wait_for(request, Status.EXPIRED)
    assert not machines.world.target.grants
    assert "FAILED" not in {s for statuses in machines.outcomes().values() for s in statuses}


@pytest.mark.req("N15.start")
def test_a_scheduled_request_waits_in_the_approval_machine_and_starts(machines: Machines) -> None:
    machines.world.now = wiring.now()
    starts_at = machines.world.now + timedelta(seconds=2)
    request = machines.world.submit(starts_at=starts_at)
    approve(machines, request)
    machines.wait_for(request, Status.SCHEDULED)
    machines.wait_for(request, Status.ACTIVE)
    activated_at = machines.world.request(request).activated_at
    assert activated_at is not None
    assert activated_at >= starts_at


def test_f03_a_batch_that_fails_once_goes_through_in_the_same_execution(
    machines: Machines,
) -> None:
    world = machines.world
    request = ask(machines)
    approve(machines, request)
    machines.wait_for(request, Status.ACTIVE)
    faulty = Faulty(world.target, revoke=[throttle])
    world.ports = world.ports._replace(connectors=dict.fromkeys(world.ports.connectors, faulty))
    end.revoke(world.ports, request.id, world.directory.person("rita"), None, wiring.now())
    machines.wait_for(request, Status.REVOKED)
    assert world.request(request).tries == 1


def test_f01_a_grant_that_always_crashes_ends_as_failed_without_the_sweep(
    machines: Machines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("accessflows.actions.activate.LANDING_TIME", timedelta(seconds=1))
    world = machines.world
    faulty = Faulty(world.target, grant=[crash_after] * 99)
    world.ports = world.ports._replace(connectors=dict.fromkeys(world.ports.connectors, faulty))
    request = ask(machines)
    approve(machines, request)
    machines.wait_for(request, Status.FAILED, seconds=60)
    assert not world.target.grants
