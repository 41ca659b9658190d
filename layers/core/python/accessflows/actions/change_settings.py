"""Change settings: an admin sets what holds for the whole account, as far as no file does."""

from accessflows.actions.contend import decide_anew
from accessflows.actions.editor import Editor, Proposal, outdated, refuse_misfits
from accessflows.actions.look_up import PlacedSettings
from accessflows.actions.propose import Draft, propose
from accessflows.model.account import AccountSettings
from accessflows.model.event import EventKind
from accessflows.model.proposed_change import ChangeAction, ProposedChange
from accessflows.model.refusal import BadInput, ManagedByFiles
from accessflows.rules import placing
from accessflows.rules.placing import ACCOUNT
from accessflows.rules.two_person import has_second_admin


def change_settings(
    editor: Editor, changes: AccountSettings, expected: int | None
) -> PlacedSettings | ProposedChange:
    """Set the account settings that the changes name, and leave the others.

    expected: the version that the admin read; none for whichever there is.
    Raises ManagedByFiles, ChangedMeanwhile, BadInput with what does not fit.
    """
    return decide_anew(lambda: _once(editor, changes, expected))


def _once(
    editor: Editor, changes: AccountSettings, expected: int | None
) -> PlacedSettings | ProposedChange:
    before = editor.store.current_set()
    if expected not in (None, before.settings_number):
        changed = editor.record.event(ACCOUNT, before.settings_number)
        raise outdated("the account settings", before.settings_number, changed)
    named = {name: getattr(changes, name) for name in changes.model_fields_set}
    fixed = sorted(named.keys() & before.set_in_files)
    if fixed:
        raise ManagedByFiles(
            f"{', '.join(fixed)}: written under `settings` in the configuration files; change it "
            "there and deploy"
        )
    settings = before.settings.but(**named)
    if settings == before.settings:
        return PlacedSettings(settings, before.settings_number, before.set_in_files)
    wanted = before.but(settings=settings)
    refuse_misfits(editor, Proposal(before, wanted), "settings")
    if settings.two_person_changes and not has_second_admin(editor.directory.admins()):
        raise BadInput(
            "two_person_changes: there is no second active admin who could agree to changes; "
            "make somebody one in the configuration files first",
            field="two_person_changes",
        )
    if editor.must_propose(before):
        content = changes.model_dump(mode="json", by_alias=True, exclude_unset=True)
        number = before.settings_number
        return propose(editor, Draft(ChangeAction.UPDATE, None, None, number, content))
    flip = placing.flip(
        before,
        wanted,
        EventKind.SETTINGS_CHANGED,
        at=editor.now,
        actor=editor.actor,
        details={"settings": settings.to_data(), **editor.agreed},
    )
    editor.store.flip(flip, verdict=editor.verdict)
    return PlacedSettings(settings, flip.after.settings_number, before.set_in_files)
