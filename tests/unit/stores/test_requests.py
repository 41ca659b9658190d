"""The promises of the port Requests, kept by DynamoDB and by the double that tests use."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from moto import mock_aws
from ulid import ULID

from accessflows.actions.inbox import inbox
from accessflows.model.event import EventKind
from accessflows.model.refusal import BadInput, NotFound
from accessflows.model.request import OPEN, BatchState, Cause, Review, Status
from accessflows.ports import ApprovalLink, Lost, Requests
from accessflows.rules.lifecycle import move, start_revoking
from tests.doubles.tables import TEST_SETTINGS, create_tables
from tests.factories import NOON, a_flow, a_person, an_approval
from tests.worlds import World

HOUR = timedelta(hours=1)


@pytest.fixture(params=["memory", "dynamodb"])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    world = World(flows=[a_flow(approval=an_approval("engineers"))])
    if request.param == "memory":
        yield world
        return
    from accessflows.stores.requests import DynamoRequests

    with mock_aws():
        create_tables()
        world.requests = DynamoRequests(TEST_SETTINGS)  # type: ignore[assignment]
        world.ports = world.ports._replace(requests=world.requests)
        yield world


def a_change(request, at=NOON):
    return move(request, EventKind.CANCELLED, at, to=Status.CANCELLED, cause=Cause.PERSON)


def test_what_was_submitted_is_read_back_whole(world: World) -> None:
    request = world.submit()
    store: Requests = world.requests
    assert store.get(request.id) == request
    (batch,) = store.batches(request)
    assert batch == store.batch(request.id, 1)
    assert (batch.request_id, batch.state) == (request.id, BatchState.PLANNED)
    (event,) = store.events(request.subject)
    assert event == store.event(request.subject, 1)
    assert event.hash == request.event_hash
    assert store.trace(request.id).requester_id == "rita"
    submission = store.submission(request.submission_id)
    assert submission is not None
    assert submission.request_ids == (request.id,)


def test_the_batches_of_several_requests_are_read_at_once(world: World) -> None:
    one, other = world.submit(), world.submit()
    store: Requests = world.requests
    assert store.batches_by_request([one, other]) == {
        one.id: store.batches(one),
        other.id: store.batches(other),
    }
    assert store.batches_by_request([]) == {}


def test_what_does_not_exist_is_not_found(world: World) -> None:
    for look in (
        lambda: world.requests.get("x"),
        lambda: world.requests.batch("x", 1),
        lambda: world.requests.trace("x"),
        lambda: world.requests.event("request:x", 1),
        lambda: world.requests.link("x"),
    ):
        with pytest.raises(NotFound):
            look()
    assert world.requests.submission("x") is None


def test_a_submission_is_stored_once(world: World) -> None:
    request = world.submit()
    submission = world.requests.submission(request.submission_id)
    assert submission is not None
    with pytest.raises(Lost):
        world.requests.submit(submission, [], [], {})


def test_f06_of_two_writers_one_loses_and_nothing_of_theirs_stays(world: World) -> None:
    request = world.submit()
    change = a_change(request)
    world.requests.commit(request, change)
    late = move(request, EventKind.APPROVED, NOON, to=Status.GRANTING, granting_at=NOON)
    with pytest.raises(Lost):
        world.requests.commit(request, late)
    assert world.requests.get(request.id) == change.request
    assert [e.kind for e in world.requests.events(request.subject)] == [
        EventKind.SUBMITTED,
        EventKind.CANCELLED,
    ]


def test_a_request_is_not_written_while_a_batch_has_moved(world: World) -> None:
    request = world.submit()
    (batch,) = world.requests.batches(request)
    world.requests.put_batch(batch, batch.but(version=1))
    with pytest.raises(Lost):
        world.requests.commit(request, a_change(request), unclaimed=[batch])
    assert world.requests.get(request.id) == request


def test_a_batch_is_claimed_only_while_its_request_stands(world: World) -> None:
    request = world.submit()
    (batch,) = world.requests.batches(request)
    claimed = batch.but(version=1, state=BatchState.CLAIMED)
    with pytest.raises(Lost):
        world.requests.claim(batch, claimed, {Status.GRANTING, Status.ACTIVE})
    world.requests.claim(batch, claimed, {Status.PENDING_APPROVAL})
    assert world.requests.batch(request.id, 1) == claimed
    with pytest.raises(Lost):
        world.requests.claim(batch, claimed, {Status.PENDING_APPROVAL})


@pytest.mark.req("N7.once")
def test_a_link_and_the_vote_are_one_write(world: World) -> None:
    request = world.submit()
    link = ApprovalLink(
        id="l", request_id=request.id, approver_id="rita", fingerprint="f", created_at=NOON
    )
    world.requests.put_link(link)
    assert world.requests.link("l") == link
    vote = move(request, EventKind.APPROVAL_RECORDED, NOON)
    world.requests.commit(request, vote, link=link)
    assert world.requests.link("l").used_at == NOON
    again = move(vote.request, EventKind.APPROVAL_RECORDED, NOON)
    with pytest.raises(Lost):
        world.requests.commit(vote.request, again, link=link)
    assert world.requests.get(request.id) == vote.request


def test_the_overdue_are_found_longest_first_and_the_closed_never(world: World) -> None:
    first = world.submit()
    world.now += timedelta(minutes=1)
    second, third = world.submit(), world.submit()
    world.requests.commit(third, a_change(third))
    assert first.due_at is not None
    assert world.requests.due(first.due_at) == []
    assert world.requests.due(first.due_at + timedelta(seconds=1)) == [first.id]
    assert world.requests.due(NOON + timedelta(days=9)) == [first.id, second.id]


@pytest.mark.req("N13.review")
def test_emergencies_without_a_review_are_found_for_whoever_asked_or_received(
    world: World,
) -> None:
    ordinary, unused, used, reviewed = (world.submit() for _ in range(4))
    for request, changes in (
        (ordinary, {}),
        (unused, {"emergency": True}),
        (used, {"emergency": True, "grantee_id": "eve"}),
        (reviewed, {"emergency": True, "review": Review(by="ada", at=NOON, text="fine")}),
    ):
        world.requests.commit(request, move(request, EventKind.APPROVAL_RECORDED, NOON, **changes))
    world.requests.commit(world.requests.get(unused.id), a_change(world.requests.get(unused.id)))
    assert world.requests.unreviewed({"rita"}) == [used.id]
    assert world.requests.unreviewed({"eve", "sally"}) == [used.id]
    assert world.requests.unreviewed({"sally"}) == []


def test_open_requests_of_a_flow_are_found_by_age(world: World) -> None:
    request, closed = world.submit(), world.submit()
    world.requests.commit(closed, a_change(closed))
    assert world.requests.open_in_flow("buckets", NOON) == []
    assert world.requests.open_in_flow("buckets", NOON + timedelta(seconds=1)) == [request.id]
    assert world.requests.open_in_flow("other", NOON + timedelta(days=1)) == []


@pytest.mark.req("R98.filter")
def test_a_persons_requests_are_listed_newest_first_by_status(world: World) -> None:
    first, second = world.submit(), world.submit()
    world.requests.commit(second, a_change(second))
    for listed in (world.requests.of_grantee, world.requests.of_requester):
        assert [r.id for r in listed("rita").requests] == [second.id, first.id]
        assert [r.id for r in listed("rita", statuses=OPEN).requests] == [first.id]
        assert [r.id for r in listed("rita", statuses=[Status.CANCELLED]).requests] == [second.id]
        assert listed("ben").requests == ()


def test_open_requests_of_a_status_are_listed_longest_waiting_first(world: World) -> None:
    first, second, third = world.submit(), world.submit(), world.submit()
    world.requests.commit(second, a_change(second))
    pending = world.requests.open_with(Status.PENDING_APPROVAL)
    assert [request.id for request in pending.requests] == [first.id, third.id]
    assert pending.cursor is None
    assert world.requests.open_with(Status.CANCELLED).requests == ()


def sixty(world: World) -> list[str]:
    """Ids of more requests than a page holds, asked for no faster than one may."""
    ids = []
    for _ in range(60):
        ids.append(world.submit().id)
        world.now += timedelta(minutes=3)
    return ids


@pytest.mark.parametrize("world", ["dynamodb"], indirect=True)
def test_the_inbox_goes_on_where_a_page_held_nothing_for_this_person(world: World) -> None:
    last = sixty(world)[-1]
    world.directory.change(a_person("ben", groups=("leads",)))
    world.flow_store.change(a_flow(version=2, approval=an_approval("leads")))
    mine = world.submit()
    ben = world.directory.person("ben")
    assert [one.request.id for one in inbox(world.ports, ben, world.now).awaiting] == [mine.id]
    rita = inbox(world.ports, world.directory.person("rita"), world.now)
    assert len(rita.awaiting) == 50
    rest = inbox(world.ports, world.directory.person("rita"), world.now, cursor=rita.cursor)
    assert [one.request.id for one in rest.awaiting][-1] == last
    assert rest.cursor is None


@pytest.mark.parametrize("world", ["dynamodb"], indirect=True)
def test_a_long_list_comes_in_pages(world: World) -> None:
    ids = sixty(world)
    first = world.requests.of_grantee("rita")
    assert len(first.requests) == 50
    rest = world.requests.of_grantee("rita", cursor=first.cursor)
    assert [r.id for r in (*first.requests, *rest.requests)] == ids[::-1]
    assert rest.cursor is None
    with pytest.raises(BadInput):
        world.requests.of_grantee("rita", cursor="nonsense")


def test_f17_a_notice_is_sent_once_however_often_it_is_tried(world: World) -> None:
    store = world.requests
    assert store.claim_notice("n", NOON)
    assert not store.claim_notice("n", NOON)
    store.release_notice("n")
    assert store.claim_notice("n", NOON)
    store.mark_notice_sent("n", NOON)
    assert not store.claim_notice("n", NOON + timedelta(hours=1))


def test_a_revoking_request_keeps_its_next_try_in_the_index(world: World) -> None:
    request = world.submit()
    world.requests.commit(
        request,
        approved := move(request, EventKind.APPROVED, NOON, to=Status.GRANTING, granting_at=NOON),
    )
    revoking = start_revoking(approved.request, Cause.PERSON, NOON)
    world.requests.commit(approved.request, revoking)
    assert world.requests.due(NOON + timedelta(seconds=1)) == [request.id]


@pytest.mark.req("R104")
def test_favourites_are_kept_for_each_person_and_read_newest_first(world: World) -> None:
    first, second = world.submit(), world.submit()
    store: Requests = world.requests
    assert store.favourites("rita") == frozenset()
    assert store.several(()) == ()
    for request in (first, second, first):
        store.star("rita", request.id)
    store.star("anna", first.id)
    assert store.favourites("rita") == {first.id, second.id}
    assert store.several(store.favourites("rita")) == (second, first)
    assert store.several(["nothing", first.id]) == (first,)
    store.unstar("rita", first.id)
    store.unstar("rita", first.id)
    assert store.favourites("rita") == {second.id}
    assert store.favourites("anna") == {first.id}


@pytest.mark.req("R102.recent")
def test_what_was_closed_last_comes_first_and_what_is_open_stands_apart(world: World) -> None:
    requests = [world.submit() for _ in range(5)]
    closed_in_order = [requests[n] for n in (2, 4, 0, 1)]
    for minutes, request in enumerate(closed_in_order):
        world.requests.commit(request, a_change(request, NOON + timedelta(minutes=minutes)))
    last = world.requests.closed_last("rita", 3)
    assert [r.id for r in last] == [r.id for r in reversed(closed_in_order[1:])]
    assert {r.status for r in last} == {Status.CANCELLED}
    assert world.requests.closed_last("anna", 3) == ()
    assert world.requests.open_of_grantee("rita") == (requests[3],)
    assert world.requests.open_of_grantee("anna") == ()


def test_where_a_run_stopped_is_kept_until_the_next_stops_elsewhere(world: World) -> None:
    store: Requests = world.requests
    assert store.checkpoint("everything") is None
    store.put_checkpoint("everything", "Active|xyz")
    assert store.checkpoint("everything") == "Active|xyz"
    assert store.checkpoint("something else") is None
    store.put_checkpoint("everything", None)
    assert store.checkpoint("everything") is None


def test_the_newest_come_first_and_pages_hold_each_once(world: World) -> None:
    made = sixty(world)
    store: Requests = world.requests
    first = store.newest()
    assert first.cursor is not None
    second = store.newest(cursor=first.cursor)
    assert second.cursor is None
    assert [r.id for r in (*first.requests, *second.requests)] == made[::-1]
    some = store.newest(limit=7)
    assert [r.id for r in some.requests] == made[::-1][:7]
    assert [r.id for r in store.newest(cursor=some.cursor, limit=2).requests] == made[::-1][7:9]


def test_open_requests_are_counted_no_further_than_is_asked(world: World) -> None:
    first, _, _ = world.submit(), world.submit(), world.submit()
    assert world.requests.count_open(Status.PENDING_APPROVAL, 10) == 3
    assert world.requests.count_open(Status.PENDING_APPROVAL, 2) == 2
    world.requests.commit(first, a_change(first))
    assert world.requests.count_open(Status.PENDING_APPROVAL, 10) == 2
    assert world.requests.count_open(Status.CANCELLED, 10) == 0


def test_of_a_chain_the_events_before_one_are_read_the_latest_first(world: World) -> None:
    request = world.submit()
    world.requests.commit(request, a_change(request))
    events = world.requests.events(request.subject)
    assert world.requests.events_before(request.subject, 10, 5) == events[::-1]
    assert world.requests.events_before(request.subject, 10, 1) == events[-1:]
    assert world.requests.events_before(request.subject, 2, 5) == events[:1]


def test_the_newest_begin_where_ids_were_made_before_an_instant(world: World) -> None:
    ids = [str(ULID.from_datetime(NOON + n * HOUR)) for n in range(3)]
    world.ids = (name for n, each in enumerate(ids) for name in (f"s{n}", each))
    for n in range(3):
        world.now = NOON + n * HOUR
        world.submit()
    found = world.requests.newest(until=NOON + HOUR)
    assert [request.submitted_at for request in found.requests] == [NOON]
