"""Whoever asks too often is refused for a while, and admins hear of it once."""

from datetime import timedelta

import pytest

from accessflows.actions.answer import answer
from accessflows.actions.ask_again import Again, ask_again
from accessflows.actions.guard import limit_notices
from accessflows.actions.send_limit_notice import send_limit_notice
from accessflows.actions.send_notice import Delivery
from accessflows.actions.submit import submit
from accessflows.model.account import AccountSettings
from accessflows.model.event import Event, EventKind, first_broken
from accessflows.model.person import Role
from accessflows.model.refusal import NoAccessFlow, TooOften
from accessflows.model.request import AccessRequest, Status
from accessflows.notices.mail_channel import MailChannel
from tests.doubles.mail import KEYS, SITE, MemoryMailer
from tests.factories import a_person
from tests.worlds import World

MINUTE = timedelta(minutes=1)
SUBJECT = "limit:submissions:person:rita"


def a_world(most: int = 3) -> World:
    world = World(people=[a_person("ada", roles=(Role.ADMIN,)), a_person("dan", active=False)])
    world.flow_store.account = AccountSettings(submissions_per_hour=most)
    return world


def ask(world: World, key: str | None = None, **wish: object) -> tuple[AccessRequest, ...]:
    return submit(
        world.ports,
        world.wish(**wish),
        caller_id="rita",
        idempotency_key=key,
        now=world.now,
        new_id=lambda: next(world.ids),
    )


def told(world: World, event: Event) -> MemoryMailer:
    mailer = MemoryMailer()
    channel = MailChannel(mailer, KEYS, SITE)
    for notice in limit_notices(event, world.directory):
        said = [send_limit_notice(world.ports, channel, notice, now=world.now) for _ in "12"]
        assert said == [Delivery.SENT, Delivery.CLAIMED]
    return mailer


@pytest.mark.req("N18.submissions")
def test_thirty_in_an_hour_are_taken_and_the_next_once_the_first_is_an_hour_old() -> None:
    world = a_world(AccountSettings().submissions_per_hour)
    for _ in range(30):
        ask(world)
        world.now += MINUTE
    with pytest.raises(TooOften, match="asked for access 30 times within an hour") as refused:
        ask(world)
    assert refused.value.detail == {"limit": 30, "within": "PT1H", "retry_after": 30 * 60}
    world.now += 30 * MINUTE - timedelta(seconds=1)
    with pytest.raises(TooOften):
        ask(world)
    world.now += timedelta(seconds=1)
    ask(world)
    with pytest.raises(TooOften):
        ask(world)


@pytest.mark.req("N18.submissions")
def test_what_is_refused_counts_and_what_is_only_tried_out_does_not() -> None:
    world = a_world(2)
    for _ in range(3):
        answer(world.ports, world.wish(), caller_id="rita", now=world.now)
    for _ in range(2):
        with pytest.raises(NoAccessFlow):
            submit(
                world.ports,
                world.wish(),
                caller_id="ada",
                idempotency_key="k",
                now=world.now,
                new_id=lambda: next(world.ids),
            )
        world.now += MINUTE
    with pytest.raises(TooOften):
        world.submit(by="ada")
    ask(world)


@pytest.mark.req("N18.submissions")
def test_a_repetition_does_not_count_neither_later_nor_at_the_same_moment() -> None:
    world = a_world(2)

    def faster() -> None:
        world.requests.before_write = lambda: None
        world.now += timedelta(milliseconds=5)
        ask(world, "k")

    world.requests.before_write = faster
    first = ask(world, "k")
    assert [ask(world, "k") for _ in range(5)] == [first] * 5
    ask(world)
    with pytest.raises(TooOften):
        ask(world)
    assert ask(world, "k") == first


@pytest.mark.req("N18.submissions")
def test_asking_again_and_one_call_that_becomes_many_requests_count_as_one_each() -> None:
    world = a_world(2)
    (request,) = ask(world)
    world.run(timedelta(hours=2))
    assert world.status(request) is Status.EXPIRED
    rita = world.directory.person("rita")
    for refused in (False, False, True):
        try:
            ask_again(
                world.ports,
                request.id,
                rita,
                Again(),
                idempotency_key=None,
                now=world.now,
                new_id=lambda: next(world.ids),
            )
        except TooOften:
            assert refused
        else:
            assert not refused


@pytest.mark.req("N18.submissions")
def test_admins_are_mailed_once_a_person_and_hour_however_often_it_is_tried() -> None:
    world = a_world(1)
    ask(world)
    for _ in range(4):
        world.now += MINUTE
        with pytest.raises(TooOften):
            ask(world)
    (event,) = world.requests.events(SUBJECT)
    assert (event.kind, event.actor) == (EventKind.LIMIT_REACHED, "rita")
    (mail,) = told(world, event).sent
    assert (mail.to, mail.subject) == ("ada@example.com", "Rita asked for access too often")
    for part in ("Rita (rita@example.com)", "1 submissions an hour", "submissions_per_hour"):
        assert part in mail.text
    world.now += 60 * MINUTE
    ask(world)
    with pytest.raises(TooOften):
        ask(world)
    events = world.requests.events(SUBJECT)
    assert len(events) == 2
    assert first_broken(events) is None


def test_the_event_is_told_to_the_bus_and_calls_for_no_machine() -> None:
    world = a_world(1)
    ask(world)
    with pytest.raises(TooOften):
        ask(world)
    world.run()
    assert EventKind.LIMIT_REACHED in [event.kind for event in world.told]
