"""Delegations: who decides in whose place, and for how long."""

from pydantic import Field

from accessflows.model.person import PersonId
from accessflows.model.value import Instant, Text, Value


class Period(Value):
    """What somebody asks for who will be away. starts_at: none for at once."""

    delegate_id: PersonId
    starts_at: Instant | None = Field(default=None, alias="from")
    ends_at: Instant = Field(alias="to")
    reason: Text | None = None


class Delegation(Value):
    """One person decides in another's place, from an instant on and until another, exclusive.

    ended_at, ended_by: where one of the two ended it before its time.
    """

    id: str
    delegator_id: PersonId
    delegate_id: PersonId
    starts_at: Instant = Field(alias="from")
    ends_at: Instant = Field(alias="to")
    reason: Text | None = None
    made_at: Instant
    ended_at: Instant | None = None
    ended_by: PersonId | None = None

    def is_over(self, now: Instant) -> bool:
        return self.ended_at is not None or now >= self.ends_at

    def runs(self, now: Instant) -> bool:
        return self.starts_at <= now and not self.is_over(now)
