"""Extensions: how often, by how much, and when."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accessflows.model.event import EventKind
from accessflows.model.flow import AccessFlow
from accessflows.model.refusal import AlreadySettled, NotExtendable
from accessflows.model.request import AccessRequest, Cause, Status
from accessflows.rules.extension import extend, extension_for, extensions_left
from accessflows.rules.lifecycle import STAYING, move, start_revoking
from tests.factories import NOON, a_flow
from tests.worlds import World

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def a_flow_with(extensions: int = 3, length: timedelta | None = None, **changes) -> AccessFlow:
    settings = {"max_extensions": extensions, "extension_duration": length}
    return a_flow(settings=settings, **changes)


def active(flow: AccessFlow) -> AccessRequest:
    world = World(flows=[flow])
    request = world.submit()
    world.run()
    return world.request(request)


@pytest.mark.req("R72.default")
@pytest.mark.parametrize(
    ("longest", "expected"),
    [
        (timedelta(minutes=10), timedelta(minutes=10)),
        (timedelta(minutes=30), timedelta(minutes=30)),
        (timedelta(hours=8), timedelta(minutes=30)),
        ("indefinite", timedelta(minutes=30)),
    ],
)
def test_an_extension_is_half_an_hour_or_the_maximum_if_shorter(longest, expected) -> None:
    assert extension_for(a_flow_with(grant_duration=longest)) == expected


@pytest.mark.req("R72.limit")
def test_a_flow_says_how_long_an_extension_is_and_never_longer_than_its_maximum() -> None:
    assert extension_for(a_flow_with(length=2 * MINUTE)) == 2 * MINUTE
    assert extension_for(a_flow_with(length=HOUR, grant_duration=HOUR)) == HOUR
    with pytest.raises(ValueError, match="longer than `grant_duration`"):
        a_flow_with(length=HOUR + timedelta(seconds=1), grant_duration=HOUR)


@pytest.mark.req("R71")
@pytest.mark.parametrize("number", [-1, 11])
def test_a_flow_allows_between_none_and_ten(number: int) -> None:
    with pytest.raises(ValueError, match="max_extensions"):
        a_flow_with(number)


@given(st.integers(0, 10), st.integers(0, 14), st.integers(1, 60))
def test_the_end_is_the_old_one_and_every_extension_that_was_allowed(
    allowed: int, tries: int, minutes: int
) -> None:
    flow = a_flow_with(allowed, minutes * MINUTE)
    first = request = active(flow)
    granted = 0
    for _ in range(tries):
        try:
            request = extend(request, flow, actor="rita", now=NOON + MINUTE).request
        except NotExtendable:
            break
        granted += 1
    assert granted == request.extensions_used == min(allowed, tries)
    assert extensions_left(request, flow) == allowed - granted
    assert first.ends_at is not None
    assert request.ends_at == first.ends_at + granted * minutes * MINUTE
    assert request.due_at == (request.warn_at or request.ends_at)


def test_f26_the_eleventh_extension_is_refused() -> None:
    flow = a_flow_with(10)
    request = active(flow)
    for _ in range(10):
        request = extend(request, flow, actor="rita", now=NOON).request
    with pytest.raises(NotExtendable, match="allows 10 extensions and this access has had 10"):
        extend(request, flow, actor="rita", now=NOON)


def test_f26_past_the_cap_of_the_flow_is_refused() -> None:
    flow = a_flow_with(1)
    request = extend(active(flow), flow, actor="rita", now=NOON).request
    with pytest.raises(NotExtendable, match="allows 1 extension and this access has had 1"):
        extend(request, flow, actor="rita", now=NOON)
    with pytest.raises(NotExtendable, match="allows no extensions"):
        extend(request, a_flow(), actor="rita", now=NOON)


@pytest.mark.parametrize("seconds", [-1, 0, 1])
def test_f26_an_extension_counts_until_the_end_and_not_at_it(seconds: int) -> None:
    flow = a_flow_with()
    request = active(flow)
    at = NOON + HOUR + timedelta(seconds=seconds)
    if seconds < 0:
        assert extend(request, flow, actor="rita", now=at).request.ends_at == NOON + 1.5 * HOUR
        return
    with pytest.raises(AlreadySettled, match="ended at 2026-03-02 13:00:00 UTC"):
        extend(request, flow, actor="rita", now=at)


def test_f26_while_revoking_it_is_refused() -> None:
    flow = a_flow_with()
    revoking = start_revoking(active(flow), Cause.PERSON, NOON, actor="rita").request
    with pytest.raises(AlreadySettled, match="being taken away"):
        extend(revoking, flow, actor="rita", now=NOON)


@pytest.mark.parametrize("status", list(Status))
def test_f26_the_table_holds_extensions_of_active_access_only(status: Status) -> None:
    assert (status in STAYING[EventKind.EXTENDED]) is (status is Status.ACTIVE)
    flow = a_flow_with()
    due_at = NOON + HOUR if status not in {s for s in Status if s.name in _CLOSED} else None
    request = active(flow).but(status=status, due_at=due_at)
    if status is Status.ACTIVE:
        assert extend(request, flow, actor="rita", now=NOON).request.extensions_used == 1
        return
    with pytest.raises(AlreadySettled, match="cannot be extended now"):
        move(request, EventKind.EXTENDED, NOON)
    with pytest.raises(AlreadySettled):
        extend(request, flow, actor="rita", now=NOON)


_CLOSED = {"REVOKED", "EXPIRED", "REJECTED", "CANCELLED", "FAILED"}


def test_access_without_an_end_has_nothing_to_extend() -> None:
    flow = a_flow_with(grant_duration="indefinite")
    request = active(flow)
    with pytest.raises(NotExtendable, match="no end"):
        extend(request, flow, actor="rita", now=NOON)
    assert extensions_left(request, flow) == 0
