"""A whole small product in memory, on a virtual clock: stores, a target, machines that wait."""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from accessflows.actions.activate import activate
from accessflows.actions.advance import Next, advance
from accessflows.actions.decide import decide
from accessflows.actions.dispatch import dispatch
from accessflows.actions.remove import remove
from accessflows.actions.submit import submit
from accessflows.actions.sweep import Swept, sweep
from accessflows.model.event import Event
from accessflows.model.flow import AccessFlow
from accessflows.model.integration import Integration, Kind
from accessflows.model.person import Person
from accessflows.model.request import AccessRequest, Status
from accessflows.model.target import Catalogue, Resource
from accessflows.model.wish import WantedResource, Wish
from accessflows.ports import BatchReference, Connector, Ports
from tests.doubles.memory import (
    MemoryDirectory,
    MemoryFlows,
    MemoryInventory,
    MemoryLeases,
    MemoryRequests,
    MemoryTries,
)
from tests.doubles.mfa import MemorySecondFactors
from tests.doubles.target import MemoryTarget
from tests.factories import NOON, a_flow, a_person, a_resource, an_integration

# What each machine tells `advance` it can do.
CAN = {"approval": None, "access": Next.ACTIVATE, "revocation": Next.REVOKE}
MOST_STEPS = 10_000
LAMBDA_RUNS = timedelta(seconds=30)


@dataclass
class Execution:
    """A running state machine, as the definitions under statemachines/ run."""

    machine: str
    request_id: str
    wake_at: datetime


@dataclass
class World:
    """A product. `now` moves only by `run`."""

    flows: Iterable[AccessFlow] = field(default_factory=lambda: [a_flow()])
    people: Iterable[Person] = ()
    resources: Iterable[Resource] = field(default_factory=lambda: [a_resource()])
    integrations: Iterable[Integration] = field(default_factory=lambda: [an_integration()])
    catalogue: Catalogue | None = None
    connector: Connector | None = None
    now: datetime = NOON

    def __post_init__(self) -> None:
        self.ids = (f"01{n:024d}" for n in itertools.count(1))
        everyone = [a_person("rita", groups=("engineers",)), *self.people]
        self.requests = MemoryRequests()
        self.flow_store = MemoryFlows(self.flows, self.integrations, self.catalogue)
        self.directory = MemoryDirectory(everyone)
        self.second_factors = MemorySecondFactors()
        self.target = MemoryTarget(clock=lambda: self.now)
        connectors = dict.fromkeys((Kind.AWS_IAM, Kind.LAMBDA), self.connector or self.target)
        self.ports = Ports(
            self.requests,
            self.flow_store,
            self.directory,
            MemoryInventory(self.resources),
            connectors,
            self.second_factors,
            MemoryTries(self.requests),
            MemoryLeases(self.requests),
        )
        self.executions: list[Execution] = []
        self.started: set[str] = set()
        self.told: list[Event] = []
        self.dispatched = 0
        self.machines_work = True
        self.last_error: Exception | None = None

    def clock(self) -> datetime:
        return self.now

    # What a person does.

    def wish(self, *resources: str, **changes: Any) -> Wish:
        wanted = tuple(
            WantedResource(
                integration="aws-demo",
                resource_type="s3_bucket",
                resource=resource,
                permissions=("read",),
            )
            for resource in resources or ("invoices",)
        )
        return Wish.model_validate({"resources": wanted, **changes})

    def submit(self, *resources: str, by: str = "rita", **changes: Any) -> AccessRequest:
        (request,) = submit(
            self.ports,
            self.wish(*resources, **changes),
            caller_id=by,
            idempotency_key=None,
            now=self.now,
            new_id=lambda: next(self.ids),
        )
        return request

    def approve(self, request: AccessRequest, by: str) -> AccessRequest:
        return decide(self.ports, request.id, by, approves=True, reason=None, now=self.now)

    # What the product does by itself.

    def start(self, machine: str, name: str, request_id: str) -> None:
        if name not in self.started and self.machines_work:
            self.executions.append(Execution(machine, request_id, self.now))
        self.started.add(name)

    def put(self, event: Event) -> None:
        self.told.append(event)

    def revoke(self, batch: BatchReference) -> None:
        remove(self.ports, batch, deadline=self.now + LAMBDA_RUNS, clock=self.clock)

    def run(self, duration: timedelta = timedelta(0)) -> None:
        """Let the duration pass: events are dispatched, executions wake when they are due."""
        end = self.now + duration
        for _ in range(MOST_STEPS):
            self.dispatch_new()
            ready = min(self.executions, key=lambda e: e.wake_at, default=None)
            if ready is None or ready.wake_at > end:
                self.now = end
                return
            self.now = max(self.now, ready.wake_at)
            self.executions.remove(ready)
            self.step(ready)
        raise AssertionError(f"machines run in circles at {self.now}") from self.last_error

    def dispatch_new(self) -> None:
        events = list(self.requests.event_rows.values())
        for event in events[self.dispatched :]:
            dispatch(event, self.requests, self, self)
        self.dispatched = len(events)

    def step(self, execution: Execution) -> None:
        can = CAN[execution.machine]
        step = advance(self.ports, execution.request_id, self.now, can=can)
        if step.next is Next.DONE:
            return
        if step.next is Next.WAIT:
            assert step.wait_until is not None
            execution.wake_at = datetime.fromisoformat(step.wait_until).astimezone(UTC)
        for batch in step.batches:
            self.attempt(step.next, batch)
        self.executions.append(execution)

    def attempt(self, work: Next, batch: BatchReference) -> None:
        """One branch of a Map: its error is its own, the row tells."""
        try:
            if work is Next.ACTIVATE:
                activate(self.ports, batch, deadline=self.now + LAMBDA_RUNS, clock=self.clock)
            else:
                self.revoke(batch)
        except Exception as error:
            self.last_error = error

    def sweep(self) -> Swept:
        self.dispatch_new()
        return sweep(self.ports, self, clock=self.clock, stop_at=self.now + timedelta(minutes=1))

    # What can be seen.

    def request(self, request: AccessRequest) -> AccessRequest:
        return self.requests.get(request.id)

    def status(self, request: AccessRequest) -> Status:
        return self.request(request).status
