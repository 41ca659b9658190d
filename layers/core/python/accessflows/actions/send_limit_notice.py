"""Send a notice that somebody reached a limit, once."""

from datetime import datetime
from typing import Protocol

from accessflows.actions.send_notice import Delivery, send_once
from accessflows.model.event import Event
from accessflows.model.notice import LimitNotice
from accessflows.model.person import Person
from accessflows.ports import Ports
from accessflows.rules.guard import person_in


class LimitChannel(Protocol):
    """A way to tell admins of floods."""

    @property
    def name(self) -> str: ...

    def deliver_limit(self, event: Event, about: Person | None, recipient: Person) -> None:
        """about: whose limit it is, where that is known. Raises if the channel did not take it."""


def send_limit_notice(
    ports: Ports, channel: LimitChannel, notice: LimitNotice, *, now: datetime
) -> Delivery:
    """Tell one admin who did what too often."""
    subject, _, number = notice.event_id.rpartition("#")
    event = ports.requests.event(subject, int(number))
    person_id = person_in(event.details["who"])
    people = ports.directory.people({notice.recipient_id, person_id or notice.recipient_id})
    recipient = people.get(notice.recipient_id)
    if recipient is None or not recipient.active:
        return Delivery.NOBODY
    about = people.get(person_id) if person_id else None
    return send_once(
        ports.requests,
        notice.claim_id(channel.name),
        now,
        lambda: channel.deliver_limit(event, about, recipient),
    )
