"""The target in memory, which stands in for real ones, keeps their promises."""

import pytest

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
