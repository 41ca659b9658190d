"""Nothing happens here but what a test does: nothing reads streams and queues, no schedule runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from local import own_system
from local.company import Company
from tests.stack.privilege.world import BUCKETS, SYSTEMS, end_all


@pytest.fixture(scope="module", autouse=True)
def quiet(company: Company) -> Iterator[None]:
    company.open_buckets(BUCKETS)
    for function, holds in SYSTEMS.items():
        own_system.install(company.stack, function, holds)
    company.sync_inventory()
    with _unread(company), _unscheduled(company):
        yield
        end_all(company)


@pytest.fixture(autouse=True)
def tidy(company: Company, quiet: None) -> Iterator[None]:
    """What a test asked for ends with it, and what all of a module are about with the module."""
    asked_before = len(company.asked)
    yield
    end_all(company, but=asked_before)


@contextmanager
def _unread(company: Company) -> Iterator[None]:
    functions: Any = company.stack.client("lambda")
    mappings = [m["UUID"] for m in functions.list_event_source_mappings()["EventSourceMappings"]]
    for mapping in mappings:
        functions.update_event_source_mapping(UUID=mapping, Enabled=False)
    yield
    for mapping in mappings:
        functions.update_event_source_mapping(UUID=mapping, Enabled=True)


@contextmanager
def _unscheduled(company: Company) -> Iterator[None]:
    scheduler: Any = company.stack.client("scheduler")
    asked = ("Name", "ScheduleExpression", "FlexibleTimeWindow", "Target")
    schedules = [
        {name: found[name] for name in asked}
        for each in scheduler.list_schedules()["Schedules"]
        for found in (scheduler.get_schedule(Name=each["Name"]),)
    ]
    for schedule in schedules:
        scheduler.update_schedule(**schedule, State="DISABLED")
    yield
    for schedule in schedules:
        scheduler.update_schedule(**schedule, State="ENABLED")
