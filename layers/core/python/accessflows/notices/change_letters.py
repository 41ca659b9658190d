"""Letters about changes that wait for a second admin, or were decided.

Pure."""

from collections.abc import Mapping

from accessflows.model.person import Person
from accessflows.model.proposed_change import ChangeAction, ChangeState, ProposedChange
from accessflows.notices.facts import Fact
from accessflows.notices.letters import Letter
from accessflows.notices.words import instant_in_words, one_line, plain

_DOES: Mapping[ChangeAction, str] = {
    ChangeAction.CREATE: "make",
    ChangeAction.UPDATE: "change",
    ChangeAction.CLOSE: "close",
}


def write_change(change: ProposedChange, people: Mapping[str, Person]) -> Letter:
    """What an admin is asked to agree to, or what became of what they proposed.

    people: author and decider by id; whoever is gone is called by their id.
    """
    if change.state is ChangeState.PROPOSED:
        return _asked(change, people)
    return _decided(change, people)


def _asked(change: ProposedChange, people: Mapping[str, Person]) -> Letter:
    wants = f"{_name(people, change.author_id)} wants to {_DOES[change.action]} {change.words}"
    return Letter(
        subject=f"Please agree or reject: {wants}",
        headline="A change waits for a second admin",
        opening=(
            f"{wants}. It counts once an admin other than its author approves it.",
            f"Without that it expires on {instant_in_words(change.expires_at)}.",
        ),
        facts=(
            _about(change),
            Fact(
                label="See it whole, and decide",
                lines=(
                    f"GET /configuration/changes/{change.id}",
                    f"POST /configuration/changes/{change.id}/approve or .../reject",
                ),
            ),
        ),
        closing=("You get this mail because you are an admin.", f"Change {change.id}"),
        tone="asks",
    )


def _decided(change: ProposedChange, people: Mapping[str, Person]) -> Letter:
    agreed = change.state is ChangeState.APPROVED
    word = "approved" if agreed else "rejected"
    counts = "It counts from now on." if agreed else "It does not count."
    reason = plain(change.reason or "")
    return Letter(
        subject=f"Your change was {word}: {change.words}",
        headline=f"Your change was {word}",
        opening=(f"{_name(people, change.decided_by or '')} {word} it. {counts}",),
        facts=(
            _about(change),
            *((Fact(label="Reason", lines=(reason,), quoted=True),) if reason else ()),
        ),
        closing=("You get this mail because you proposed this change.", f"Change {change.id}"),
        tone="good" if agreed else "bad",
    )


def _about(change: ProposedChange) -> Fact:
    return Fact(label="What", lines=(f"{_DOES[change.action]} {change.words}",))


def _name(people: Mapping[str, Person], person_id: str) -> str:
    return one_line(people[person_id].name) if person_id in people else person_id
