"""Change settings: an admin sets what holds for the whole account, as far as no file does."""

from accessflows.actions.contend import decide_anew
from accessflows.actions.editor import Editor, Proposal, outdated, refuse_misfits
from accessflows.actions.look_up import PlacedSettings
from accessflows.model.account import AccountSettings
from accessflows.model.event import EventKind
from accessflows.model.refusal import ManagedByFiles
from accessflows.rules import placing
from accessflows.rules.placing import ACCOUNT


def change_settings(
    editor: Editor, changes: AccountSettings, expected: int | None
) -> PlacedSettings:
    """Set the account settings that the changes name, and leave the others.

    expected: the version that the admin read; none for whichever there is.
    Raises ManagedByFiles, ChangedMeanwhile, BadInput with what does not fit.
    """
    return decide_anew(lambda: _once(editor, changes, expected))


def _once(editor: Editor, changes: AccountSettings, expected: int | None) -> PlacedSettings:
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
