"""Tokens of identity sources: made and revoked by admins, shown once, checked at every call."""

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from accessflows.model.account import AccountSettings, SourceKind
from accessflows.model.configuration import Lineage
from accessflows.model.event import Event, EventKind
from accessflows.model.refusal import BadInput, NotFound
from accessflows.model.token import Token, TokenScope, hashed, read, written
from accessflows.rules.chain import next_event

LONGEST_LIFE = timedelta(days=365)


class TokenStore(Protocol):
    """What is needed of the directory."""

    def token(self, token_id: str) -> Token | None: ...

    def of_source(self, source: str) -> tuple[Token, ...]: ...

    def head(self, token_id: str) -> Lineage: ...

    def put(self, token: Token, event: Event) -> None: ...


class NewToken(NamedTuple):
    """A token, and what its bearer is shown this one time."""

    token: Token
    text: str


def make_token(
    store: TokenStore,
    settings: AccountSettings,
    *,
    source: str,
    name: str,
    lives_for: timedelta,
    actor: str,
    now: datetime,
    new_id: Callable[[], str],
) -> NewToken:
    """Raises NotFound for a source that pushes nothing, BadInput for a life too long."""
    if not _is_configured(settings, source):
        raise NotFound(
            f"there is no identity source {source} of kind scim in the account's settings"
        )
    if lives_for > LONGEST_LIFE:
        raise BadInput("a token lives for P365D at most", field="lives_for")
    secret = secrets.token_urlsafe(32)
    token = Token(
        id=new_id(),
        name=name,
        hash=hashed(secret),
        scopes=(TokenScope.SCIM,),
        source=source,
        created_at=now,
        created_by=actor,
        expires_at=now + lives_for,
    )
    _put(store, token, EventKind.TOKEN_MADE, actor, now)
    return NewToken(token, written(token.id, secret))


def revoke_token(
    store: TokenStore, source: str, token_id: str, *, actor: str, now: datetime
) -> Token:
    """Revoked twice, it stays revoked as it was. Raises NotFound."""
    token = store.token(token_id)
    if token is None or token.source != source:
        raise NotFound(f"identity source {source} has no token {token_id}")
    if token.revoked_at:
        return token
    revoked = token.but(revoked_at=now)
    _put(store, revoked, EventKind.TOKEN_REVOKED, actor, now)
    return revoked


def source_of(
    store: TokenStore,
    settings: Callable[[], AccountSettings],
    header: str | None,
    now: datetime,
) -> str | None:
    """For which source the bearer of an Authorization header writes; none for whom it does not."""
    scheme, _, text = (header or "").strip().partition(" ")
    named = read(text.strip()) if scheme.casefold() == "bearer" else None
    token = store.token(named[0]) if named else None
    if named is None or token is None or not token.opens(TokenScope.SCIM, named[1], now):
        return None
    return token.source if _is_configured(settings(), token.source) else None


def _is_configured(settings: AccountSettings, source: str) -> bool:
    return any(
        known.id == source and known.kind is SourceKind.SCIM for known in settings.identity_sources
    )


def _put(store: TokenStore, token: Token, kind: EventKind, actor: str, now: datetime) -> None:
    details = {"source": token.source, "name": token.name, "expires_at": token.expires_at}
    details = {key: str(value) for key, value in details.items()}
    head = store.head(token.id)
    store.put(token, next_event(head, f"token:{token.id}", kind, now, actor=actor, details=details))
