"""Decide on a proposed change: another admin lets it count, or somebody rejects it.

Approving checks everything anew, as if its author made the change at that moment."""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple, Protocol

from accessflows.actions import configure
from accessflows.actions.change_settings import change_settings
from accessflows.actions.contend import decide_anew
from accessflows.actions.editor import Editor
from accessflows.model.account import AccountSettings
from accessflows.model.limits import PAGE_SIZE
from accessflows.model.person import Person
from accessflows.model.proposed_change import ChangeAction, ProposedChange, Verdict
from accessflows.rules.two_person import approval_of, rejection_of


class ChangeStore(Protocol):
    """What is needed of the store of flows."""

    def change(self, change_id: str) -> ProposedChange:
        """Raises NotFound."""

    def changes(self, *, before: str | None, limit: int) -> tuple[ProposedChange, ...]: ...

    def settle(self, verdict: Verdict) -> None:
        """Raises Lost."""


class ChangePage(NamedTuple):
    """Some proposed changes, the newest first, and the cursor of the ones before."""

    changes: tuple[ProposedChange, ...]
    cursor: str | None


def proposed_changes(store: ChangeStore, cursor: str | None) -> ChangePage:
    """All there ever were. cursor: the id of the last one of the page before."""
    found = store.changes(before=cursor, limit=PAGE_SIZE)
    return ChangePage(found, found[-1].id if len(found) == PAGE_SIZE else None)


def approve_change(editor: Editor, admin: Person, change_id: str) -> ProposedChange:
    """Let a change count, in one transaction with the approval.

    Raises NotFound, AlreadySettled, NotYours for its author; ChangedMeanwhile or AlreadyExists
    where something else counts than what it is a change to; BadInput with what does not fit.
    """

    def once() -> ProposedChange:
        verdict = approval_of(editor.store.change(change_id), admin, editor.now)
        _MAKE[verdict.after.action](
            editor._replace(actor=verdict.after.author_id, verdict=verdict), verdict.after
        )
        return verdict.after

    return decide_anew(once)


def reject_change(
    store: ChangeStore, admin: Person, change_id: str, reason: str | None, now: datetime
) -> ProposedChange:
    """Let a change never count. Raises NotFound, AlreadySettled."""

    def once() -> ProposedChange:
        verdict = rejection_of(store.change(change_id), admin, reason, now)
        store.settle(verdict)
        return verdict.after

    return decide_anew(once)


def _create(editor: Editor, change: ProposedChange) -> None:
    configure.create(editor, change.place[0], change.entry(), None)


def _update(editor: Editor, change: ProposedChange) -> None:
    if change.section is None:
        changes = AccountSettings.model_validate(change.content)
        change_settings(editor, changes, change.base_version)
    else:
        configure.update(editor, change.section, change.entry(), change.base_version)


def _close(editor: Editor, change: ProposedChange) -> None:
    configure.close(editor, *change.place, change.base_version)


_MAKE: dict[ChangeAction, Callable[[Editor, ProposedChange], None]] = {
    ChangeAction.CREATE: _create,
    ChangeAction.UPDATE: _update,
    ChangeAction.CLOSE: _close,
}
