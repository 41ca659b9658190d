"""How many are too many, when there is room again, and whose they are."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accessflows.model.account import AccountSettings
from accessflows.model.guard import Guarded, Limit
from accessflows.rules.guard import counts, free_at, limit_of, of_address, subject_of
from tests.factories import NOON

HOUR = timedelta(hours=1)
INSTANT = timedelta(microseconds=1)
LIMIT = Limit(Guarded.SUBMISSIONS, 3, HOUR)


@pytest.mark.req("N18.submissions")
def test_what_was_done_counts_for_an_hour_up_to_but_not_at_its_end() -> None:
    assert counts(NOON, LIMIT, NOON)
    assert counts(NOON, LIMIT, NOON + HOUR - INSTANT)
    assert not counts(NOON, LIMIT, NOON + HOUR)


@pytest.mark.req("N18.submissions", "N18.links")
@given(
    ago=st.lists(st.timedeltas(timedelta(0), 2 * HOUR), max_size=12),
    most=st.integers(1, 5),
)
def test_there_is_room_at_the_instant_that_is_told_and_not_before(
    ago: list[timedelta], most: int
) -> None:
    limit, done = LIMIT._replace(most=most), [NOON - span for span in ago]

    def counting(now: object) -> int:
        return sum(counts(at, limit, now) for at in done)  # type: ignore[arg-type]

    free = free_at(done, limit, NOON)
    assert free >= NOON
    assert counting(free) < most
    if free > NOON:
        assert counting(free - INSTANT) >= most


@pytest.mark.req("N18.submissions", "N18.links")
def test_both_limits_are_settings() -> None:
    settings = AccountSettings(submissions_per_hour=7, link_posts_per_quarter_hour=9)
    assert limit_of(settings, Guarded.SUBMISSIONS) == Limit(Guarded.SUBMISSIONS, 7, HOUR)
    assert limit_of(settings, Guarded.LINK_POSTS) == Limit(Guarded.LINK_POSTS, 9, HOUR / 4)
    usual = AccountSettings()
    assert limit_of(usual, Guarded.SUBMISSIONS).most == 30
    assert limit_of(usual, Guarded.LINK_POSTS).most == 20


@pytest.mark.parametrize(
    ("address", "who"),
    [
        ("203.0.113.7", "address:203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "address:2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::", "address:2001:db8:1:2::/64"),
        ("", "address:unknown"),
        ("not an address", "address:unknown"),
    ],
)
def test_an_address_goes_by_what_its_owner_cannot_vary(address: str, who: str) -> None:
    assert of_address(address) == who


def test_all_addresses_are_told_of_in_one_chain_and_each_person_in_their_own() -> None:
    assert subject_of(Guarded.LINK_POSTS, "person:rita") == "limit:link_posts:person:rita"
    assert subject_of(Guarded.LINK_POSTS, of_address("203.0.113.7")) == "limit:link_posts:addresses"
