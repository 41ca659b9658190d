"""Configure: an admin changes what the product works by, one entry at a time.

read --> the whole as it would then be --(checked as files are)--> version, event and flip at once

Where the account wants two people for a change, it is proposed instead, once it was checked.
What files write is changed in the files only. Nothing is deleted: requests keep their versions."""

from typing import NamedTuple

from accessflows.actions.contend import decide_anew
from accessflows.actions.editor import Editor, Proposal, outdated, refuse_misfits
from accessflows.actions.look_up import Placed, last_event, no_such
from accessflows.actions.propose import Draft, propose
from accessflows.actions.recompile import Recompiled, recompile
from accessflows.model.configuration import (
    Configuration,
    Creation,
    CurrentSet,
    Entry,
    Origin,
    Section,
)
from accessflows.model.event import EventKind
from accessflows.model.flow import AccessFlow, ResourceAccess
from accessflows.model.proposed_change import ChangeAction, ProposedChange
from accessflows.model.refusal import (
    AlreadyExists,
    IdempotencyConflict,
    MadeFromSettings,
    ManagedByFiles,
)
from accessflows.rules import placing
from accessflows.rules.placing import Flip


class Closed(NamedTuple):
    """An entry that counts no more, and the version it ended with."""

    id: str
    version: int


def create(
    editor: Editor, section: Section, entry: Entry, idempotency_key: str | None
) -> Placed | ProposedChange:
    """A new entry. The same key with the same entry answers what it did the first time.

    Raises AlreadyExists, IdempotencyConflict, BadInput with what does not fit.
    """
    creation = Creation.of(editor.actor, idempotency_key, section, entry)
    return decide_anew(lambda: _create(editor, section, entry, creation))


def update(
    editor: Editor, section: Section, entry: Entry, expected: int | None
) -> Placed | ProposedChange:
    """An entry's next version; the same content changes nothing.

    expected: the version that the admin read; none for whichever there is.
    Raises NotFound, ManagedByFiles, MadeFromSettings, ChangedMeanwhile, BadInput with what does
    not fit.
    """
    return decide_anew(lambda: _update(editor, section, entry, expected))


def close(
    editor: Editor, section: Section, entry_id: str, expected: int | None
) -> Closed | ProposedChange:
    """Let an entry count no more. Raises as `update`: BadInput where others still name it."""
    return decide_anew(lambda: _close(editor, section, entry_id, expected))


def check(editor: Editor, section: Section, entry: Entry, expected: int | None) -> Proposal:
    """What would count if the entry were saved; nothing is stored.

    expected: none for a new entry, else the version that was read.
    Raises as `create` and `update`.
    """
    before = editor.store.current_set()
    if expected is None:
        editor.realm.refuse_unless_writes(section, entry, None)
        _refuse_taken(before, section, entry)
    else:
        version = _changeable(editor, before, section, entry.id, expected)
        stored = editor.store.entry(section, entry.id, version)
        editor.realm.refuse_unless_writes(section, entry, stored)
    latest = editor.store.lineage(section.subject(entry.id)).latest
    proposal = _proposal(before, section, entry, latest + 1)
    refuse_misfits(editor, proposal, section)
    _followed(editor, proposal.wanted, section, entry.id, entry)
    return proposal


def _create(
    editor: Editor, section: Section, entry: Entry, creation: Creation | None
) -> Placed | ProposedChange:
    editor.realm.refuse_unless_writes(section, entry, None)
    before = editor.store.current_set()
    done = editor.store.creation(creation.id) if creation else None
    if creation and done:
        return _replayed(editor, section, creation, done)
    _refuse_taken(before, section, entry)
    return _place(editor, before, section, entry, creation)


def _refuse_taken(before: CurrentSet, section: Section, entry: Entry) -> None:
    if entry.id in before.open(section):
        raise AlreadyExists(
            f"there is {section.words} {entry.id!r} already, at version "
            f"{before.open(section)[entry.id]}: give yours another id, or change that one"
        )


def _replayed(
    editor: Editor, section: Section, creation: Creation, done: Creation
) -> Placed | ProposedChange:
    if done.body_hash != creation.body_hash:
        raise IdempotencyConflict(
            "this Idempotency-Key was used for another entry; use a new key for a new entry"
        )
    if done.change_id:
        return editor.store.change(done.change_id)
    entry = editor.store.entry(section, done.entry_id, done.version)
    changed = editor.record.event(section.subject(entry.id), done.event_number)
    return Placed(entry, done.version, Origin.API, changed)


def _update(
    editor: Editor, section: Section, entry: Entry, expected: int | None
) -> Placed | ProposedChange:
    before = editor.store.current_set()
    version = _changeable(editor, before, section, entry.id, expected)
    stored = editor.store.entry(section, entry.id, version)
    editor.realm.refuse_unless_writes(section, entry, stored)
    if stored == placing.as_version(entry, version):
        changed = last_event(editor.store, editor.record, section.subject(entry.id))
        return Placed(stored, version, Origin.API, changed)
    return _place(editor, before, section, entry)


def _close(
    editor: Editor, section: Section, entry_id: str, expected: int | None
) -> Closed | ProposedChange:
    before = editor.store.current_set()
    version = _changeable(editor, before, section, entry_id, expected)
    stored = editor.store.entry(section, entry_id, version)
    editor.realm.refuse_unless_closes(section, stored)
    wanted = before.moved(section, opened={}, closed=(entry_id,), origin=Origin.API)
    refuse_misfits(editor, Proposal(before, wanted, closed=(section, entry_id)))
    followed = _followed(editor, wanted, section, entry_id, None)
    if editor.must_propose(before):
        return propose(editor, Draft(ChangeAction.CLOSE, section, entry_id, version))
    subject = section.subject(entry_id)
    lineage = editor.store.lineage(subject)
    step = placing.closing(
        section, entry_id, lineage, at=editor.now, actor=editor.actor, details=editor.agreed
    )
    flip = _flip(editor, before, followed.wanted, subject=subject, closed=True)
    editor.store.flip(flip, step, *followed.steps, verdict=editor.verdict)
    return Closed(entry_id, version)


def _changeable(
    editor: Editor, before: CurrentSet, section: Section, entry_id: str, expected: int | None
) -> int:
    """The open version that the API may change, in the editor's realm."""
    version = before.open(section).get(entry_id)
    if version is None:
        raise no_such(section, entry_id)
    stored = editor.store.entry(section, entry_id, version)
    if not editor.realm.sees(stored):
        raise no_such(section, entry_id)
    named = f"{section.words} {entry_id!r}"
    if before.origin(section, entry_id) is Origin.FILES:
        raise ManagedByFiles(
            f"{named} is written in the configuration files; change it there and deploy"
        )
    if isinstance(stored, AccessFlow) and stored.made_from:
        raise MadeFromSettings(
            f"{named} follows from the request setting {stored.made_from!r}; change that one"
        )
    if expected not in (None, version):
        changed = last_event(editor.store, editor.record, section.subject(entry_id))
        raise outdated(named, version, changed)
    return version


def _place(
    editor: Editor,
    before: CurrentSet,
    section: Section,
    entry: Entry,
    creation: Creation | None = None,
) -> Placed | ProposedChange:
    """Check the entry among all others, then let it count, or wait for another admin."""
    subject = section.subject(entry.id)
    lineage = editor.store.lineage(subject)
    step = placing.opening(
        section, entry, lineage, at=editor.now, actor=editor.actor, details=editor.agreed
    )
    version = step.after.latest
    proposal = _proposal(before, section, entry, version)
    refuse_misfits(editor, proposal, section)
    followed = _followed(editor, proposal.wanted, section, entry.id, entry)
    if editor.must_propose(before):
        base = before.open(section).get(entry.id, 0)
        action = ChangeAction.UPDATE if base else ChangeAction.CREATE
        return propose(editor, Draft(action, section, entry.id, base, entry.to_data()), creation)
    editor.store.flip(
        _flip(editor, before, followed.wanted, subject=subject, version=version),
        step,
        *followed.steps,
        creation=creation and creation.but(version=version, event_number=step.event.number),
        verdict=editor.verdict,
    )
    return Placed(placing.as_version(entry, version), version, Origin.API, step.event)


def _proposal(before: CurrentSet, section: Section, entry: Entry, version: int) -> Proposal:
    wanted = before.moved(section, opened={entry.id: version}, closed=(), origin=Origin.API)
    return Proposal(before, wanted, Configuration().but(**{section: (entry,)}))


def _followed(
    editor: Editor, wanted: CurrentSet, section: Section, entry_id: str, entry: Entry | None
) -> Recompiled:
    """What else counts with it: of request settings, their flows."""
    if section is not Section.RESOURCE_ACCESS:
        return Recompiled(wanted, ())
    access = entry if isinstance(entry, ResourceAccess) else None
    return recompile(editor, wanted, entry_id, access)


def _flip(editor: Editor, before: CurrentSet, wanted: CurrentSet, **details: object) -> Flip:
    return placing.flip(
        before,
        wanted,
        EventKind.CONFIGURATION_CHANGED,
        at=editor.now,
        actor=editor.actor,
        details={**details, **editor.agreed},
    )
