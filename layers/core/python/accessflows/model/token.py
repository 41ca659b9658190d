"""Tokens: by what a program signs in. Only a hash is kept."""

import hashlib
import hmac
from datetime import datetime
from enum import StrEnum
from typing import Annotated, NamedTuple, Self

from pydantic import Field, model_validator

from accessflows.model.person import PersonId
from accessflows.model.service import ServiceId
from accessflows.model.value import Identifier, Instant, Name, Value

_PREFIX = "af"


class TokenScope(StrEnum):
    """What a token lets its bearer do: never more than its person, or an admin, may."""

    REQUESTS_READ = "requests:read"
    REQUESTS_WRITE = "requests:write"
    APPROVALS = "approvals"
    ADMIN_READ = "admin:read"
    ADMIN_WRITE = "admin:write"
    SCIM = "scim"


# What only admins may do, by token or without.
OF_ADMINS = frozenset({TokenScope.ADMIN_READ, TokenScope.ADMIN_WRITE})


class Token(Value):
    """A token's row. hash: SHA-256 of its secret, 256 random bits, which nobody can try through.

    source: the identity source that it writes for; else person_id: for whom it speaks; else
        service: which service acts by it, and owner_id: the admin who looks after it.
    """

    id: str
    name: Name
    hash: str
    scopes: Annotated[tuple[TokenScope, ...], Field(min_length=1)]
    source: Identifier | None = None
    person_id: PersonId | None = None
    service: ServiceId | None = None
    owner_id: PersonId | None = None
    created_at: Instant
    created_by: str
    expires_at: Instant
    revoked_at: Instant | None = None

    @model_validator(mode="after")
    def _has_one_holder(self) -> Self:
        if sum(one is not None for one in (self.source, self.person_id, self.service)) != 1:
            raise ValueError("a token is either a source's, a person's or a service's")
        if (self.service is None) != (self.owner_id is None):
            raise ValueError("a service's token has an owner, and no other has")
        return self

    @property
    def holder(self) -> str:
        """Whose it is: `source:okta`, `person:rita`, `service:terraform`."""
        if self.service:
            return f"service:{self.service}"
        return f"person:{self.person_id}" if self.person_id else f"source:{self.source}"

    def counts(self, secret: str, now: Instant) -> bool:
        """Whether a secret is this token's, and it still stands. Takes as long for any secret."""
        right = hmac.compare_digest(self.hash, hashed(secret))
        return right and self.revoked_at is None and now < self.expires_at


class KnownToken(NamedTuple):
    """A token, and about when it was used last; none if it never was."""

    token: Token
    used_at: datetime | None


def hashed(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def written(token_id: str, secret: str) -> str:
    """What the bearer is shown, once."""
    return f"{_PREFIX}_{token_id}_{secret}"


def read(text: str) -> tuple[str, str] | None:
    """Id and secret of a token as written; none for anything else."""
    prefix, _, rest = text.partition("_")
    token_id, _, secret = rest.partition("_")
    return (token_id, secret) if prefix == _PREFIX and token_id and secret else None
