"""The form of the account settings."""

from collections.abc import Mapping
from typing import Any

import yaml

from accessflows.actions.look_up import PlacedSettings
from accessflows.model.account import AccountSettings
from accessflows.model.refusal import BadInput
from accessflows.yaml_files import read_document

SWITCHES = ("fallback_flow", "spaces", "two_person_changes")
LIMITS = ("mfa_tries", "submissions_per_hour", "link_posts_per_quarter_hour")
LISTS = ("ticket_types", "identity_sources")
# Each as the subject of a sentence.
CALLED = {
    "mfa_valid_for": "How long a code counts",
    "mfa_tries": "The number of wrong codes that lock",
    "submissions_per_hour": "How often one person may ask",
    "link_posts_per_quarter_hour": "How often anybody may send forms of mailed pages",
    "ticket_types": "The ticket types",
    "identity_sources": "The identity sources",
}


def settings_of(form: Mapping[str, str], placed: PlacedSettings) -> AccountSettings:
    """What the form would set, of what no file sets: only the differences are named.

    Raises BadInput, ValidationError.
    """
    sent: dict[str, Any] = {name: name in form for name in SWITCHES}
    if form.get("mfa_valid_for"):
        sent["mfa_valid_for"] = form["mfa_valid_for"]
    for name in (name for name in LIMITS if form.get(name)):
        if not form[name].isdecimal():
            raise BadInput(f"{CALLED[name]} must be a whole number", field=name)
        sent[name] = int(form[name])
    for name in LISTS:
        if name in form:
            sent[name] = _list(name, form[name])
    wanted = AccountSettings.model_validate(sent)
    changed = {
        name: value
        for name, value in sent.items()
        if name not in placed.set_in_files
        and getattr(wanted, name) != getattr(placed.settings, name)
    }
    return AccountSettings.model_validate(changed)


def text_of_list(data: Mapping[str, Any], name: str) -> str:
    """As a file would say it; nothing for an empty list."""
    return yaml.safe_dump(data[name], sort_keys=False) if data.get(name) else ""


def _list(name: str, text: str) -> Any:
    document = read_document(text)
    if document.flaws:
        flaw = document.flaws[0]
        raise BadInput(f"{CALLED[name]}, line {flaw.line}: {flaw.message}", field=name)
    return document.data or []
