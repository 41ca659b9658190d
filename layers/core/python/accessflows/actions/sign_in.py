"""Sign in: whom a token speaks for.

A token names issuer and subject, nothing more. The first time, the address that the pool has
verified finds the person, and the two are bound; from then on no address is looked at, since
people can change theirs."""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple, Protocol

from accessflows.model.person import Person
from accessflows.model.refusal import NotFound, Refusal
from accessflows.ports import Lost


class SignInRefused(Refusal):
    """This sign-in speaks for nobody who may use the product."""


class Account(NamedTuple):
    """Who signed in, as a valid token says."""

    issuer: str
    subject: str
    username: str


class People(Protocol):
    """Who there is."""

    def person(self, person_id: str) -> Person: ...


class SignIns(People, Protocol):
    """What is needed of the directory."""

    def bound_person(self, issuer: str, subject: str) -> str | None: ...

    def bind(self, issuer: str, subject: str, person_id: str, now: datetime) -> None: ...

    def person_with_email(self, email: str) -> Person | None: ...


def sign_in(
    account: Account,
    directory: SignIns,
    verified_email: Callable[[str], str | None],
    now: datetime,
) -> Person:
    """The active person for whom the account speaks, bound to it now if it never was.

    verified_email: username -> the address that the pool has verified, if any.
    Raises SignInRefused.
    """
    bound = directory.bound_person(account.issuer, account.subject)
    if bound is None:
        return _bind(account, directory, verified_email(account.username), now)
    return active_person(directory, bound)


def active_person(directory: People, person_id: str) -> Person:
    """Whom a sign-in or a token is bound to. Raises SignInRefused unless they are active."""
    try:
        person = directory.person(person_id)
    except NotFound:
        raise SignInRefused(f"{person_id} is gone") from None
    if not person.active:
        raise SignInRefused(f"{person.id} is deactivated")
    if person.is_external:
        raise SignInRefused(f"{person.id} is an outsider, who asks by access link")
    return person


def _bind(account: Account, directory: SignIns, email: str | None, now: datetime) -> Person:
    if email is None:
        raise SignInRefused("the account has no verified address")
    person = directory.person_with_email(email)
    if person is None:
        raise SignInRefused("nobody active in the directory has the account's address")
    try:
        directory.bind(account.issuer, account.subject, person.id, now)
    except Lost:
        # Two first calls at once bind the same; anything else is a second account of the person.
        if directory.bound_person(account.issuer, account.subject) != person.id:
            raise SignInRefused(f"{person.id} signs in with another account") from None
    return person
