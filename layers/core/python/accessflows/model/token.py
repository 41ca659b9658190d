"""Tokens: by what a program signs in. Only a hash is kept."""

import hashlib
import hmac
from enum import StrEnum

from accessflows.model.value import Identifier, Instant, Name, Value

_PREFIX = "af"


class TokenScope(StrEnum):
    """What a token lets its bearer do."""

    SCIM = "scim"


class Token(Value):
    """A token's row. hash: SHA-256 of its secret, which is random and long.

    source: the identity source that it writes for.
    """

    id: str
    name: Name
    hash: str
    scopes: tuple[TokenScope, ...]
    source: Identifier
    created_at: Instant
    created_by: str
    expires_at: Instant
    revoked_at: Instant | None = None

    def opens(self, scope: TokenScope, secret: str, now: Instant) -> bool:
        """Whether a secret is this token's, and it counts for the scope now."""
        right = hmac.compare_digest(self.hash, hashed(secret))
        return right and scope in self.scopes and self.revoked_at is None and now < self.expires_at


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
