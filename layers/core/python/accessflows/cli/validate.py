"""`accessflows validate`: what is wrong with configuration files, and what they hold."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from accessflows.cli.say import say
from accessflows.cli.validators import VALIDATORS
from accessflows.configuration import SECTIONS, ConfigurationErrors, check
from accessflows.model.configuration import Configuration
from accessflows.rules.advice import Advice, advice
from accessflows.rules.policy import Policy

_ONE = {"people": "person", "resource_access": "request setting"}
_SEVERAL = {"resource_access": "request settings"}


def validate(
    directory: Annotated[Path, typer.Argument(help="A folder of configuration files.")],
    as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON.")] = False,
) -> None:
    """Check a folder of configuration files; every mistake is reported with its file and line.

    Warnings are about what is allowed and yet hardly meant.
    Exit code 0: in order, warnings or not. 1: something is wrong. 2: nothing was checked.
    """
    try:
        configuration = check(directory, VALIDATORS)
    except ConfigurationErrors as refused:
        errors = [error._asdict() for error in refused.errors]
        say(json.dumps({"errors": errors}, indent=2) if as_json else str(refused))
        raise typer.Exit(1) from None
    counts = _counts(configuration)
    listed = ", ".join(_counted(n, section) for section, n in counts.items() if n)
    warnings = _warnings(configuration)
    if as_json:
        found = [warning.to_data() for warning in warnings]
        say(json.dumps({"errors": [], "warnings": found, **counts}, indent=2))
        return
    say(f"ok: {listed}")
    for warning in warnings:
        say(f"warning: {warning.message}", "yellow")


def _warnings(configuration: Configuration) -> tuple[Advice, ...]:
    people = configuration.directory()
    return advice(Policy(configuration, people, [person.id for person in people]))


def _counts(configuration: Configuration) -> Mapping[str, int]:
    return {section: len(getattr(configuration, section)) for section in SECTIONS}


def _counted(count: int, section: str) -> str:
    several = _SEVERAL.get(section, section.replace("_", " "))
    one = _ONE.get(section, several.removesuffix("s"))
    return f"{count} {one if count == 1 else several}"
