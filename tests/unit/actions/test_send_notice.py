"""Sending a notice, once."""

from datetime import timedelta

import pytest

from accessflows.actions.send_notice import Delivery
from accessflows.model.notice import Notice, NoticeKind
from accessflows.model.refusal import Refusal
from accessflows.model.request import Status
from accessflows.rules.approval import fingerprint
from tests.doubles.mail import KEYS, MailDown, MemoryMailer, deliver, notices_of, token_in
from tests.factories import a_flow, a_person, an_approval
from tests.worlds import World

ANNA = a_person("anna", groups=("leads",))


def a_world() -> World:
    return World(flows=[a_flow(approval=an_approval("leads"))], people=[ANNA])


def asks(world: World, approver_id: str = "anna") -> Notice:
    request = world.submit()
    return Notice(
        event_id=f"{request.subject}#1",
        request_id=request.id,
        kind=NoticeKind.APPROVAL_ASKED,
        recipient_id=approver_id,
    )


@pytest.mark.req("R124.mail")
def test_a_notice_is_mailed_once_however_often_it_comes() -> None:
    world, mailer = a_world(), MemoryMailer()
    notice = asks(world)
    assert deliver(world, notice, mailer) is Delivery.SENT
    assert deliver(world, notice, mailer) is Delivery.CLAIMED
    assert [mail.to for mail in mailer.sent] == ["anna@example.com"]


@pytest.mark.req("N7.bound")
def test_an_approval_link_is_bound_to_approver_request_and_what_is_asked() -> None:
    world, mailer = a_world(), MemoryMailer()
    notice = asks(world)
    deliver(world, notice, mailer)
    (link,) = world.requests.links.values()
    request = world.requests.get(str(notice.request_id))
    assert (link.request_id, link.approver_id, link.created_at, link.used_at) == (
        request.id,
        "anna",
        world.now,
        None,
    )
    assert link.fingerprint == fingerprint(request, world.requests.batches(request))
    assert link.id not in mailer.sent[0].text, "only its signed form leaves the product"


@pytest.mark.req("N11.mail")
def test_an_approver_reads_who_had_and_who_has_the_same_and_what_it_allows() -> None:
    mike = a_person("mike", groups=("engineers",))
    world, mailer = World(flows=[a_flow()], people=[ANNA, mike]), MemoryMailer()
    for name in ("rita", "mike"):
        world.submit(by=name)
        world.run()
    world.flow_store.change(a_flow(version=2, approval=an_approval("leads")))
    deliver(world, asks(world), mailer)
    said = " ".join(mailer.sent[0].text.split())
    for words in (
        "What read on S3 bucket invoices",
        "Asked for before Once before; the last time on Monday 2 March 2026, 12:00 UTC, for 1 hour",
        "Who else has it Mike.",
        "Decide until Tuesday 3 March 2026, 12:00 UTC",
    ):
        assert words in said


def test_other_notices_carry_no_link() -> None:
    world, mailer = a_world(), MemoryMailer()
    notice = asks(world).but(kind=NoticeKind.SUBMITTED, recipient_id="rita")
    deliver(world, notice, mailer)
    assert world.requests.links == {}
    assert "http" not in mailer.sent[0].text


def test_a_notice_that_cannot_be_delivered_is_given_back_and_the_request_goes_on() -> None:
    world, mailer = a_world(), MemoryMailer(down=2)
    notice = asks(world)
    for _ in range(2):
        with pytest.raises(MailDown):
            deliver(world, notice, mailer)
    request = world.requests.get(str(notice.request_id))
    assert request.status is Status.PENDING_APPROVAL
    assert deliver(world, notice, mailer) is Delivery.SENT
    assert world.approve(request, "anna").status is Status.GRANTING


def test_a_request_that_is_settled_meanwhile_asks_nobody() -> None:
    world, mailer = a_world(), MemoryMailer()
    notice = asks(world)
    world.approve(world.requests.get(str(notice.request_id)), "anna")
    assert deliver(world, notice, mailer) is Delivery.SETTLED
    assert (mailer.sent, world.requests.links) == ([], {})


@pytest.mark.parametrize(
    ("after", "delivery"),
    [
        (timedelta(hours=24, seconds=-1), Delivery.SENT),
        (timedelta(hours=24), Delivery.SETTLED),
        (timedelta(hours=24, seconds=1), Delivery.SETTLED),
    ],
)
def test_a_request_whose_time_is_over_asks_nobody(after: timedelta, delivery: Delivery) -> None:
    world = a_world()
    notice = asks(world)
    world.now += after
    assert deliver(world, notice, MemoryMailer()) is delivery


@pytest.mark.parametrize("recipient", ["anna", "nobody"])
def test_who_is_inactive_or_gone_is_skipped(recipient: str) -> None:
    world, mailer = a_world(), MemoryMailer()
    notice = asks(world, recipient)
    world.directory.change(ANNA.but(active=False))
    assert deliver(world, notice, mailer) is Delivery.NOBODY
    assert mailer.sent == []


def test_a_requester_who_is_also_asked_gets_both_mails() -> None:
    world, mailer = a_world(), MemoryMailer()
    world.directory.change(a_person("rita", groups=("engineers", "leads")))
    request = world.submit()
    for notice in notices_of(world, world.requests.events(request.subject)[0]):
        deliver(world, notice, mailer)
    assert [mail.subject for mail in mailer.to("rita")] == [
        "Request received: invoices",
        "Please decide: Rita asks for invoices",
    ]


def test_how_to_use_the_access_is_told_to_the_grantee() -> None:
    world, mailer = World(flows=[a_flow()]), MemoryMailer()
    request = world.submit()
    world.run(timedelta(minutes=1))
    for notice in notices_of(world, world.requests.events(request.subject)[-1]):
        deliver(world, notice, mailer)
    assert "How to use it" in mailer.sent[0].text


def test_a_link_leads_to_the_product_and_is_signed() -> None:
    world, mailer = a_world(), MemoryMailer()
    deliver(world, asks(world), mailer)
    from accessflows.notices import links

    (link_id,) = world.requests.links
    assert links.read(token_in(mailer.sent[0]), KEYS) == link_id
    with pytest.raises(Refusal):
        links.read(token_in(mailer.sent[0]), KEYS[:1])
