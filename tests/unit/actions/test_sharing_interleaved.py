"""Any interleaving of grants of the same things: whoever may have them has them, and in the end
nothing is left but what was there before."""

from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from accessflows.actions import end
from accessflows.actions.activate import NotObserved, activate
from accessflows.actions.advance import Next, advance
from accessflows.actions.extend import extend
from accessflows.actions.remove import remove
from accessflows.model.integration import Kind
from accessflows.model.limits import LANDING_TIME
from accessflows.model.refusal import Refusal
from accessflows.model.request import HELD, OPEN, AccessRequest, Batch, BatchState, Status
from accessflows.ports import BatchReference, Lost
from accessflows.rules.leases import LeaseBusy
from tests.doubles.shared_target import Place, SharedTarget
from tests.doubles.turns import Runner, Waiting
from tests.factories import a_flow, a_person, a_resource
from tests.worlds import LAMBDA_RUNS, World

RITA = a_person("rita")
NAMES = ("a", "b")
REQUESTS = 5
# As many steps as it takes to be about to change something at the target.
CALLING = 99
STEPS = st.sampled_from([100, 100, CALLING, 3, 1])
WHICH = st.integers(0, REQUESTS)


@dataclass
class Running:
    """A Lambda. deadline: when it is stopped."""

    request_id: str
    runner: Runner
    deadline: datetime

    @property
    def is_calling(self) -> bool:
        """Whether it is about to change something at the target."""
        about_to = self.runner.about_to
        return about_to is not None and about_to[0] in {"grant", "revoke"}


class Sharing(RuleBasedStateMachine):
    native_expiry = False

    def __init__(self) -> None:
        super().__init__()
        self.sleeping = patch("accessflows.actions.contend.time.sleep")
        self.sleeping.start()
        flow = a_flow(settings={"max_extensions": 10})
        self.world = World(flows=[flow], resources=[a_resource(name) for name in NAMES])
        self.world.machines_work = False
        self.target = SharedTarget(self.world.clock, native_expiry=self.native_expiry)
        self.world.ports = self.world.ports._replace(connectors={Kind.AWS_IAM: self.target})
        self.slow = self.world.ports._replace(
            requests=Waiting(self.world.requests, {"get", "batch", "claim", "put_batch"}),
            leases=Waiting(self.world.ports.leases, {"of", "put"}),
            connectors={Kind.AWS_IAM: Waiting(self.target, {"grant", "observe", "revoke"})},
        )
        self.before: dict[Place, datetime | None] = {}
        self.running: list[Running] = []
        # Calls whose caller is gone, and until when they may land.
        self.in_flight: list[tuple[Callable[[], Any], datetime]] = []

    @initialize(names=st.sets(st.sampled_from(NAMES), max_size=1))
    def some_were_there_before(self, names: set[str]) -> None:
        self.before = {("user/demo-rita", name, "read"): None for name in names}
        self.target.held |= self.before

    # What people do, and how far the product gets with it.

    @precondition(lambda self: len(self.world.requests.requests) < REQUESTS)
    @rule(names=st.sampled_from(["a", "a", "b", "ab"]), steps=STEPS)
    def ask(self, names: str, steps: int) -> None:
        self._begin(self.world.submit(*names), steps)

    @precondition(lambda self: self._among(HELD))
    @rule(which=WHICH, steps=STEPS)
    def revoke(self, which: int, steps: int) -> None:
        request = self._pick(which, HELD)
        with suppress(Refusal):
            end.revoke(self.world.ports, request.id, RITA, None, self.world.now)
            self._begin(request, steps)

    @precondition(lambda self: self._among({Status.ACTIVE}))
    @rule(which=WHICH, steps=STEPS)
    def extend(self, which: int, steps: int) -> None:
        request = self._pick(which, {Status.ACTIVE})
        with suppress(Refusal):
            extend(self.world.ports, request.id, RITA, self.world.now)
            self._begin(request, steps)

    @precondition(lambda self: self._among(OPEN))
    @rule(which=WHICH, steps=STEPS)
    def work(self, which: int, steps: int) -> None:
        self._begin(self._pick(which, OPEN), steps)

    @precondition(lambda self: self.running)
    @rule(which=WHICH, steps=STEPS)
    def go_on(self, which: int, steps: int) -> None:
        self._go_on(self.running[which % len(self.running)], steps)

    # What happens to it.

    @precondition(lambda self: self.running)
    @rule(which=WHICH, is_calling=st.booleans())
    def die(self, which: int, is_calling: bool) -> None:
        running = self.running[which % len(self.running)]
        if is_calling:
            self._go_on(running, CALLING)
        if running in self.running:
            self._kill(running)

    @precondition(lambda self: self.in_flight)
    @rule(which=WHICH)
    def land(self, which: int) -> None:
        call, _ = self.in_flight.pop(which % len(self.in_flight))
        call()

    @rule(seconds=st.sampled_from([1, 20, 31, 61, 61, 1_800]))
    def wait(self, seconds: int) -> None:
        now = self.world.now + timedelta(seconds=seconds)
        for running in [running for running in self.running if running.deadline <= now]:
            self._kill(running)
        self.in_flight = [(call, until) for call, until in self.in_flight if now < until]
        self.world.now = now

    # What holds.

    @invariant()
    def whoever_may_have_it_has_it(self) -> None:
        for request, batch in self._batches():
            if self._is_held(request, batch):
                for place in _places(batch):
                    assert self.target.has(place), f"{place} was cut while {batch.grant_id} lasts"

    @invariant()
    def what_was_there_before_is_left_alone(self) -> None:
        for place, until in self.before.items():
            assert self.target.held.get(place, "gone") == until

    def teardown(self) -> None:
        try:
            self._everything_ends()
        finally:
            self.sleeping.stop()

    def _everything_ends(self) -> None:
        for running in list(self.running):
            self._kill(running)
        for call, _ in self.in_flight:
            call()
        for _ in range(20):
            self.world.now += timedelta(hours=2)
            self.world.sweep()
        assert not [request for request, _ in self._batches() if request.is_open]
        assert {place: self.target.held[place] for place in self.target.held} == self.before
        assert not [lease for lease in self.world.requests.lease_rows.values() if lease.grants]

    def _among(self, statuses: Collection[Status]) -> list[AccessRequest]:
        return [r for r in self.world.requests.requests.values() if r.status in statuses]

    def _pick(self, which: int, statuses: Collection[Status]) -> AccessRequest:
        found = self._among(statuses)
        return found[which % len(found)]

    def _batches(self) -> list[tuple[AccessRequest, Batch]]:
        requests = self.world.requests
        return [(r, b) for r in requests.requests.values() for b in requests.batches(r)]

    def _is_held(self, request: AccessRequest, batch: Batch) -> bool:
        if batch.state is not BatchState.GRANTED or batch.revoking or batch.until is None:
            return False
        ends_at = min(batch.until, request.ends_at or batch.until)
        return request.is_open and request.revoking_at is None and self.world.now < ends_at

    def _begin(self, request: AccessRequest, steps: int) -> None:
        deadline = self.world.now + LAMBDA_RUNS
        reference = BatchReference(request_id=request.id, batch=1, family=Kind.AWS_IAM)
        is_ending = self.world.status(request) is Status.REVOKING
        action: Callable[..., str] = remove if is_ending else activate

        def run() -> None:
            with suppress(LeaseBusy, Lost, NotObserved):
                action(self.slow, reference, deadline=deadline, clock=self.world.clock)

        self.running.append(Running(request.id, Runner(run), deadline))
        self._go_on(self.running[-1], steps)

    def _go_on(self, running: Running, steps: int) -> None:
        for _ in range(steps):
            if running.runner.is_done or (steps == CALLING and running.is_calling):
                break
            running.runner.step()
        if running.runner.is_done:
            self.running.remove(running)
            for can in (Next.ACTIVATE, Next.REVOKE):
                advance(self.world.ports, running.request_id, self.world.now, can=can)

    def _kill(self, running: Running) -> None:
        if running.is_calling and running.runner.about_to:
            _, call = running.runner.about_to
            self.in_flight.append((call, running.deadline + LANDING_TIME))
        running.runner.kill()
        self.running.remove(running)


class SharingWithEnds(Sharing):
    """The same where the target ends what it holds by itself."""

    native_expiry = True


def _places(batch: Batch) -> list[Place]:
    return [(batch.principal, e.resource, e.permission) for e in batch.entitlements]


@pytest.mark.req("N2.shared")
@pytest.mark.parametrize("machine", [Sharing, SharingWithEnds])
def test_f05_any_interleaving_cuts_nobody_and_leaves_nothing(machine: type[Sharing]) -> None:
    run_state_machine_as_test(machine, settings=settings(max_examples=100, stateful_step_count=60))
