"""A mailer in memory, and the way from an event to the mails it causes."""

import re
from typing import NamedTuple

from accessflows.actions.approvers import flow_asking
from accessflows.actions.notify import notices_for
from accessflows.actions.send_notice import Delivery, send_notice
from accessflows.model.event import Event
from accessflows.model.notice import Notice
from accessflows.model.request import AccessRequest
from accessflows.notices.links import new_link_id
from accessflows.notices.mail_channel import MailChannel
from tests.worlds import World

KEYS = ("an old key, long enough to be taken", "the newest key, long enough as well")
SITE = "https://access.example.com"


class Sent(NamedTuple):
    """A mail that was taken."""

    to: str
    subject: str
    html: str
    text: str


class MailDown(Exception):
    """The mail system is away."""


class MemoryMailer:
    """Keeps mails; `down` makes it refuse so many first."""

    def __init__(self, down: int = 0) -> None:
        self.sent: list[Sent] = []
        self.down = down

    def send(self, *, to: str, subject: str, html: str, text: str) -> None:
        if self.down:
            self.down -= 1
            raise MailDown
        self.sent.append(Sent(to, subject, html, text))

    def to(self, person_id: str) -> list[Sent]:
        return [mail for mail in self.sent if mail.to == f"{person_id}@example.com"]


def deliver(world: World, notice: Notice, mailer: MemoryMailer) -> Delivery:
    channel = MailChannel(mailer, KEYS, SITE)
    return send_notice(world.ports, channel, notice, now=world.now, new_link_id=new_link_id)


def notices_of(world: World, event: Event) -> list[Notice]:
    request = world.requests.get(event.subject.removeprefix("request:"))
    flow = flow_asking(world.ports, request)
    return notices_for(event, request, flow, world.directory)


def mails_of(world: World, request: AccessRequest) -> MemoryMailer:
    """What is mailed for the request's last event."""
    mailer = MemoryMailer()
    for notice in notices_of(world, world.requests.events(request.subject)[-1]):
        deliver(world, notice, mailer)
    return mailer


def token_in(mail: Sent) -> str:
    found = re.search(rf"{SITE}/approve/(\S+)", mail.text)
    assert found, "the mail holds no link"
    return found[1]


def mailed_token(world: World, request: AccessRequest, approver_id: str) -> str:
    """The token of the link that the approver was mailed when the request was submitted."""
    asked = [m for m in mails_of(world, request).to(approver_id) if "/approve/" in m.text]
    return token_in(asked[0])
