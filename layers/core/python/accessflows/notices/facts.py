"""Facts: the labelled parts that letters are made of, as one reader sees them.

Pure."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from accessflows.model.flow import Timeframe
from accessflows.model.impact import Impact
from accessflows.model.person import Person
from accessflows.model.request import AccessRequest, BatchState, Status
from accessflows.model.value import Flag, Value
from accessflows.notices.telling import Telling
from accessflows.notices.weighing import history_in_words, holders_in_words
from accessflows.notices.words import (
    Asked,
    duration_in_words,
    instant_in_words,
    plain,
    window_in_words,
)
from accessflows.rules.timeframe import helps_until, next_opening

_MOST_RESOURCES = 15


class Fact(Value):
    """A labelled part of a letter. quoted: it is somebody's own words."""

    label: str
    lines: tuple[str, ...]
    quoted: Flag = False


class Case(NamedTuple):
    """What a letter is written from."""

    dossier: Telling
    reader: Person
    url: str | None
    access_details: Sequence[str]
    on_behalf_of: Person | None = None
    impact: Impact | None = None

    def called(self, person_id: str) -> str:
        return "you" if person_id == self.reader.id else self.dossier.name(person_id)

    @property
    def asks(self) -> str:
        """Who asked for whom, as this reader sees it, without a full stop."""
        request = self.dossier.request
        asker = self.called(request.requester_id)
        start = f"{asker[0].upper()}{asker[1:]} asked for access"
        if request.requester_id == request.grantee_id:
            return start
        return f"{start} for {self.called(request.grantee_id)}"

    @property
    def access(self) -> str:
        """Whose access it is, as this reader sees it."""
        grantee_id = self.dossier.request.grantee_id
        if grantee_id == self.reader.id:
            return "Your access"
        return f"The access of {self.dossier.name(grantee_id)}"


def people(case: Case) -> tuple[Fact, ...]:
    """Who asks, and for whom."""
    request = case.dossier.request
    asker = Fact(label="Asked by", lines=(_introduced(case.dossier, request.requester_id),))
    if request.requester_id == request.grantee_id:
        return (asker, Fact(label="For", lines=("their own use",)))
    return (asker, Fact(label="For", lines=(_introduced(case.dossier, request.grantee_id),)))


def what(case: Case) -> Fact:
    """What is asked for, cut where it would be too long for a mail."""
    return _listed("What", case.dossier.asked)


def granted(case: Case) -> tuple[Fact, ...]:
    """What is held, what could not be had, and how to use what is held."""
    dossier = case.dossier
    lost = tuple(batch for batch in dossier.batches if batch.state is BatchState.FAILED)
    held = tuple(batch for batch in dossier.batches if batch not in lost)
    facts = []
    if held:
        facts.append(_listed("What", dossier._replace(batches=held).asked))
    if lost:
        facts.append(_listed("Not granted", dossier._replace(batches=lost).asked))
    if case.access_details:
        facts.append(Fact(label="How to use it", lines=tuple(map(plain, case.access_details))))
    return tuple(facts)


def why(case: Case) -> tuple[Fact, ...]:
    justification = plain(case.dossier.request.justification or "")
    return (Fact(label="Why", lines=(justification,), quoted=True),) if justification else ()


def ticket(case: Case) -> tuple[Fact, ...]:
    """The ticket with its address, where one was named."""
    named = case.dossier.request.ticket
    if named is None:
        return ()
    return (Fact(label="Ticket", lines=(f"{named.name} {plain(named.id)}", named.url)),)


def how_long(case: Case) -> Fact:
    return Fact(label="How long", lines=(duration_in_words(case.dossier.request.duration),))


def begins(case: Case) -> tuple[Fact, ...]:
    """From when, where the request names a start."""
    starts_at = case.dossier.request.starts_at
    return (Fact(label="Begins", lines=(instant_in_words(starts_at),)),) if starts_at else ()


def impact(case: Case) -> tuple[Fact, ...]:
    """Whether the same was asked for before, and who else has it, for who decides."""
    if case.impact is None:
        return ()
    return (
        Fact(label="Asked for before", lines=(history_in_words(case.impact),)),
        Fact(label="Who else has it", lines=(holders_in_words(case.impact),)),
    )


def confirm_until(case: Case) -> tuple[Fact, ...]:
    """Until when a code helps, while the request waits for one."""
    request = case.dossier.request
    if request.status is not Status.PENDING_MFA or request.due_at is None:
        return ()
    return (Fact(label="Confirm until", lines=(instant_in_words(request.due_at),)),)


def until(case: Case) -> tuple[Fact, ...]:
    """Until when a decision helps, as it stood when the request last changed."""
    request, window = case.dossier.request, case.dossier.flow.timeframe
    facts = []
    if request.approval_timeout_at:
        last = instant_in_words(request.approval_timeout_at)
        facts.append(Fact(label="Decide until", lines=(last,)))
    if window:
        hours = f"Access can only begin {window_in_words(window)}."
        at = max((event.at for event in case.dossier.events), default=request.submitted_at)
        facts.append(Fact(label="Hours", lines=(hours, _helps(request, window, at))))
    return tuple(facts)


def _helps(request: AccessRequest, window: Timeframe, at: datetime) -> str:
    helps = helps_until(request, window, at)
    if helps:
        return f"Approving helps until {instant_in_words(helps)}."
    opens_at = next_opening(window, max(at, request.starts_at or at))
    return f"They are closed now: approving helps from {instant_in_words(opens_at)} on."


def reasons(case: Case) -> tuple[Fact, ...]:
    """What the voters wrote."""
    voter = case.dossier.voter
    return tuple(
        Fact(label=f"Reason of {voter(vote)}", lines=(plain(vote.reason),), quoted=True)
        for vote in case.dossier.request.votes
        if vote.reason
    )


def said(case: Case) -> tuple[Fact, ...]:
    """What was said when the request or the access ended."""
    reason = plain(case.dossier.request.reason or "")
    return (Fact(label="Reason", lines=(reason,), quoted=True),) if reason else ()


def _introduced(dossier: Telling, person_id: str) -> str:
    person = dossier.people.get(person_id)
    return f"{dossier.name(person_id)} ({person.email})" if person else person_id


def _listed(label: str, resources: Sequence[Asked]) -> Fact:
    lines = [str(one) for one in resources[:_MOST_RESOURCES]]
    if more := len(resources) - len(lines):
        lines.append(f"and {more} more {'resource' if more == 1 else 'resources'}")
    return Fact(label=label, lines=tuple(lines))
