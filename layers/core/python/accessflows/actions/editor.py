"""Editor: an admin at work on the configuration, and the check that every change goes through."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import NamedTuple, Protocol

from accessflows.actions.apply_config import FlowStore
from accessflows.actions.look_up import EventReader
from accessflows.actions.standing import place, refuse_problems, standing
from accessflows.model.configuration import (
    Configuration,
    Creation,
    CurrentSet,
    Path,
    Section,
    Step,
)
from accessflows.model.event import Event
from accessflows.model.integration import Kind
from accessflows.model.person import Person
from accessflows.model.proposed_change import ProposedChange, Verdict
from accessflows.model.refusal import ChangedMeanwhile
from accessflows.rules.origin import made_by_api, misfits, words_of
from accessflows.rules.placing import Flip
from accessflows.rules.spaces import Realm
from accessflows.rules.validation import Validator

# The attribute of the directory by whose values the entries of a section are named.
_NAMED_BY = {"people": "user", "groups": "group"}


class EntryStore(FlowStore, Protocol):
    """What is needed of the store of flows."""

    def creation(self, creation_id: str) -> Creation | None: ...

    def flip(
        self,
        flip: Flip,
        *steps: Step,
        creation: Creation | None = None,
        verdict: Verdict | None = None,
    ) -> None: ...

    def change(self, change_id: str) -> ProposedChange:
        """Raises NotFound."""

    def propose(
        self, change: ProposedChange, event: Event, creation: Creation | None = None
    ) -> None: ...


class Words(Protocol):
    """What is needed of the directory."""

    def is_held(self, attribute: str, value: str) -> bool:
        """Whether anybody holds this value."""

    def admins(self) -> tuple[Person, ...]: ...


class Editor(NamedTuple):
    """An admin at work, or who looks after a space.

    actor: their id. new_id: for what they propose. realm: what they may see and change.
    verdict: of another admin, who approved what the actor proposed.
    """

    store: EntryStore
    directory: Words
    record: EventReader
    validators: Mapping[Kind, Validator]
    actor: str
    now: datetime
    new_id: Callable[[], str]
    realm: Realm
    verdict: Verdict | None = None

    def must_propose(self, before: CurrentSet) -> bool:
        """Whether another admin has to agree first."""
        return before.settings.two_person_changes and self.verdict is None

    @property
    def agreed(self) -> Mapping[str, str]:
        """For events: who agreed to which proposed change."""
        if self.verdict is None:
            return {}
        return {"change": self.verdict.after.id, "approved_by": self.verdict.event.actor}


class Proposal(NamedTuple):
    """What an admin wants to count.

    changed: the entries that are new in it, by themselves; with the settings, where those change.
    closed: section and id of an entry that is to count no more.
    """

    before: CurrentSet
    wanted: CurrentSet
    changed: Configuration = Configuration()
    closed: tuple[Section, str] | None = None


def refuse_misfits(editor: Editor, proposal: Proposal, within: Section | str | None = None) -> None:
    """Raises BadInput with what would be wrong and was not before.

    within: the section (or `settings`) that was sent; of it everything is told, by its own fields.
    Only whom the change names is looked up: whoever else is named was there when that was written.
    """
    words = {"people": [editor.actor]} | {
        section: [word for word in named if editor.directory.is_held(_NAMED_BY[section], word)]
        for section, named in words_of(proposal.changed).items()
    }
    there = standing(editor.store, proposal.before)
    wrong = misfits(there, made_by_api(proposal.before, there), editor.validators, words)
    told = {(place(there, problem.path), problem.message) for problem in wrong}
    then = then_standing(there, proposal)
    sent = _path_of(then, within)
    refuse_problems(
        then,
        [
            problem
            for problem in misfits(
                then, made_by_api(proposal.wanted, then), editor.validators, words
            )
            if (sent and problem.path[: len(sent)] == sent)
            or (place(then, problem.path), problem.message) not in told
        ],
        sent,
    )


def outdated(what: str, version: int, changed: Event) -> ChangedMeanwhile:
    """changed: the event that made the version that counts."""
    return ChangedMeanwhile(
        f"{what} is at version {version} since {changed.at:%Y-%m-%d %H:%M:%S} UTC, by "
        f"{changed.actor}: read it again and repeat your change",
        version=version,
        changed_at=changed.at.isoformat(),
        changed_by=changed.actor,
    )


def then_standing(there: Configuration, proposal: Proposal) -> Configuration:
    """The whole as it would be; what changed stands last in its section."""
    gone = {(s, entry.id) for s in Section for entry in proposal.changed.section(s)}
    gone |= {proposal.closed} if proposal.closed else set()
    kept = {
        section: tuple(e for e in there.section(section) if (section, e.id) not in gone)
        for section in Section
    }
    return there.but(
        **{section: (*kept[section], *proposal.changed.section(section)) for section in Section},
        settings=proposal.wanted.settings,
    )


def _path_of(then: Configuration, within: Section | str | None) -> Path:
    if within is None:
        return ()
    if isinstance(within, Section):
        return (within, len(then.section(within)) - 1)
    return (within,)
