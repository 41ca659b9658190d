"""Send a notice: claim it, put together what is to be told, hand it to a channel."""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum

from accessflows.actions.gather import gather
from accessflows.actions.read import access_details
from accessflows.actions.weigh import weigh
from accessflows.model.dossier import Dossier
from accessflows.model.notice import Notice, NoticeKind
from accessflows.model.person import Person
from accessflows.model.request import AccessRequest, Status
from accessflows.ports import ApprovalLink, Channel, Ports, Requests, Tidings
from accessflows.rules.approval import fingerprint, vote_of
from accessflows.rules.lifecycle import overdue


class Delivery(StrEnum):
    """What became of a notice."""

    SENT = "sent"
    CLAIMED = "sent before, or being sent"
    SETTLED = "settled meanwhile"
    NOBODY = "no such active person"


def send_notice(
    ports: Ports,
    channel: Channel,
    notice: Notice,
    *,
    now: datetime,
    new_link_id: Callable[[], str],
) -> Delivery:
    """Tell one person one thing, once. Raises what goes wrong on the way; it may be tried anew."""
    named = {notice.recipient_id, notice.person_id or notice.recipient_id}
    people = ports.directory.people(named)
    recipient = people.get(notice.recipient_id)
    if recipient is None or not recipient.active or len(people) < len(named):
        return Delivery.NOBODY
    request = ports.requests.get(notice.request_id) if notice.request_id else None
    if request and _is_settled(notice.kind, request, now):
        return Delivery.SETTLED

    def deliver() -> None:
        if request:
            dossier = gather(ports, request)
            tidings = _tidings(ports, notice.kind, recipient, dossier, now, new_link_id)
        else:
            about = people[notice.person_id or notice.recipient_id]
            tidings = Tidings(notice.kind, recipient, about=about)
        channel.deliver(tidings)

    return send_once(ports.requests, notice.claim_id(channel.name), now, deliver)


def send_once(
    requests: Requests, claim_id: str, now: datetime, deliver: Callable[[], None]
) -> Delivery:
    """Deliver what nobody has delivered, or is about to.

    What goes wrong on the way rises after the claim is given back, so that the next try may send.
    """
    if not requests.claim_notice(claim_id, now):
        return Delivery.CLAIMED
    delivered = False
    try:
        deliver()
        delivered = True
    finally:
        if not delivered:
            requests.release_notice(claim_id)
    requests.mark_notice_sent(claim_id, now)
    return Delivery.SENT


def _is_settled(kind: NoticeKind, request: AccessRequest, now: datetime) -> bool:
    """Whether the notice comes too late to be of use."""
    match kind:
        case NoticeKind.APPROVAL_ASKED:
            return not _waits(request, Status.PENDING_APPROVAL, now)
        case NoticeKind.MFA_ASKED:
            return not _waits(request, Status.PENDING_MFA, now)
        case NoticeKind.ENDING_SOON:
            return not _lasts(request, now)
        case _:
            return False


def _tidings(
    ports: Ports,
    kind: NoticeKind,
    recipient: Person,
    dossier: Dossier,
    now: datetime,
    new_link_id: Callable[[], str],
) -> Tidings:
    told = Tidings(kind, recipient, dossier)
    if kind is NoticeKind.APPROVAL_ASKED:
        return told._replace(
            link=_new_link(ports, dossier, recipient, now, new_link_id),
            on_behalf_of=_on_behalf_of(ports, dossier, recipient, now),
            impact=weigh(ports, dossier.request, dossier.batches, now),
        )
    if kind is NoticeKind.ACTIVE:
        # Whoever asked on behalf of another hears that it is active, not how to use it.
        if recipient.id != dossier.request.grantee_id:
            return told
        details = access_details(ports, dossier.request, dossier.batches)
        return told._replace(access_details=tuple(dict.fromkeys(details)))
    return told


def _new_link(
    ports: Ports,
    dossier: Dossier,
    approver: Person,
    now: datetime,
    new_link_id: Callable[[], str],
) -> ApprovalLink:
    """A link's row, stored before anything is sent that names it."""
    link = ApprovalLink(
        id=new_link_id(),
        request_id=dossier.request.id,
        approver_id=approver.id,
        fingerprint=fingerprint(dossier.request, dossier.batches),
        created_at=now,
    )
    ports.requests.put_link(link)
    return link


def _on_behalf_of(ports: Ports, dossier: Dossier, approver: Person, now: datetime) -> Person | None:
    """In whose place the approver would decide, if in anybody's."""
    delegators = ports.directory.delegators(approver.id, now)
    vote = vote_of(dossier.request, dossier.flow, approver, now, delegators)
    return next((one for one in delegators if vote and one.id == vote.on_behalf_of), None)


def _lasts(request: AccessRequest, now: datetime) -> bool:
    """Whether access is there, and nobody has moved its end since the warning."""
    return request.status is Status.ACTIVE and request.warn_at is None and not overdue(request, now)


def _waits(request: AccessRequest, status: Status, now: datetime) -> bool:
    return request.status is status and not overdue(request, now)
