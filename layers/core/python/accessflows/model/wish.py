"""The wish: what a person sends when they ask for access."""

import hashlib
import json
from datetime import datetime
from typing import Annotated, Self

from pydantic import (
    Field,
    ValidationError,
    ValidatorFunctionWrapHandler,
    field_validator,
    model_validator,
)

from accessflows.model.account import Ticket
from accessflows.model.limits import (
    MOST_APPS,
    MOST_BUNDLES,
    MOST_JUSTIFICATION_CHARACTERS,
    MOST_RESOURCES,
)
from accessflows.model.target import Entitlement
from accessflows.model.value import GrantDuration, Identifier, Instant, Text, Value


class WantedResource(Value):
    """A resource and the permissions wanted on it."""

    integration: Identifier
    resource_type: Identifier
    resource: Text
    permissions: tuple[Identifier, ...] = Field(min_length=1)


class Wish(Value):
    """The body of a submission. grantee_id: none for oneself.

    bundles: each stands for everything it holds when the wish is answered.
    apps: ids of integrations with one resource, each for all of it that may be asked for.
    starts_at: none to begin at once.
    """

    grantee_id: Text | None = None
    resources: tuple[WantedResource, ...] = Field(default=(), max_length=MOST_RESOURCES)
    bundles: tuple[Identifier, ...] = Field(default=(), max_length=MOST_BUNDLES)
    apps: tuple[Identifier, ...] = Field(default=(), max_length=MOST_APPS)
    duration: GrantDuration | None = None
    starts_at: Instant | None = None
    justification: Annotated[str, Field(max_length=MOST_JUSTIFICATION_CHARACTERS)] | None = None
    ticket: Ticket | None = None

    @field_validator("starts_at", mode="wrap")
    @classmethod
    def _with_its_zone(cls, value: object, read: ValidatorFunctionWrapHandler) -> datetime | None:
        try:
            start: datetime | None = read(value)
        except ValidationError as error:
            raise ValueError(
                f"{value!r} is no instant with its zone, such as 2026-12-01T08:00:00Z"
            ) from error
        return start

    @model_validator(mode="after")
    def _asks_for_something(self) -> Self:
        if not (self.resources or self.bundles or self.apps):
            raise ValueError("name what is wanted in `resources`, `bundles` or `apps`")
        return self

    @property
    def entitlements(self) -> tuple[Entitlement, ...]:
        """Each once, in the order asked. What bundles and apps hold comes from the inventory."""
        return tuple(
            dict.fromkeys(
                Entitlement(
                    integration=wanted.integration,
                    resource_type=wanted.resource_type,
                    resource=wanted.resource,
                    permission=permission,
                )
                for wanted in self.resources
                for permission in wanted.permissions
            )
        )

    @property
    def body_hash(self) -> str:
        text = json.dumps(self.to_data(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()
