"""People and groups, as the directory knows them."""

from enum import StrEnum
from typing import Annotated, NamedTuple

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from accessflows.model.roll import ON_CALL, Held, Roll
from accessflows.model.value import Flag, Identifier, Text, Value

Email = Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$", max_length=254)]
PersonId = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]

# What is always known of a person, if only as the empty set.
KNOWN_ATTRIBUTES = frozenset({"user", "group", "manager", ON_CALL})


# What the built-in flow asks of people; a configuration that asks it is refused.
ROLE_ATTRIBUTE = ":role"


class Role(StrEnum):
    """What a person may do in the product itself."""

    ADMIN = "admin"
    GRANTEE = "grantee"
    ACCESS_REVIEWER = "access_reviewer"


class DirectoryGroup(Value):
    """A group of people."""

    id: Identifier
    name: Text
    members: tuple[PersonId, ...] = ()


class Membership(Value):
    """A person's place in a group, with the names a condition may call it by."""

    id: Identifier
    name: Text


class Person(Value):
    """A person and everything that conditions may ask of them.

    emails: the first receives mail; every one of them names the person.
    manager: the id of another person.
    attributes: each may hold several values.
    on_call: what the directory hands along; never stored.
    """

    id: PersonId
    name: Text
    emails: tuple[Email, ...] = Field(min_length=1)
    active: Flag = True
    roles: tuple[Role, ...] = (Role.GRANTEE,)
    manager: PersonId | None = None
    manager_emails: tuple[Email, ...] = ()
    groups: tuple[Membership, ...] = ()
    attributes: dict[Text, tuple[Text, ...]] = {}
    source: Identifier = "configuration"
    on_call: SkipJsonSchema[Roll] = Field(default=Roll(), exclude=True, repr=False)

    @property
    def email(self) -> str:
        return self.emails[0]

    @property
    def facts(self) -> dict[str, frozenset[str]]:
        """Attribute -> casefolded values stored. What is not a key is unknown."""
        own = {
            "user": (self.id, *self.emails),
            "group": tuple(word for group in self.groups for word in (group.id, group.name)),
            "manager": (self.manager, *self.manager_emails) if self.manager else (),
            ROLE_ATTRIBUTE: tuple(role.value for role in self.roles),
        }
        every = {**self.attributes, **own}
        return {name: frozenset(v.casefold() for v in values) for name, values in every.items()}

    def held(self, attribute: str) -> Held | None:
        """The values of an attribute; none where it is unknown. Only this looks at the roll."""
        if attribute == ON_CALL:
            return self.on_call.held_by(self.facts["user"])
        values = self.facts.get(attribute)
        return None if values is None else Held(values)


class KnownPerson(NamedTuple):
    """What the directory holds of a person, none if nothing, and the head of their chain.

    values: (attribute, casefolded value) as the index by value holds them.
    """

    person: Person | None
    number: int
    hash: str
    values: frozenset[tuple[str, str]]
