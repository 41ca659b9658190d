"""Tokens: made for an identity source, a person or a service, shown once, checked at every call.

Nothing of a token is kept but a hash, so that whoever reads the table can use none."""

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated, NamedTuple, Protocol

from pydantic import Field

from accessflows.actions.sign_in import People, SignInRefused, active_person
from accessflows.model.account import AccountSettings, SourceKind
from accessflows.model.configuration import Lineage
from accessflows.model.event import Event, EventKind
from accessflows.model.person import Person, PersonId, Role
from accessflows.model.refusal import BadInput, NotFound
from accessflows.model.service import ServiceId, acting_service
from accessflows.model.token import (
    OF_ADMINS,
    KnownToken,
    Token,
    TokenScope,
    hashed,
    read,
    written,
)
from accessflows.model.value import Duration, Name, Value
from accessflows.rules.chain import next_event

LONGEST_LIFE = timedelta(days=365)
NOTE_USE_EVERY = timedelta(hours=1)


class TokenStore(Protocol):
    """What is needed of the directory."""

    def token(self, token_id: str) -> KnownToken | None: ...

    def note_use(self, token_id: str, now: datetime) -> None: ...

    def head(self, token_id: str) -> Lineage: ...

    def put(self, token: Token, event: Event) -> None: ...


class NewToken(NamedTuple):
    """A token, and what its bearer is shown this one time."""

    token: Token
    text: str


class Bearer(NamedTuple):
    """For whom a token speaks, and how far. service: which one it is, if it is no person."""

    person: Person
    scopes: tuple[TokenScope, ...]
    service: str | None = None


class WantedToken(Value):
    """A token as it is asked for. name: what lists call it."""

    name: Name
    scopes: Annotated[tuple[TokenScope, ...], Field(min_length=1)]
    lives_for: Duration


class WantedServiceToken(WantedToken):
    """A token of a service. owner_id: the admin who looks after it; its maker unless named."""

    service: ServiceId
    owner_id: PersonId | None = None


def make_source_token(
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
    wanted = WantedToken(name=name, scopes=(TokenScope.SCIM,), lives_for=lives_for)
    return _make(store, wanted, actor, now, new_id, source=source)


def make_personal_token(
    store: TokenStore,
    person: Person,
    wanted: WantedToken,
    *,
    actor: str,
    now: datetime,
    new_id: Callable[[], str],
) -> NewToken:
    """A token that speaks for the person. Raises BadInput for scopes that are not theirs to give.

    A scope that an admin alone may use is refused to others, since they may become one later.
    """
    if TokenScope.SCIM in wanted.scopes:
        raise BadInput("scim is for the tokens of identity sources only", field="scopes")
    reserved = sorted(OF_ADMINS & set(wanted.scopes))
    if reserved and Role.ADMIN not in person.roles:
        raise BadInput(f"{' and '.join(reserved)}: for tokens of admins only", field="scopes")
    return _make(store, wanted, actor, now, new_id, person_id=person.id)


def make_service_token(
    store: TokenStore,
    directory: People,
    wanted: WantedServiceToken,
    *,
    actor: str,
    now: datetime,
    new_id: Callable[[], str],
) -> NewToken:
    """A token by which a service acts as itself. Raises BadInput for what no service can do.

    It goes on when its owner leaves: who looks after it then, admins see in the list.
    """
    beyond = sorted(set(wanted.scopes) - OF_ADMINS)
    if beyond:
        raise BadInput(
            f"{' and '.join(beyond)}: a service asks for nothing and decides nothing, it can only "
            "administer: admin:read, admin:write; for the rest a person makes a token of their own",
            field="scopes",
        )
    owner_id = wanted.owner_id or actor
    try:
        owner = active_person(directory, owner_id)
    except SignInRefused as refusal:
        raise BadInput(f"{refusal}: name an active admin", field="owner_id") from refusal
    if Role.ADMIN not in owner.roles:
        raise BadInput(f"{owner_id} is no admin: name one", field="owner_id")
    return _make(store, wanted, actor, now, new_id, service=wanted.service, owner_id=owner_id)


def revoke_token(
    store: TokenStore, holder: str | None, token_id: str, *, actor: str, now: datetime
) -> KnownToken:
    """Revoked twice, it stays revoked as it was.

    holder: whose it must be, `source:okta`; none where it may be anybody's. Raises NotFound.
    """
    known = store.token(token_id)
    if known is None or (holder and known.token.holder != holder):
        raise NotFound(f"there is no token {token_id}" + (f" of {holder}" if holder else ""))
    if known.token.revoked_at:
        return known
    revoked = known.token.but(revoked_at=now)
    _put(store, revoked, EventKind.TOKEN_REVOKED, actor, now)
    return known._replace(token=revoked)


def bearer_of(store: TokenStore, directory: People, text: str, now: datetime) -> Bearer:
    """For whom a token as written speaks now. Raises SignInRefused.

    When it was used is noted once an hour at most, so that a busy token costs no write a call.
    """
    known = _counting(store, text, now)
    if known is None or known.token.source is not None:
        raise SignInRefused("the token does not count")
    token = known.token
    if token.service:
        person = acting_service(token.service)
    else:
        person = active_person(directory, token.person_id or "")
    if known.used_at is None or now - known.used_at >= NOTE_USE_EVERY:
        store.note_use(token.id, now)
    return Bearer(person, token.scopes, token.service)


def source_of(
    store: TokenStore,
    settings: Callable[[], AccountSettings],
    header: str | None,
    now: datetime,
) -> str | None:
    """For which source the bearer of an Authorization header writes; none for whom it does not."""
    scheme, _, text = (header or "").strip().partition(" ")
    known = _counting(store, text.strip(), now) if scheme.casefold() == "bearer" else None
    if known is None or known.token.source is None:
        return None
    return known.token.source if _is_configured(settings(), known.token.source) else None


def _counting(store: TokenStore, text: str, now: datetime) -> KnownToken | None:
    """The token that a text is, if it stands."""
    named = read(text)
    known = store.token(named[0]) if named else None
    return known if named and known and known.token.counts(named[1], now) else None


def _is_configured(settings: AccountSettings, source: str) -> bool:
    return any(
        known.id == source and known.kind is SourceKind.SCIM for known in settings.identity_sources
    )


def _make(
    store: TokenStore,
    wanted: WantedToken,
    actor: str,
    now: datetime,
    new_id: Callable[[], str],
    *,
    source: str | None = None,
    person_id: str | None = None,
    service: str | None = None,
    owner_id: str | None = None,
) -> NewToken:
    if wanted.lives_for > LONGEST_LIFE:
        raise BadInput("a token lives for P365D at most", field="lives_for")
    secret = secrets.token_urlsafe(32)
    token = Token(
        id=new_id(),
        name=wanted.name,
        hash=hashed(secret),
        scopes=tuple(dict.fromkeys(wanted.scopes)),
        created_at=now,
        created_by=actor,
        expires_at=now + wanted.lives_for,
        source=source,
        person_id=person_id,
        service=service,
        owner_id=owner_id,
    )
    _put(store, token, EventKind.TOKEN_MADE, actor, now)
    return NewToken(token, written(token.id, secret))


def _put(store: TokenStore, token: Token, kind: EventKind, actor: str, now: datetime) -> None:
    details = {
        "holder": token.holder,
        "name": token.name,
        "scopes": list(token.scopes),
        "expires_at": str(token.expires_at),
    }
    head = store.head(token.id)
    store.put(token, next_event(head, f"token:{token.id}", kind, now, actor=actor, details=details))
