"""Notify of a proposed change: who is told that it waits, or what became of it."""

from accessflows.model.event import Event, EventKind
from accessflows.model.notice import ChangeNotice
from accessflows.model.proposed_change import ProposedChange
from accessflows.ports import Directory


def change_notices(
    event: Event, change: ProposedChange, directory: Directory
) -> list[ChangeNotice]:
    """The other admins as it is proposed, its author once somebody else decided.

    Source: docs/features.md N17.
    """
    if event.kind is EventKind.CHANGE_PROPOSED:
        people = [admin.id for admin in directory.admins()]
    else:
        people = [change.author_id]
    return [
        ChangeNotice(event_id=event.id, change_id=change.id, recipient_id=person_id)
        for person_id in people
        if person_id != event.actor
    ]
