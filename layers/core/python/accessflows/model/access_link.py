"""Access links: addresses by which outsiders may ask one flow, and what their visitors prove."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from accessflows.model.event import Event
from accessflows.model.person import Email
from accessflows.model.value import Count, Identifier, Instant, Name, Value


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


Domain = Annotated[
    str,
    Field(pattern=r"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$", max_length=253),
    BeforeValidator(_lower),
]
VisitorName = Annotated[str, Field(min_length=1, max_length=100)]


class NewLink(Value):
    """What an admin says of a link. What is left out does not limit it.

    uses: how many submissions it takes.
    domains: of addresses, whole ones: `example.com` does not let in `mail.example.com`.
    """

    name: Name
    ends_at: Instant | None = None
    uses: Annotated[Count, Field(ge=1, le=100_000)] | None = None
    domains: tuple[Domain, ...] = Field(default=(), max_length=50)


class AccessLink(NewLink):
    """A link as it stands. number, hash: of the last event of its chain."""

    id: str
    flow_id: Identifier
    used: Annotated[Count, Field(ge=0)] = 0
    made_by: str
    made_at: Instant
    revoked_at: Instant | None = None
    number: Annotated[Count, Field(ge=0)] = 0
    hash: str

    @property
    def subject(self) -> str:
        return f"access_link:{self.id}"


class LinkChange(Value):
    """A link as it will stand, and the event that says so. Written together or not at all."""

    link: AccessLink
    event: Event


class Proof(Value):
    """The row behind a mailed proof: who a visitor says they are, and since when it is proved.

    person_id: the outsider whom the proof made, or found.
    """

    id: str
    flow_id: Identifier
    link_id: str
    name: VisitorName
    email: Email
    asked_at: Instant
    proved_at: Instant | None = None
    person_id: str | None = None
