"""Spaces: parts of the organisation with flows, bundles and access scopes of their own."""

from enum import StrEnum

from pydantic import Field

from accessflows.model.person import PersonId
from accessflows.model.value import Identifier, Name, Value


class SpaceRole(StrEnum):
    """What a person may be in a space. Each admin of the account may do all of it, too."""

    OWNER = "owner"
    MANAGER = "manager"


class Space(Value):
    """A space and the ids of its people. Owners are named by admins, managers by owners as well."""

    id: Identifier
    name: Name
    owners: tuple[PersonId, ...] = Field(min_length=1)
    managers: tuple[PersonId, ...] = ()

    def role_of(self, person_id: str) -> SpaceRole | None:
        """The greater one, where somebody has both."""
        if person_id in self.owners:
            return SpaceRole.OWNER
        return SpaceRole.MANAGER if person_id in self.managers else None
