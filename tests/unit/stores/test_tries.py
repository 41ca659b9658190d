"""What was done lately, as stored, in moto: counted by many at once, never more than allowed."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pynamodb.connection.base import Connection

from accessflows.model.configuration import Lineage
from accessflows.model.event import EventKind
from accessflows.model.guard import Guarded, Limit
from accessflows.ports import Lost
from accessflows.rules.chain import next_event
from accessflows.stores.requests import RequestRow
from accessflows.stores.tries import DynamoTries
from tests.doubles.tables import TEST_SETTINGS
from tests.factories import NOON

HOUR = timedelta(hours=1)
LIMIT = Limit(Guarded.SUBMISSIONS, 3, HOUR)
WHO = "person:rita"
SUBJECT = "limit:submissions:person:rita"


@pytest.fixture
def tries(tables: None) -> DynamoTries:
    return DynamoTries(TEST_SETTINGS)


@pytest.mark.req("N18.submissions")
def test_the_fourth_waits_until_the_first_counts_no_more(tries: DynamoTries) -> None:
    for n in range(3):
        assert tries.count(LIMIT, WHO, f"{n}", NOON + n * HOUR / 6) is None
    assert tries.count(LIMIT, WHO, "x", NOON + HOUR - timedelta(seconds=1)) == NOON + HOUR
    assert tries.count(LIMIT, "person:olga", "x", NOON) is None
    assert tries.count(LIMIT, WHO, "x", NOON + HOUR) is None
    assert tries.count(LIMIT, WHO, "y", NOON + HOUR) == NOON + HOUR / 6 + HOUR


@pytest.fixture
def one_call_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each call to a table happens as a whole, as at AWS; moto mixes those of several threads."""
    lock, call = Lock(), Connection._make_api_call

    def alone(connection: Connection, *given: Any, **named: Any) -> Any:
        with lock:
            return call(connection, *given, **named)

    monkeypatch.setattr(Connection, "_make_api_call", alone)


@pytest.mark.req("N18.submissions")
@pytest.mark.usefixtures("one_call_at_a_time")
def test_of_many_at_once_no_more_pass_than_there_is_room_for(tries: DynamoTries) -> None:
    limit = LIMIT._replace(most=7)
    for n in range(7):
        tries.count(limit, WHO, f"old-{n}", NOON - HOUR)

    def once(n: int) -> datetime | None:
        return tries.count(limit, WHO, f"new-{n}", NOON)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(once, range(30)))
    assert answers.count(None) == 7
    assert set(answers) == {None, NOON + HOUR}


@pytest.mark.req("N18.submissions", "N18.links")
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pauses=st.lists(st.integers(0, 40), max_size=14), most=st.integers(1, 4))
def test_no_hour_holds_more_than_the_limit_and_nothing_else_is_refused(
    tries: DynamoTries, pauses: list[int], most: int
) -> None:
    """pauses: minutes between one try and the next."""
    limit, now = LIMIT._replace(most=most), NOON
    taken: list[datetime] = []
    who = f"person:{most}-{'-'.join(map(str, pauses))}"
    for n, pause in enumerate(pauses):
        now += timedelta(minutes=pause)
        recent = [at for at in taken if now - at < HOUR]
        free = tries.count(limit, who, str(n), now)
        assert (free is None) == (len(recent) < most)
        if free is None:
            taken.append(now)
        else:
            assert free == recent[-most] + HOUR


def test_one_thing_counts_once_for_one_instant_and_can_be_taken_back(tries: DynamoTries) -> None:
    limit = LIMIT._replace(most=1)
    assert tries.count(limit, WHO, "a", NOON) is None
    assert tries.count(limit, WHO, "a", NOON) is None
    assert tries.count(limit, WHO, "b", NOON) is not None
    tries.forget(limit, WHO, "a", NOON)
    assert tries.count(limit, WHO, "b", NOON) is None


def test_a_limit_that_was_lowered_binds_at_once(tries: DynamoTries) -> None:
    for n in range(3):
        tries.count(LIMIT, WHO, str(n), NOON + n * HOUR / 6)
    lower = LIMIT._replace(most=2)
    assert tries.count(lower, WHO, "x", NOON + HOUR / 2) == NOON + HOUR / 6 + HOUR


def test_a_row_goes_once_nothing_in_it_counts(tries: DynamoTries) -> None:
    tries.count(LIMIT, WHO, "a", NOON)
    row = RequestRow.get(f"guard:submissions:{WHO}", "TRIES")
    assert row.expires_at == int((NOON + HOUR).timestamp()) + 1


@pytest.mark.req("N18.submissions")
def test_what_is_told_forms_a_chain_and_of_two_at_once_one_is_told(tries: DynamoTries) -> None:
    assert tries.told(SUBJECT) is None
    first = next_event(Lineage(), SUBJECT, EventKind.LIMIT_REACHED, NOON, details={})
    tries.tell(first)
    with pytest.raises(Lost):
        tries.tell(first.but(actor="rita"))
    second = next_event(first, SUBJECT, EventKind.LIMIT_REACHED, NOON + HOUR, details={})
    tries.tell(second)
    assert tries.told(SUBJECT) == second
