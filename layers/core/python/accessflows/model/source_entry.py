"""Entries: what an identity source keeps here, as it wrote it."""

from enum import StrEnum
from typing import Annotated, Any, NamedTuple

from pydantic import Field

from accessflows.model.person import Profile
from accessflows.model.value import Count, Identifier, Instant, Value


class EntryKind(StrEnum):
    """What an entry describes. A user's id is their person's, a group's that of the group."""

    USER = "user"
    GROUP = "group"


# By what an entry is looked up.
USER_NAME = "user_name"
EXTERNAL_ID = "external_id"
DISPLAY_NAME = "display_name"
EMAIL = "email"


class SourceEntry(Value):
    """A user or group as their source wrote them, members left out.

    version: grows by one with each change.
    found_by: attribute -> the values by which it is looked up, as they are compared.
    """

    source: Identifier
    kind: EntryKind
    id: str
    version: Annotated[Count, Field(ge=1)] = 1
    created_at: Instant
    changed_at: Instant
    document: dict[str, Any]
    found_by: dict[str, tuple[str, ...]] = {}


class SourceUser(NamedTuple):
    """A user as the source writes them.

    login: the address it vouches for, if any. profile: without groups, which follow from places.
    found_by: as an entry's.
    """

    document: dict[str, Any]
    profile: Profile
    login: str | None
    found_by: dict[str, tuple[str, ...]]


class SourceGroup(NamedTuple):
    """A group as a source lists it, with everybody in it by the source's own ids."""

    external_id: str
    name: str
    document: dict[str, Any]
    members: frozenset[str]


class EntryChange(NamedTuple):
    """An entry as it was and as it will be; none where there is none."""

    before: SourceEntry | None
    after: SourceEntry | None


class Place(NamedTuple):
    """A person's place in a group of a source. display: how the source writes their name there."""

    source: str
    group_id: str
    person_id: str
    display: str | None = None


class PlaceState(StrEnum):
    """Whether the person's record says so yet.

    wanted --(record names the group)--> held --(leaves)--> unwanted --(record follows)--> no row
    """

    WANTED = "wanted"
    HELD = "held"
    UNWANTED = "unwanted"


class Placed(NamedTuple):
    """How a place stands."""

    state: PlaceState
    display: str | None
