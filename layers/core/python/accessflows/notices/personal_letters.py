"""Letters about a person rather than a request: what happened to their second factor.

Pure."""

from collections.abc import Callable, Mapping

from accessflows.model.notice import NoticeKind
from accessflows.model.person import Person
from accessflows.notices.facts import Fact
from accessflows.notices.letters import Letter
from accessflows.notices.words import one_line, subject_line


def write_personal(kind: NoticeKind, about: Person, reader: Person) -> Letter:
    """The letter of one kind to one reader. about: whom it happened to."""
    letters = _TO_THEM if about.id == reader.id else _TO_ADMINS
    letter = letters[kind](about)
    return letter.but(subject=subject_line(letter.subject))


def _enrolled(about: Person) -> Letter:
    return Letter(
        subject="An authenticator app was set up",
        headline="Your authenticator app is set up",
        opening=(
            "From now on you confirm requests with its codes, where an access flow asks for that.",
            "If it was not you, tell an administrator at once: they can reset it.",
        ),
        facts=(_account(about),),
        closing=(_YOURS,),
        tone="good",
    )


def _locked(about: Person) -> Letter:
    return Letter(
        subject="Too many wrong codes",
        headline="Your one-time codes are locked",
        opening=(
            "Too many wrong one-time codes were entered under your account. No code is taken for "
            "a quarter of an hour.",
            "If it was not you, somebody uses your sign-in: tell an administrator at once.",
        ),
        facts=(_account(about),),
        closing=(_YOURS,),
        tone="bad",
    )


def _reset(about: Person) -> Letter:
    return Letter(
        subject="Your authenticator app was reset",
        headline="Your authenticator app was reset",
        opening=(
            "An administrator reset it: codes of the app that you had set up are not taken any "
            "more. Set up another before you confirm the next request.",
            "If you did not ask for that, tell an administrator.",
        ),
        facts=(_account(about),),
        closing=(_YOURS,),
    )


def _locked_for(about: Person) -> Letter:
    return Letter(
        subject=f"Too many wrong codes: {about.name}",
        headline="Somebody entered too many wrong codes",
        opening=(
            "Too many wrong one-time codes were entered under the account below. No code of it is "
            "taken for a quarter of an hour.",
            "Ask its owner whether it was them. If not, the sign-in is in other hands: have it "
            "closed at the identity provider.",
        ),
        facts=(_account(about),),
        closing=("You get this mail because you are an admin.",),
        tone="bad",
    )


def _account(about: Person) -> Fact:
    return Fact(label="Account", lines=(f"{one_line(about.name)} ({about.email})",))


_YOURS = "You get this mail because it is about your account."
_TO_THEM: Mapping[NoticeKind, Callable[[Person], Letter]] = {
    NoticeKind.MFA_ENROLLED: _enrolled,
    NoticeKind.MFA_LOCKED: _locked,
    NoticeKind.MFA_RESET: _reset,
}
_TO_ADMINS: Mapping[NoticeKind, Callable[[Person], Letter]] = {NoticeKind.MFA_LOCKED: _locked_for}
