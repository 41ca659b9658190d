"""Propose: a change that was found valid waits for another admin to agree."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from accessflows.actions.editor import Editor
from accessflows.model.configuration import Creation, Section
from accessflows.model.proposed_change import ChangeAction, ProposedChange
from accessflows.model.refusal import NotYours
from accessflows.model.service import is_service
from accessflows.rules.two_person import proposed


class Draft(NamedTuple):
    """What would change. section, entry_id: none for the account settings."""

    action: ChangeAction
    section: Section | None
    entry_id: str | None
    base_version: int
    content: Mapping[str, Any] | None = None


def propose(editor: Editor, draft: Draft, creation: Creation | None = None) -> ProposedChange:
    """Keep a change until another admin decides on it.

    creation: so that the same idempotency key answers this change again.
    Raises NotYours for a service: the admin who has its token could agree with themselves.
    """
    if is_service(editor.actor):
        raise NotYours(
            "a change takes two people here, and a service is none of them: "
            "write it in files, or let an admin propose it"
        )
    change, event = proposed(
        editor.new_id(),
        draft.action,
        section=draft.section,
        entry_id=draft.entry_id,
        base_version=draft.base_version,
        content=draft.content,
        author_id=editor.actor,
        now=editor.now,
    )
    editor.store.propose(change, event, creation and creation.but(change_id=change.id))
    return change
