"""Proposed changes: what an admin wants to count, and who else has to agree before it does."""

from enum import StrEnum
from typing import Annotated, Any, NamedTuple

from pydantic import Field

from accessflows.model.configuration import MODELS, Entry, Section
from accessflows.model.event import GENESIS, Event
from accessflows.model.person import PersonId
from accessflows.model.value import Count, Instant, Text, Value


class ChangeAction(StrEnum):
    """What would be done."""

    CREATE = "create"
    UPDATE = "update"
    CLOSE = "close"


class ChangeState(StrEnum):
    """Where a proposed change stands. One that nobody decided in time is expired, unwritten."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"


class ProposedChange(Value):
    """A change as it was sent and found valid, and what became of it.

    section, entry_id: none where the account settings would change.
    base_version: what it is a change to; 0 for what is new.
    content: the entry as a file would say it, or the settings that change; none where it closes.
    number, hash: of the last event of `change:{id}`.
    """

    id: str
    section: Section | None = None
    action: ChangeAction
    entry_id: str | None = None
    base_version: Annotated[Count, Field(ge=0)]
    content: dict[str, Any] | None = None
    author_id: PersonId
    proposed_at: Instant
    expires_at: Instant
    state: ChangeState = ChangeState.PROPOSED
    decided_by: PersonId | None = None
    decided_at: Instant | None = None
    reason: Text | None = None
    number: Annotated[Count, Field(ge=0)] = 0
    hash: str = GENESIS

    @property
    def subject(self) -> str:
        return f"change:{self.id}"

    @property
    def words(self) -> str:
        """What it is about, in a sentence: `access flow 'buckets'`."""
        if self.section is None:
            return "the account settings"
        return f"{self.section.words} {self.entry_id!r}"

    @property
    def place(self) -> tuple[Section, str]:
        """Where the entry stands. Raises ValueError where the settings would change."""
        if self.section is None or self.entry_id is None:
            raise ValueError("the account settings are no entry")
        return self.section, self.entry_id

    def entry(self) -> Entry:
        """The entry that is to count."""
        return MODELS[self.place[0]].model_validate(self.content)

    def state_at(self, now: Instant) -> ChangeState:
        if self.state is ChangeState.PROPOSED and now >= self.expires_at:
            return ChangeState.EXPIRED
        return self.state


class Verdict(NamedTuple):
    """A change as it was read, as it will stand, and the event that says so."""

    before: ProposedChange
    after: ProposedChange
    event: Event
