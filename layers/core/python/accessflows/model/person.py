"""People and groups, as the directory knows them."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import cached_property
from typing import Annotated, NamedTuple

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from accessflows.model.roll import ON_CALL, Held, Roll
from accessflows.model.value import Flag, Identifier, Text, Value

Email = Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$", max_length=254)]
# With its country.
Phone = Annotated[str, Field(pattern=r"^\+[0-9]{6,15}$")]
PersonId = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
# Attribute -> the values held, as written.
Attributes = dict[Text, tuple[Text, ...]]

# What is always known of a person, if only as the empty set.
KNOWN_ATTRIBUTES = frozenset({"user", "group", "manager", ON_CALL})

# As a principal: held by everybody, outsiders too. It is the address that receives mail, unless a
# source holds an attribute of that name.
ADDRESS = "email"

# The identity source that the organisation's files are.
CONFIGURATION = "configuration"
# The source of people who proved an address by an access link.
OUTSIDER = "outsider"
# That of people whom admins invited.
INVITED = "invited"

# What the built-in flow asks of people; a configuration that asks it is refused.
ROLE_ATTRIBUTE = ":role"


class Role(StrEnum):
    """What a person may do in the product itself."""

    ADMIN = "admin"
    GRANTEE = "grantee"
    ACCESS_REVIEWER = "access_reviewer"
    # Never signs in, is meant by no condition, and asks by access link only.
    EXTERNAL = "external"


class DirectoryGroup(Value):
    """A group of people, as the files write it."""

    id: Identifier
    name: Text
    members: tuple[PersonId, ...] = ()


class NamedGroup(Value):
    """A group as the directory keeps it. Who is in it, the people's records say."""

    id: Identifier
    name: Text
    source: Identifier = CONFIGURATION


class Membership(Value):
    """A person's place in a group, with the names a condition may call it by."""

    id: Identifier
    name: Text


class Profile(Value):
    """What one identity source says of a person.

    manager: the id of another person. groups: ids of groups of the same source.
    """

    name: Text
    emails: tuple[Email, ...] = ()
    active: Flag = True
    manager: PersonId | None = None
    groups: tuple[Identifier, ...] = ()
    attributes: Attributes = {}


class PersonRecord(Value):
    """A person as stored: what each source says of them, kept apart, and what is decided here.

    deactivated: whether an admin shut them out, whatever the sources say.
    """

    id: PersonId
    roles: tuple[Role, ...] = (Role.GRANTEE,)
    deactivated: Flag = False
    profiles: dict[Identifier, Profile] = Field(min_length=1)

    @property
    def groups(self) -> frozenset[str]:
        return frozenset(name for profile in self.profiles.values() for name in profile.groups)

    @property
    def managers(self) -> frozenset[str]:
        return frozenset(p.manager for p in self.profiles.values() if p.manager)


class Person(Value):
    """A person and everything that conditions may ask of them, all sources taken together.

    emails: the first receives mail; every one of them names the person. Empty for nobody active.
    manager: the id of another person.
    attributes: each may hold several values.
    source: the one that says their name.
    by_source: what each source alone holds, user, group and manager among it.
    on_call: what the directory hands along; never stored.
    """

    id: PersonId
    name: Text
    emails: tuple[Email, ...]
    active: Flag = True
    roles: tuple[Role, ...] = (Role.GRANTEE,)
    manager: PersonId | None = None
    manager_emails: tuple[Email, ...] = ()
    groups: tuple[Membership, ...] = ()
    attributes: Attributes = {}
    source: Identifier = CONFIGURATION
    by_source: dict[Identifier, Attributes] = {}
    on_call: SkipJsonSchema[Roll] = Field(default=Roll(), exclude=True, repr=False)

    @property
    def email(self) -> str:
        return self.emails[0] if self.emails else ""

    @property
    def is_external(self) -> bool:
        return Role.EXTERNAL in self.roles

    @property
    def facts(self) -> Mapping[str, frozenset[str]]:
        """Attribute -> casefolded values stored. What is not a key is unknown."""
        return self._facts

    # Kept, as every condition asks for it; by a name that pydantic takes for no part of the value.
    @cached_property
    def _facts(self) -> Mapping[str, frozenset[str]]:
        own: Mapping[str, tuple[str, ...]] = {
            "user": (self.id, *self.emails),
            "group": tuple(word for group in self.groups for word in (group.id, group.name)),
            "manager": (self.manager, *self.manager_emails) if self.manager else (),
            ROLE_ATTRIBUTE: tuple(role.value for role in self.roles),
        }
        return _folded(({**self.attributes, **own}, *self.by_source.values()))

    def held(self, attribute: str, source: str | None = None) -> Held | None:
        """The values of an attribute, of one source where it is named; none where it is unknown.

        Only this looks at the roll, which no source keeps.
        """
        if attribute == ON_CALL:
            return self.on_call.held_by(self.facts["user"])
        values = self._facts_of(source).get(attribute)
        return None if values is None else Held(values)

    def _facts_of(self, source: str | None) -> Mapping[str, frozenset[str]]:
        """The facts as one source holds them; all of them for none. Empty where it knows nobody."""
        if source is None or (not self.by_source and source == self.source):
            return self.facts
        return _folded((self.by_source.get(source, {}),))


def _folded(held: Iterable[Mapping[str, tuple[str, ...]]]) -> dict[str, frozenset[str]]:
    """The union, attribute by attribute."""
    facts: dict[str, frozenset[str]] = {}
    for each in held:
        for name, values in each.items():
            facts[name] = facts.get(name, frozenset()) | {value.casefold() for value in values}
    return facts


class KnownPerson(NamedTuple):
    """What the directory holds of a person, none if nothing, and the head of their chain.

    values: (attribute, casefolded value) as the index by value holds them.
    """

    record: PersonRecord | None
    number: int
    hash: str
    values: frozenset[tuple[str, str]]


class HeldAddress(NamedTuple):
    """Who has an address, active or not, and how often it was given to somebody."""

    records: tuple[PersonRecord, ...]
    given: int


# Address, casefolded -> how often it had been given when it was found free.
Given = Mapping[str, int]


class KnownGroup(NamedTuple):
    """The same of a group; none if there is none, or no more."""

    group: NamedGroup | None
    number: int
    hash: str
    values: frozenset[tuple[str, str]]
