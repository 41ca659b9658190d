"""Account settings: what holds for the whole organisation."""

from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Self
from urllib.parse import quote

from pydantic import Field, field_validator, model_validator

from accessflows.model.limits import LONGEST_MFA_PASS, MOST_GUARDED
from accessflows.model.value import (
    Count,
    DurationOrNone,
    Flag,
    Identifier,
    Name,
    Text,
    Value,
    format_duration,
)

# The id stands behind the host, never in it.
TicketUrl = Annotated[str, Field(pattern=r"^https?://[^/{}\s]+/[^{}\s]*\{id\}[^{}\s]*$")]
StoreId = Annotated[str, Field(pattern=r"^d-[0-9a-f]{10}$")]
TicketId = Annotated[str, Field(min_length=1, max_length=100)]


class TicketType(Value):
    """A kind of ticket. url: of a ticket, with `{id}` in the place of its id."""

    id: Identifier
    name: Name
    url: TicketUrl


class Ticket(Value):
    """A ticket as somebody names it."""

    type: Identifier
    id: TicketId


class FiledTicket(Value):
    """A ticket as it was when it was named: its type's name and its address are kept with it."""

    type: Identifier
    id: TicketId
    name: Name
    url: Text

    @classmethod
    def of(cls, ticket: Ticket, kind: TicketType) -> "FiledTicket":
        url = kind.url.replace("{id}", quote(ticket.id, safe=""))
        return cls(type=kind.id, id=ticket.id, name=kind.name, url=url)


class SourceKind(StrEnum):
    """How an identity source tells us of people."""

    SCIM = "scim"
    IDENTITY_CENTER = "identity_center"


class IdentitySource(Value):
    """An identity provider. Conditions name it by its id, which stays.

    identity_store_id: of IAM Identity Center, in the region of the deployment.
    """

    id: Identifier
    name: Name
    kind: SourceKind
    identity_store_id: StoreId | None = None

    @model_validator(mode="after")
    def _store_where_it_belongs(self) -> Self:
        if (self.kind is SourceKind.IDENTITY_CENTER) != (self.identity_store_id is not None):
            raise ValueError("`identity_store_id` is for kind identity_center, which needs it")
        return self


class AccountSettings(Value):
    """What the files say under `settings`. Everything starts off.

    fallback_flow: whether admins decide on what no access flow covers.
    spaces: whether flows, bundles and access scopes may belong to a space.
    two_person_changes: whether what an admin changes by page or API waits for another admin.
    identity_sources: where people come from besides the files.
    mfa_valid_for: how long a code that a person gave counts for further requests of theirs.
    mfa_tries: how many wrong codes in a quarter of an hour lock a person's MFA for as long.
    submissions_per_hour: how often one person may ask for access in any hour.
    link_posts_per_quarter_hour: how often a person, or an address from which nobody signed in, may
        send forms of pages behind links in any quarter of an hour.
    """

    fallback_flow: Flag = False
    spaces: Flag = False
    two_person_changes: Flag = False
    ticket_types: tuple[TicketType, ...] = ()
    identity_sources: tuple[IdentitySource, ...] = ()
    mfa_valid_for: DurationOrNone = timedelta(hours=1)
    mfa_tries: Annotated[Count, Field(ge=1, le=20)] = 5
    submissions_per_hour: Annotated[Count, Field(ge=1, le=MOST_GUARDED)] = 30
    link_posts_per_quarter_hour: Annotated[Count, Field(ge=1, le=MOST_GUARDED)] = 20

    @field_validator("mfa_valid_for")
    @classmethod
    def _ends_soon(cls, value: timedelta) -> timedelta:
        if value > LONGEST_MFA_PASS:
            said, most = format_duration(value), format_duration(LONGEST_MFA_PASS)
            raise ValueError(f"{said} is longer than {most}; PT0S asks at each request")
        return value
