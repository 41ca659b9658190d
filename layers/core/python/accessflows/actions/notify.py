"""Notify: who is told what about an event of a request."""

from collections.abc import Mapping, Sequence

from accessflows.model.condition import Group
from accessflows.model.event import Event, EventKind
from accessflows.model.flow import AccessFlow
from accessflows.model.notice import Notice, NoticeKind
from accessflows.model.request import AccessRequest, Status
from accessflows.ports import Directory
from accessflows.rules.approval import barred_as_self

# (what happened, the status then entered) -> what requester and grantee hear; any status if none.
_TOLD: Mapping[tuple[EventKind, Status | None], NoticeKind] = {
    (EventKind.SUBMITTED, None): NoticeKind.SUBMITTED,
    (EventKind.APPROVED, None): NoticeKind.APPROVED,
    (EventKind.ACTIVATED, None): NoticeKind.ACTIVE,
    (EventKind.ENDING_SOON, None): NoticeKind.ENDING_SOON,
    (EventKind.REJECTED, None): NoticeKind.REJECTED,
    (EventKind.CANCELLED, None): NoticeKind.CANCELLED,
    (EventKind.ENDED, Status.EXPIRED): NoticeKind.ENDED,
    (EventKind.ENDED, Status.REVOKED): NoticeKind.ENDED,
    (EventKind.ENDED, Status.FAILED): NoticeKind.FAILED,
}


def notices_for(
    event: Event, request: AccessRequest, flow: AccessFlow, directory: Directory
) -> list[Notice]:
    """The notices of one event, each person and kind once, in a fixed order.

    flow: the version that the request pins, as it asks of this request.
    Source: docs/features.md R69, R124.
    """
    told = _of_its_people(event, request)
    asked = [(i, NoticeKind.APPROVAL_ASKED) for i in _approvers(event, request, flow, directory)]
    warned = [(i, NoticeKind.EMERGENCY) for i in _warned(event, request, flow, directory)]
    return [
        Notice(event_id=event.id, request_id=request.id, kind=kind, recipient_id=person_id)
        for person_id, kind in (*told, *asked, *warned)
    ]


def _of_its_people(event: Event, request: AccessRequest) -> list[tuple[str, NoticeKind]]:
    kind = _TOLD.get((event.kind, event.entered)) or _TOLD.get((event.kind, None))
    if kind is None:
        return []
    people = dict.fromkeys((request.requester_id, request.grantee_id))
    if event.entered is Status.PENDING_MFA:
        people.pop(request.grantee_id)
        confirming = (request.grantee_id, NoticeKind.MFA_ASKED)
        return [*((person_id, kind) for person_id in people), confirming]
    if kind is NoticeKind.CANCELLED:
        people.pop(event.actor, None)
    return [(person_id, kind) for person_id in people]


def _warned(
    event: Event, request: AccessRequest, flow: AccessFlow, directory: Directory
) -> list[str]:
    """Every admin but requester and grantee, by id, when an emergency flow is used.

    What has yet to be confirmed with a code is not used yet.
    """
    begins = event.kind in (EventKind.SUBMITTED, EventKind.MFA_PASSED)
    if not flow.emergency or not begins or event.entered is Status.PENDING_MFA:
        return []
    return [p.id for p in directory.admins() if p.id not in request.concerned]


def _approvers(
    event: Event, request: AccessRequest, flow: AccessFlow, directory: Directory
) -> list[str]:
    """Those asked now, once each, by group and id: as approval begins, or as their tier opens.

    After them whoever decides in the place of one of them at that instant.
    """
    groups = _asked(event, flow)
    if not groups:
        return []
    meant = [person.id for group in groups for person in directory.matching(group)]
    stand_ins = directory.stand_ins(event.at)
    pairs: list[tuple[str, ...]] = [(person_id,) for person_id in meant]
    pairs += [
        (stand_in, person_id) for person_id in meant for stand_in in stand_ins.get(person_id, ())
    ]
    return list(dict.fromkeys(who[0] for who in pairs if not barred_as_self(request, flow, *who)))


def _asked(event: Event, flow: AccessFlow) -> Sequence[Group]:
    if event.kind is EventKind.TIER_OPENED and flow.escalation:
        return (flow.escalation.tiers[event.details["tier"] - 1],)
    if event.entered is Status.PENDING_APPROVAL and flow.approval:
        return flow.approval.groups
    return ()
