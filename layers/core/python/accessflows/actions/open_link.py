"""Open a link: what a mailed approval link comes to at this moment. Changes nothing."""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from accessflows.actions.gather import gather
from accessflows.actions.weigh import weigh
from accessflows.model.dossier import Dossier
from accessflows.model.impact import Impact
from accessflows.model.person import Person
from accessflows.model.refusal import LinkRefused, NotFound
from accessflows.model.request import Cause, Status, Vote
from accessflows.ports import ApprovalLink, Ports
from accessflows.rules.approval import fingerprint, vote_of
from accessflows.rules.lifecycle import overdue


class LinkState(StrEnum):
    """What a genuine link is good for."""

    OPEN = "open"
    USED = "used"
    SETTLED = "settled"
    TIMED_OUT = "timed_out"
    OUTDATED = "outdated"
    NOT_AN_APPROVER = "not_an_approver"
    SIGN_IN_NEEDED = "sign_in_needed"


class OpenedLink(NamedTuple):
    """A genuine link, its holder as the directory knows them now, and what it speaks of.

    on_behalf_of: in whose place its holder would decide, if in anybody's.
    impact: of a link that still decides.
    """

    state: LinkState
    link: ApprovalLink
    approver: Person | None
    dossier: Dossier
    on_behalf_of: Person | None = None
    impact: Impact = Impact()

    @property
    def vote(self) -> Vote | None:
        """What its holder decided before, by whatever way."""
        votes = self.dossier.request.votes
        return next((v for v in votes if v.person_id == self.link.approver_id), None)


def known_link(ports: Ports, link_id: str) -> ApprovalLink:
    """Raises LinkRefused where there is no such link."""
    try:
        return ports.requests.link(link_id)
    except NotFound as error:
        raise LinkRefused("this link is not known any more") from error


def open_link(ports: Ports, link_id: str, now: datetime) -> OpenedLink:
    """The link with its state. Raises LinkRefused where there is no such link."""
    link = known_link(ports, link_id)
    dossier = gather(ports, ports.requests.get(link.request_id))
    approver = ports.directory.people([link.approver_id]).get(link.approver_id)
    delegators = ports.directory.delegators(link.approver_id, now)
    vote = None
    if approver:
        vote = vote_of(dossier.request, dossier.flow, approver, now, delegators)
    meant = next((one for one in delegators if vote and one.id == vote.on_behalf_of), None)
    opened = OpenedLink(_state(link, dossier, approver, vote, now), link, approver, dossier, meant)
    if opened.state is not LinkState.OPEN:
        return opened
    return opened._replace(impact=weigh(ports, dossier.request, dossier.batches, now))


def _state(
    link: ApprovalLink,
    dossier: Dossier,
    approver: Person | None,
    vote: Vote | None,
    now: datetime,
) -> LinkState:
    """vote: that the approver could give now."""
    request, flow = dossier.request, dossier.flow
    if approver is None or not approver.active:
        return LinkState.NOT_AN_APPROVER
    if link.used_at is not None:
        return LinkState.USED
    if request.status is Status.REJECTED and request.cause is Cause.TIMED_OUT:
        return LinkState.TIMED_OUT
    if request.status is not Status.PENDING_APPROVAL:
        return LinkState.SETTLED
    if overdue(request, now):
        return LinkState.TIMED_OUT
    if link.fingerprint != fingerprint(request, dossier.batches):
        return LinkState.OUTDATED
    if vote is None:
        return LinkState.NOT_AN_APPROVER
    if flow.settings.require_approver_sign_in:
        return LinkState.SIGN_IN_NEEDED
    return LinkState.OPEN
