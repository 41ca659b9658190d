"""Send a notice of a proposed change: as it stands now, once."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from accessflows.actions.send_notice import Delivery, send_once
from accessflows.model.notice import ChangeNotice
from accessflows.model.person import Person
from accessflows.model.proposed_change import ChangeState, ProposedChange
from accessflows.ports import Ports


class Changes(Protocol):
    """What is needed of the store of flows."""

    def change(self, change_id: str) -> ProposedChange: ...


class ChangeChannel(Protocol):
    """A way to tell people of changes."""

    @property
    def name(self) -> str: ...

    def deliver_change(
        self, change: ProposedChange, recipient: Person, people: Mapping[str, Person]
    ) -> None:
        """people: author and decider, by id. Raises if the channel did not take it."""


def send_change_notice(
    ports: Ports, changes: Changes, channel: ChangeChannel, notice: ChangeNotice, *, now: datetime
) -> Delivery:
    """Tell one person of one change. Who is asked to agree is left alone once it is settled."""
    change = changes.change(notice.change_id)
    named = {notice.recipient_id, change.author_id, change.decided_by or change.author_id}
    people = ports.directory.people(sorted(named))
    recipient = people.get(notice.recipient_id)
    if recipient is None or not recipient.active:
        return Delivery.NOBODY
    waits = change.state_at(now) is ChangeState.PROPOSED
    if not waits and recipient.id != change.author_id:
        return Delivery.SETTLED
    claim_id = notice.claim_id(channel.name)
    return send_once(
        ports.requests, claim_id, now, lambda: channel.deliver_change(change, recipient, people)
    )
