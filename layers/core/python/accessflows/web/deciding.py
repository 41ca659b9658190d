"""Deciding: what an approver sees of a request, the same behind a mailed link and in the portal.

Pure."""

from datetime import datetime
from typing import NamedTuple

from accessflows.model.dossier import Dossier
from accessflows.model.impact import Impact
from accessflows.model.person import Person
from accessflows.notices.telling import Telling
from accessflows.notices.weighing import history_in_words, holders_in_words
from accessflows.notices.words import duration_in_words, time_left, window_in_words
from accessflows.rules.timeframe import helps_until, next_opening


class Deciding(NamedTuple):
    """What a decision is about.

    left: how long there is to decide; until: to when. window: in which access may begin.
    helps: until when an approval helps; opens: from when on, where it does not now.
    whose: in whose place the reader would decide, if in anybody's.
    """

    telling: Telling
    impact: Impact
    left: str
    until: datetime | None
    window: str
    helps: datetime | None
    opens: datetime | None
    whose: Person | None

    @property
    def requester(self) -> str:
        return self.telling.name(self.telling.request.requester_id)

    @property
    def grantee(self) -> str:
        return self.telling.name(self.telling.request.grantee_id)

    @property
    def on_behalf(self) -> bool:
        """Whether somebody asks for somebody else."""
        return len(self.telling.request.concerned) > 1

    @property
    def duration(self) -> str:
        return duration_in_words(self.telling.request.duration)

    @property
    def history(self) -> str:
        return history_in_words(self.impact)

    @property
    def holders(self) -> str:
        return holders_in_words(self.impact)


def deciding(dossier: Dossier, impact: Impact, whose: Person | None, now: datetime) -> Deciding:
    request, window = dossier.request, dossier.flow.timeframe
    until = request.approval_timeout_at
    helps = helps_until(request, window, now)
    opens = None if helps else next_opening(window, max(now, request.starts_at or now))
    return Deciding(
        telling=Telling._make(dossier),
        impact=impact,
        left=time_left(until, now) if until else "",
        until=until,
        window=window_in_words(window) if window else "",
        helps=helps if window else None,
        opens=opens if opens and until and opens < until else None,
        whose=whose,
    )
