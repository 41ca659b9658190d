"""What people are told of their second factor, and what admins are."""

import pytest

from accessflows.actions.notify_person import notices_about
from accessflows.actions.send_notice import Delivery
from accessflows.model.event import EventKind
from accessflows.model.notice import Notice, NoticeKind
from accessflows.model.person import Role
from accessflows.notices.personal_letters import write_personal
from accessflows.rules.chain import next_event
from tests.doubles.mail import MemoryMailer, deliver
from tests.factories import NOON, a_person
from tests.worlds import World

ADA = a_person("ada", roles=(Role.ADMIN,))


class Head:
    number = 4
    hash = "0" * 64


def told(kind: EventKind, *, of: str = "rita") -> MemoryMailer:
    world, mailer = World(people=[ADA]), MemoryMailer()
    event = next_event(Head(), f"person:{of}", kind, NOON, details={})
    for notice in notices_about(event, world.directory):
        assert deliver(world, notice, mailer) is Delivery.SENT
        assert deliver(world, notice, mailer) is Delivery.CLAIMED
    return mailer


@pytest.mark.req("R64.reset")
def test_a_reset_is_told_to_its_person() -> None:
    (mail,) = told(EventKind.MFA_RESET).sent
    assert (mail.to, mail.subject) == ("rita@example.com", "Your authenticator app was reset")
    assert "Set up another before you confirm the next request." in mail.text


def test_a_new_app_is_told_to_its_person() -> None:
    (mail,) = told(EventKind.MFA_ENROLLED).sent
    assert (mail.to, mail.subject) == ("rita@example.com", "An authenticator app was set up")


@pytest.mark.req("N18.mfa")
def test_too_many_wrong_codes_are_told_to_the_person_and_to_admins() -> None:
    mailer = told(EventKind.MFA_LOCKED)
    assert [(mail.to, mail.subject) for mail in mailer.sent] == [
        ("rita@example.com", "Too many wrong codes"),
        ("ada@example.com", "Too many wrong codes: Rita"),
    ]
    assert "Rita (rita@example.com)" in mailer.to("ada")[0].text
    (mail,) = told(EventKind.MFA_LOCKED, of="ada").sent
    assert "under your account" in mail.text


def test_other_events_of_a_person_are_told_to_nobody() -> None:
    assert told(EventKind.PERSON_CHANGED).sent == []


@pytest.mark.parametrize("of", [{}, {"request_id": "r"}, {"request_id": "r", "person_id": "rita"}])
def test_what_is_told_of_a_person_names_the_person_and_nothing_else(of: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="mfa_reset is told of a person"):
        Notice.model_validate({"event_id": "e", "kind": "mfa_reset", "recipient_id": "rita", **of})


def test_a_subject_is_one_short_line_whatever_people_are_called() -> None:
    name = "Rita\r\nBcc: all@example.com\u202e" + "x" * 200
    subject = write_personal(NoticeKind.MFA_LOCKED, a_person("rita", name=name), ADA).subject
    assert subject.startswith("Too many wrong codes: Rita Bcc: all@example.com")
    assert len(subject) == 120
