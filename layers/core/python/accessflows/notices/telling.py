"""Telling: a dossier in words, the same on mails and pages.

Pure."""

from collections.abc import Mapping

from accessflows.model.dossier import Dossier
from accessflows.model.event import SYSTEM, EventKind
from accessflows.model.request import Cause, Status, Vote
from accessflows.notices.words import Asked, asked, instant_in_words, joined, one_line

_REJECTED_BY_ITSELF: Mapping[Cause, str] = {
    Cause.TIMED_OUT: "Nobody decided in time, so the request was closed",
    Cause.WINDOW_CLOSED: "The hours of the access flow were over, so the request was closed",
    Cause.LOST_ELIGIBILITY: "The conditions of the access flow no longer held, so the request "
    "was closed",
    Cause.QUOTA: "The system had no room for this access, so the request was closed",
    Cause.LEFT: "The account was deactivated, so the request was closed",
}
_ENDED: Mapping[Cause, str] = {
    Cause.TIME: "The time was over",
    Cause.LEFT: "The account was deactivated",
    Cause.LOST_ELIGIBILITY: "The conditions of the access flow no longer held",
    Cause.FAILED: "The access could not be set up",
}
_BEGINS_THE_END = frozenset({EventKind.CANCELLED, EventKind.REVOCATION_STARTED})


class Telling(Dossier):
    """A dossier that can tell who, what, and how it was settled."""

    __slots__ = ()

    def name(self, person_id: str) -> str:
        """The person's name, or the id of someone who is gone."""
        if person_id == SYSTEM:
            return "Access Flows"
        person = self.people.get(person_id)
        return one_line(person.name) if person else person_id

    def voter(self, vote: Vote) -> str:
        """Who voted, and in whose place, if in anybody's."""
        name = self.name(vote.person_id)
        if vote.on_behalf_of is None:
            return name
        return f"{name} (on behalf of {self.name(vote.on_behalf_of)})"

    @property
    def asked(self) -> tuple[Asked, ...]:
        """What is asked for, by resource."""
        every = [e for batch in self.batches for e in batch.entitlements]
        return asked(every, self.integrations)

    @property
    def short(self) -> str:
        """What is asked for, in a few words."""
        first, *others = self.asked
        return f"{first.resource} and {len(others)} more" if others else first.resource

    @property
    def decision(self) -> str:
        """Who settled the request and when, in one sentence; empty while nobody has."""
        request = self.request
        if request.status in (Status.PENDING_MFA, Status.PENDING_APPROVAL):
            return ""
        withdrawn = request.status in (Status.REJECTED, Status.CANCELLED)
        if withdrawn and request.cause is not Cause.PERSON:
            return self._by_itself()
        if request.status is Status.CANCELLED:
            return self._last("cancelled", EventKind.CANCELLED)
        if rejections := [vote for vote in request.votes if not vote.approves]:
            vote = rejections[-1]
            return f"{self.voter(vote)} rejected it on {instant_in_words(vote.at)}."
        if request.votes:
            names = joined(self.voter(vote) for vote in request.votes)
            return f"{names} approved it on {instant_in_words(request.votes[-1].at)}."
        return "It needed no approval."

    @property
    def end(self) -> str:
        """Why and when the access ended, in one sentence."""
        request = self.request
        why = _ENDED.get(request.cause) if request.cause else None
        if why is None:
            return self._last("ended", *_BEGINS_THE_END)
        return f"{why}{self._closed()}."

    @property
    def _awaited_code(self) -> bool:
        return self.flow.settings.require_mfa and self.request.mfa_passed_at is None

    def _by_itself(self) -> str:
        cause = self.request.cause
        why = _REJECTED_BY_ITSELF.get(cause) if cause else None
        if cause is Cause.TIMED_OUT and self._awaited_code:
            why = "It was not confirmed with a one-time code in time, so the request was closed"
        return f"{why or 'The request was closed'}{self._closed()}."

    def _closed(self) -> str:
        at = self.request.closed_at
        return f" on {instant_in_words(at)}" if at else ""

    def _last(self, did: str, *kinds: EventKind) -> str:
        found = [event for event in self.events if event.kind in kinds]
        if not found:
            return f"Somebody {did} it{self._closed()}."
        return f"{self.name(found[-1].actor)} {did} it on {instant_in_words(found[-1].at)}."
