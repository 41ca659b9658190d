"""Letters that tell admins who did something too often.

Pure."""

from collections.abc import Mapping
from typing import NamedTuple

from accessflows.model.event import Event
from accessflows.model.guard import Guarded
from accessflows.model.person import Person
from accessflows.notices.facts import Fact
from accessflows.notices.letters import Letter
from accessflows.notices.words import instant_in_words, one_line, subject_line
from accessflows.rules.guard import address_in


class _Words(NamedTuple):
    """did: what one did; limit: how much of it is allowed; setting: what says so."""

    did: str
    limit: str
    setting: str


_WORDS: Mapping[Guarded, _Words] = {
    Guarded.SUBMISSIONS: _Words(
        "asked for access too often", "{most} submissions an hour", "submissions_per_hour"
    ),
    Guarded.LINK_POSTS: _Words(
        "sent too many forms of links",
        "{most} forms in a quarter of an hour",
        "link_posts_per_quarter_hour",
    ),
}


def write_limit(event: Event, about: Person | None) -> Letter:
    """What admins hear of a limit that was reached. about: the person, where one is known."""
    words = _WORDS[Guarded(event.details["guarded"])]
    who = about.name if about else "Somebody"
    return Letter(
        subject=subject_line(f"{who} {words.did}"),
        headline=f"{one_line(who)} {words.did}",
        opening=(
            "Whatever is more than the limit is refused until earlier ones do not count any more. "
            "You hear of it once in that time, however often it is tried.",
            _advice(about),
        ),
        facts=(
            Fact(label="Who", lines=(_who(event, about),)),
            Fact(label="Limit", lines=(words.limit.format(most=event.details["most"]),)),
            Fact(label="Reached", lines=(instant_in_words(event.at),)),
        ),
        closing=(
            f"The limit is the setting {words.setting}.",
            "You get this mail because you are an admin.",
        ),
        tone="bad",
    )


def _advice(about: Person | None) -> str:
    if about is None:
        return "Nobody signed in for it: the address below sent forms of links that anybody can."
    if about.is_external:
        return "They came by an access link: withdraw it if they should not."
    return (
        "Ask them whether it was them or a program of theirs. If not, deactivate them, and have "
        "their sign-in closed at the identity provider."
    )


def _who(event: Event, about: Person | None) -> str:
    if about:
        return f"{one_line(about.name)} ({about.email})"
    who = str(event.details["who"])
    address = address_in(who)
    return f"Network address {address}" if address else who
