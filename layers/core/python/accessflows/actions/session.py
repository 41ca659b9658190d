"""Sessions of the portal: begun by a sign-in, looked at by every page, ended at once.

The browser holds a secret; the directory holds its digest, so that whoever reads the table has no
session by it. Whether a session counts is decided by its instants and by the person as they are
now; that rows of old ones vanish decides nothing."""

import hashlib
from datetime import datetime
from typing import Protocol

from accessflows.model.limits import SESSION_SEEN_EVERY
from accessflows.model.person import Person
from accessflows.model.refusal import NotFound, Refusal
from accessflows.model.session import Session
from accessflows.ports import Lost


class NotSignedIn(Refusal):
    """There is no session, it has ended, or its person may not use the product any more."""


class Sessions(Protocol):
    """Where sessions are kept."""

    def session(self, session_id: str) -> Session | None: ...

    def begin(self, session: Session) -> None: ...

    def note_use(self, session: Session) -> None:
        """Raises Lost where it has been ended meanwhile."""

    def end(self, session_id: str) -> None: ...


class People(Protocol):
    """What is needed of the directory."""

    def person(self, person_id: str) -> Person: ...


def begin_session(sessions: Sessions, person: Person, secret: str, now: datetime) -> None:
    """Let whoever holds the secret be the person from now on. secret: random, never used before."""
    known = Session(id=_digest(secret), person_id=person.id, started_at=now, seen_at=now)
    sessions.begin(known)


def person_of(
    sessions: Sessions, people: People, secret: str, now: datetime, *, attended: bool = True
) -> Person:
    """Whose session it is, as the directory holds them now. Raises NotSignedIn.

    attended: the person did something; a page that looks again by itself keeps no session going.
    """
    session = sessions.session(_digest(secret))
    if session is None:
        raise NotSignedIn("please sign in")
    if now >= session.ends_at:
        raise NotSignedIn("your session has ended; please sign in again")
    try:
        person = people.person(session.person_id)
    except NotFound:
        raise NotSignedIn("your account is gone from the directory; ask an administrator") from None
    if not person.active:
        raise NotSignedIn("your account is deactivated; ask an administrator")
    if attended:
        _note_use(sessions, session, now)
    return person


def end_session(sessions: Sessions, secret: str) -> None:
    """From now on the secret is worth nothing. Ending twice changes nothing."""
    sessions.end(_digest(secret))


def _note_use(sessions: Sessions, session: Session, now: datetime) -> None:
    if now < session.seen_at + SESSION_SEEN_EVERY:
        return
    try:
        sessions.note_use(session.but(seen_at=now))
    except Lost:
        raise NotSignedIn("you have signed out; please sign in again") from None


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
