"""Configure: an admin changes what the product works by, one entry at a time.

read --> the whole as it would then be --(checked as files are)--> version, event and flip at once

What files write is changed in the files only. Nothing is deleted: requests keep their versions."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple, Protocol

from accessflows.actions.apply_config import FlowStore
from accessflows.actions.contend import decide_anew
from accessflows.actions.look_up import EventReader, Placed, PlacedSettings, last_event, no_such
from accessflows.actions.standing import refuse_problems, standing
from accessflows.model.account import AccountSettings
from accessflows.model.configuration import (
    Configuration,
    Creation,
    CurrentSet,
    Entry,
    Origin,
    Path,
    Section,
    Step,
)
from accessflows.model.event import Event, EventKind
from accessflows.model.integration import Kind
from accessflows.model.refusal import (
    AlreadyExists,
    ChangedMeanwhile,
    IdempotencyConflict,
    ManagedByFiles,
)
from accessflows.rules import placing
from accessflows.rules.origin import known_words, made_by_api, misfits, words_of
from accessflows.rules.placing import ACCOUNT, Flip
from accessflows.rules.validation import Validator

# The attribute of the directory by whose values the entries of a section are named.
_NAMED_BY = {"people": "user", "groups": "group"}


class EntryStore(FlowStore, Protocol):
    """What is needed of the store of flows."""

    def creation(self, creation_id: str) -> Creation | None: ...

    def flip(self, flip: Flip, *steps: Step, creation: Creation | None = None) -> None: ...


class Words(Protocol):
    """What is needed of the directory."""

    def is_held(self, attribute: str, value: str) -> bool:
        """Whether anybody holds this value."""


class Editor(NamedTuple):
    """An admin at work. actor: their id."""

    store: EntryStore
    directory: Words
    record: EventReader
    validators: Mapping[Kind, Validator]
    actor: str
    now: datetime


class Closed(NamedTuple):
    """An entry that counts no more, and the version it ended with."""

    id: str
    version: int


def create(editor: Editor, section: Section, entry: Entry, idempotency_key: str | None) -> Placed:
    """A new entry. The same key with the same entry answers what it did the first time.

    Raises AlreadyExists, IdempotencyConflict, BadInput with what does not fit.
    """
    creation = Creation.of(editor.actor, idempotency_key, section, entry)
    return decide_anew(lambda: _create(editor, section, entry, creation))


def update(editor: Editor, section: Section, entry: Entry, expected: int | None) -> Placed:
    """An entry's next version; the same content changes nothing.

    expected: the version that the admin read; none for whichever there is.
    Raises NotFound, ManagedByFiles, ChangedMeanwhile, BadInput with what does not fit.
    """
    return decide_anew(lambda: _update(editor, section, entry, expected))


def close(editor: Editor, section: Section, entry_id: str, expected: int | None) -> Closed:
    """Let an entry count no more. Raises as `update`: BadInput where others still name it."""
    return decide_anew(lambda: _close(editor, section, entry_id, expected))


def change_settings(
    editor: Editor, changes: AccountSettings, expected: int | None
) -> PlacedSettings:
    """Set the account settings that the changes name, and leave the others.

    Raises ManagedByFiles, ChangedMeanwhile, BadInput with what does not fit.
    """
    return decide_anew(lambda: _change_settings(editor, changes, expected))


def _create(editor: Editor, section: Section, entry: Entry, creation: Creation | None) -> Placed:
    before = editor.store.current_set()
    done = editor.store.creation(creation.id) if creation else None
    if creation and done:
        return _replayed(editor, section, creation, done)
    if entry.id in before.open(section):
        raise AlreadyExists(
            f"there is {section.words} {entry.id!r} already, at version "
            f"{before.open(section)[entry.id]}: give yours another id, or change that one"
        )
    return _place(editor, before, section, entry, creation)


def _replayed(editor: Editor, section: Section, creation: Creation, done: Creation) -> Placed:
    if done.body_hash != creation.body_hash:
        raise IdempotencyConflict(
            "this Idempotency-Key was used for another entry; use a new key for a new entry"
        )
    entry = editor.store.entry(section, done.entry_id, done.version)
    changed = editor.record.event(section.subject(entry.id), done.event_number)
    return Placed(entry, done.version, Origin.API, changed)


def _update(editor: Editor, section: Section, entry: Entry, expected: int | None) -> Placed:
    before = editor.store.current_set()
    version = _changeable(editor, before, section, entry.id, expected)
    stored = editor.store.entry(section, entry.id, version)
    if stored == placing.as_version(entry, version):
        changed = last_event(editor.store, editor.record, section.subject(entry.id))
        return Placed(stored, version, Origin.API, changed)
    return _place(editor, before, section, entry)


def _close(editor: Editor, section: Section, entry_id: str, expected: int | None) -> Closed:
    before = editor.store.current_set()
    version = _changeable(editor, before, section, entry_id, expected)
    whole = standing(editor.store, before)
    others = tuple(each for each in whole.section(section) if each.id != entry_id)
    wanted = before.moved(section, opened={}, closed=(entry_id,), origin=Origin.API)
    _refuse_misfits(editor, wanted, whole.but(**{section: others}), Configuration())
    subject = section.subject(entry_id)
    lineage = editor.store.lineage(subject)
    step = placing.closing(section, entry_id, lineage, at=editor.now, actor=editor.actor)
    editor.store.flip(_flip(editor, before, wanted, subject=subject, closed=True), step)
    return Closed(entry_id, version)


def _change_settings(
    editor: Editor, changes: AccountSettings, expected: int | None
) -> PlacedSettings:
    before = editor.store.current_set()
    if expected not in (None, before.settings_number):
        changed = editor.record.event(ACCOUNT, before.settings_number)
        raise _outdated("the account settings", before.settings_number, changed)
    named = {name: getattr(changes, name) for name in changes.model_fields_set}
    fixed = sorted(named.keys() & before.set_in_files)
    if fixed:
        raise ManagedByFiles(
            f"{', '.join(fixed)}: written under `settings` in the configuration files; change it "
            "there and deploy"
        )
    settings = before.settings.but(**named)
    whole = standing(editor.store, before).but(settings=settings)
    wanted = before.but(settings=settings)
    if wanted == before:
        return PlacedSettings(settings, before.settings_number, before.set_in_files)
    _refuse_misfits(editor, wanted, whole, Configuration(), ("settings",))
    flip = placing.flip(
        before,
        wanted,
        EventKind.SETTINGS_CHANGED,
        at=editor.now,
        actor=editor.actor,
        details={"settings": settings.to_data()},
    )
    editor.store.flip(flip)
    return PlacedSettings(settings, flip.after.settings_number, before.set_in_files)


def _changeable(
    editor: Editor, before: CurrentSet, section: Section, entry_id: str, expected: int | None
) -> int:
    """The open version that the API may change."""
    version = before.open(section).get(entry_id)
    if version is None:
        raise no_such(section, entry_id)
    named = f"{section.words} {entry_id!r}"
    if before.origin(section, entry_id) is Origin.FILES:
        raise ManagedByFiles(
            f"{named} is written in the configuration files; change it there and deploy"
        )
    if expected not in (None, version):
        changed = last_event(editor.store, editor.record, section.subject(entry_id))
        raise _outdated(named, version, changed)
    return version


def _outdated(what: str, version: int, changed: Event) -> ChangedMeanwhile:
    return ChangedMeanwhile(
        f"{what} is at version {version} since {changed.at:%Y-%m-%d %H:%M:%S} UTC, by "
        f"{changed.actor}: read it again and repeat your change",
        version=version,
        changed_at=changed.at.isoformat(),
        changed_by=changed.actor,
    )


def _place(
    editor: Editor,
    before: CurrentSet,
    section: Section,
    entry: Entry,
    creation: Creation | None = None,
) -> Placed:
    """Check the entry among all others, then let it count."""
    subject = section.subject(entry.id)
    lineage = editor.store.lineage(subject)
    step = placing.opening(section, entry, lineage, at=editor.now, actor=editor.actor)
    version = step.after.latest
    wanted = before.moved(section, opened={entry.id: version}, closed=(), origin=Origin.API)
    whole = standing(editor.store, before)
    others = tuple(each for each in whole.section(section) if each.id != entry.id)
    _refuse_misfits(
        editor,
        wanted,
        whole.but(**{section: (*others, entry)}),
        Configuration().but(**{section: (entry,)}),
        (section, len(others)),
    )
    editor.store.flip(
        _flip(editor, before, wanted, subject=subject, version=version),
        step,
        creation=creation and creation.but(version=version, event_number=step.event.number),
    )
    return Placed(placing.as_version(entry, version), version, Origin.API, step.event)


def _flip(editor: Editor, before: CurrentSet, wanted: CurrentSet, **details: object) -> Flip:
    return placing.flip(
        before,
        wanted,
        EventKind.CONFIGURATION_CHANGED,
        at=editor.now,
        actor=editor.actor,
        details=details,
    )


def _refuse_misfits(
    editor: Editor,
    wanted: CurrentSet,
    whole: Configuration,
    changed: Configuration,
    within: Path = (),
) -> None:
    """Raises BadInput. Only the people whom the change itself names are looked up: whoever the
    other entries name was there when those were written."""
    untouched = whole.but(
        **{s: tuple(e for e in whole.section(s) if e not in changed.section(s)) for s in Section}
    )
    there = {
        section: [word for word in words if editor.directory.is_held(_NAMED_BY[section], word)]
        for section, words in words_of(changed).items()
    }
    words = known_words(words_of(untouched), there, {"people": (editor.actor,)})
    made = made_by_api(wanted, whole)
    refuse_problems(whole, misfits(whole, made, editor.validators, words), within)
