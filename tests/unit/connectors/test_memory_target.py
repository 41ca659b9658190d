"""The targets in memory, which stand in for real ones, keep their promises."""

import pytest

from tests.doubles.shared_target import SharedTarget
from tests.doubles.target import MemoryTarget
from tests.factories import NOON, a_person, an_integration
from tests.unit.connectors.batches import a_batch
from tests.unit.connectors.conformance import Conformance, Target


class TestMemoryTarget(Conformance):
    @pytest.fixture
    def target(self) -> Target:
        return Target(
            connector=MemoryTarget(clock=lambda: NOON),
            integration=an_integration(),
            person=a_person(),
            batch=a_batch(),
            other=a_batch(number=2),
        )


class TestSharedTarget(Conformance):
    @pytest.fixture(params=[True, False])
    def target(self, request: pytest.FixtureRequest) -> Target:
        return Target(
            connector=SharedTarget(lambda: NOON, native_expiry=request.param),
            integration=an_integration(),
            person=a_person(),
            batch=a_batch(),
            other=a_batch(number=2),
            has_quota=False,
            tells_end=request.param,
        )
