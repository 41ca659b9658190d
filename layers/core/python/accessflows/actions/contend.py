"""Contention: whoever loses a conditional write reads again and decides again."""

import random
import time
from collections.abc import Callable
from typing import TypeVar

from accessflows.ports import Lost

TRIES = 3

T = TypeVar("T")


def decide_anew(once: Callable[[], T]) -> T:
    """Run read-decide-write until it is not lost, at most three times with jitter between.

    once: reads everything itself, so that only what it reads anew may refuse.
    Raises Lost after the third time.
    """
    for tried in range(1, TRIES):
        try:
            return once()
        except Lost:
            time.sleep(random.uniform(0, 0.1 * tried))  # noqa: S311 (jitter)
    return once()
