"""Second factors: which codes count, when they lock, how long a pass lasts."""

from datetime import datetime, timedelta

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from accessflows.model.refusal import AlreadyEnrolled, MfaLocked, NotEnrolled, WrongCode
from accessflows.model.second_factor import Enrolment, SecondFactor
from accessflows.rules.one_time_code import enrolment_uri, matching_step
from accessflows.rules.second_factor import (
    attempt,
    begin,
    passed_at,
    refuse_unless_ready,
    reset,
)
from tests.doubles.mfa import SECRET, code_at, wrong_at
from tests.factories import NOON

STEP = timedelta(seconds=30)
LOCK = timedelta(minutes=15)
ENROLLED = SecondFactor(person_id="rita", version=2, sealed_secret="sealed", confirmed_at=NOON)


def after_wrong(factor: SecondFactor, times: int, at: datetime = NOON) -> SecondFactor:
    for _ in range(times):
        factor = attempt(factor, None, 5, at).factor
    return factor


@pytest.mark.parametrize(
    ("shown", "taken"),
    [
        (NOON - 2 * STEP, False),
        (NOON - STEP, True),
        (NOON, True),
        (NOON + STEP, True),
        (NOON + 2 * STEP, False),
    ],
)
def test_an_app_may_be_one_step_off(shown: datetime, taken: bool) -> None:
    step = matching_step(SECRET, code_at(shown), NOON)
    assert (step is not None) is taken
    if step is not None:
        assert step == int(shown.timestamp()) // 30


def test_the_codes_are_those_of_rfc_6238() -> None:
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    at = datetime.fromisoformat("2005-03-18T01:58:29+00:00")
    assert matching_step(secret, "081804", at) == 0x23523EC
    assert matching_step(secret, "081805", at) is None


def test_an_app_learns_the_secret_from_its_address() -> None:
    read = pyotp.parse_uri(enrolment_uri(SECRET, "rita@example.com"))
    assert isinstance(read, pyotp.TOTP)
    assert (read.secret, read.name, read.issuer) == (SECRET, "rita@example.com", "Access Flows")


@pytest.mark.req("R63.once")
def test_a_code_is_good_once_and_makes_older_ones_worthless() -> None:
    used = attempt(ENROLLED, 100, 5, NOON)
    assert (used.refusal, used.factor.last_step) == (None, 100)
    for step in (100, 99):
        again = attempt(used.factor, step, 5, NOON)
        assert isinstance(again.refusal, WrongCode)
        assert "was used" in str(again.refusal)
    assert attempt(used.factor, 101, 5, NOON).refusal is None


@pytest.mark.req("R63.lock", "N18.mfa")
def test_the_fifth_wrong_code_locks_for_a_quarter_of_an_hour() -> None:
    almost = after_wrong(ENROLLED, 4)
    assert almost.locked_until is None
    fifth = attempt(almost, None, 5, NOON)
    assert isinstance(fifth.refusal, MfaLocked)
    assert fifth.factor.locked_until == NOON + LOCK
    with pytest.raises(MfaLocked, match="locked until 2026-03-02 12:15:00 UTC"):
        refuse_unless_ready(
            fifth.factor, Enrolment.ENROLLED, NOON + LOCK - timedelta(microseconds=1)
        )
    refuse_unless_ready(fifth.factor, Enrolment.ENROLLED, NOON + LOCK)
    # Afterwards there are five tries again.
    assert isinstance(attempt(fifth.factor, None, 5, NOON + LOCK).refusal, WrongCode)


@pytest.mark.req("R63.lock", "N18.mfa")
def test_wrong_codes_count_for_a_quarter_of_an_hour_and_a_right_one_forgives_them() -> None:
    almost = after_wrong(ENROLLED, 4)
    within, beyond = NOON + LOCK - timedelta(microseconds=1), NOON + LOCK
    assert isinstance(attempt(almost, None, 5, within).refusal, MfaLocked)
    assert isinstance(attempt(almost, None, 5, beyond).refusal, WrongCode)
    forgiven = attempt(almost, 100, 5, NOON).factor
    assert forgiven.wrong_at == ()
    assert isinstance(attempt(forgiven, None, 5, NOON).refusal, WrongCode)


def test_each_refusal_says_how_many_tries_are_left() -> None:
    said = [str(attempt(after_wrong(ENROLLED, n), None, 5, NOON).refusal) for n in range(4)]
    assert [text.partition("; ")[2] for text in said] == [
        "4 more tries before it locks",
        "3 more tries before it locks",
        "2 more tries before it locks",
        "1 more try before it locks",
    ]


@given(st.lists(st.one_of(st.none(), st.integers(90, 110)), max_size=30))
def test_whatever_is_tried_no_step_counts_twice_and_every_try_is_a_new_version(
    steps: list[int | None],
) -> None:
    factor, taken = ENROLLED, []
    for step in steps:
        tried = attempt(factor, step, 5, NOON)
        assert tried.factor.version == factor.version + 1
        factor = tried.factor
        if tried.refusal is None:
            taken.append(step)
        elif isinstance(tried.refusal, MfaLocked):
            break
    assert taken == sorted(set(taken), key=lambda step: step or 0)


@pytest.mark.req("R63.valid_for")
@pytest.mark.parametrize(
    ("after", "counts"),
    [
        (timedelta(0), True),
        (timedelta(hours=1, microseconds=-1), True),
        (timedelta(hours=1), False),
    ],
)
def test_a_pass_counts_up_to_but_not_at_its_end(after: timedelta, counts: bool) -> None:
    factor = ENROLLED.but(passed_at=NOON)
    found = passed_at(factor, timedelta(hours=1), NOON + after)
    assert found == (NOON if counts else None)
    assert passed_at(factor, timedelta(0), NOON) is None


@pytest.mark.req("R64.enrol")
def test_an_unconfirmed_app_gives_way_and_a_confirmed_one_does_not() -> None:
    pending = begin(SecondFactor(person_id="rita"), "first")
    assert pending.enrolment is Enrolment.PENDING
    assert begin(pending, "second").sealed_secret == "second"
    with pytest.raises(AlreadyEnrolled, match="ask an admin"):
        begin(ENROLLED, "third")


def test_a_lock_outlives_a_new_secret() -> None:
    pending = begin(SecondFactor(person_id="rita"), "first")
    locked = begin(after_wrong(pending, 5), "second")
    with pytest.raises(MfaLocked):
        refuse_unless_ready(locked, Enrolment.PENDING, NOON)


@pytest.mark.req("R64.reset")
def test_a_reset_leaves_nothing_but_the_version() -> None:
    held = after_wrong(ENROLLED.but(passed_at=NOON), 5)
    assert reset(held) == SecondFactor(person_id="rita", version=held.version + 1)
    with pytest.raises(NotEnrolled, match="rita has set up no authenticator app"):
        reset(SecondFactor(person_id="rita"))


def test_a_secret_is_not_shown_by_accident() -> None:
    assert "sealed_secret" not in repr(ENROLLED)


def test_six_digits_may_still_be_wrong() -> None:
    assert matching_step(SECRET, wrong_at(NOON), NOON) is None
