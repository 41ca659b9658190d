"""Notify of a person: who is told what about an event of somebody's own."""

from collections.abc import Mapping

from accessflows.model.event import Event, EventKind
from accessflows.model.notice import Notice, NoticeKind
from accessflows.ports import Directory

_TOLD: Mapping[EventKind, NoticeKind] = {
    EventKind.MFA_ENROLLED: NoticeKind.MFA_ENROLLED,
    EventKind.MFA_LOCKED: NoticeKind.MFA_LOCKED,
    EventKind.MFA_RESET: NoticeKind.MFA_RESET,
}


def notices_about(event: Event, directory: Directory) -> list[Notice]:
    """The notices of an event of a person: to them first, and to admins where codes were guessed.

    Source: docs/features.md R64, N18.
    """
    kind = _TOLD.get(event.kind)
    if kind is None:
        return []
    person_id = event.subject.removeprefix("person:")
    told = [person_id]
    if kind is NoticeKind.MFA_LOCKED:
        told += [admin.id for admin in directory.admins() if admin.id != person_id]
    return [
        Notice(event_id=event.id, person_id=person_id, kind=kind, recipient_id=recipient_id)
        for recipient_id in told
    ]
