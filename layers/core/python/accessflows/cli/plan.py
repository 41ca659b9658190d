"""`accessflows plan`: what another configuration would change, and for whom."""

import json
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, NoReturn, cast

import typer
from typer.models import OptionInfo

from accessflows.cli.exported import NotExported, read
from accessflows.cli.plan_text import lines
from accessflows.cli.say import complain, say
from accessflows.cli.validators import VALIDATORS
from accessflows.configuration import ConfigurationErrors, check
from accessflows.model.configuration import Configuration
from accessflows.model.past_request import PastRequest
from accessflows.model.person import CONFIGURATION, ROLE_ATTRIBUTE, Person
from accessflows.model.target import Resource
from accessflows.rules.policy import Policy
from accessflows.rules.replay import Replay, replay
from accessflows.rules.simulation import Difference, compare

# 1 is Python's own, for a fault.
_FAILED, _CHANGED = 2, 3


class Matter(StrEnum):
    """What a pipeline may want to be stopped by."""

    GAINS = "gains"
    LOSSES = "losses"
    TERMS = "terms"
    APPROVERS = "approvers"
    DECISIONS = "decisions"
    WARNINGS = "warnings"


# Warnings are about the new configuration, whatever the old one was.
_CHANGES = tuple(matter for matter in Matter if matter is not Matter.WARNINGS)


def _file(purpose: str) -> OptionInfo:
    return cast("OptionInfo", typer.Option(metavar="FILE", help=purpose))


def plan(
    old: Annotated[Path, typer.Argument(help="The folder that counts now.")],
    new: Annotated[Path, typer.Argument(help="The folder that would count.")],
    inventory: Annotated[
        Path | None, _file("What is there, so that access is told by resource.")
    ] = None,
    people: Annotated[
        Path | None, _file("People who come from elsewhere than the folders.")
    ] = None,
    requests: Annotated[
        Path | None, _file("Requests to be decided again; needs --inventory.")
    ] = None,
    fail_on: Annotated[
        list[Matter] | None,
        typer.Option(help="Exit with 3 for this only; may be repeated. If absent: any change."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON.")] = False,
) -> None:
    """Compare two configurations: who gains, who loses, who would be asked, what looks odd.

    The files are those of `accessflows export`.
    Exit code 0: nothing changes for anybody. 3: something does. 2: it could not be told.
    """
    if requests and not inventory:
        _fail("--requests needs --inventory: whether a flow covers a resource depends on its tags")
    before, after = _checked(old), _checked(new)
    try:
        resources = read(inventory, Resource) if inventory else None
        others = read(people, Person) if people else ()
        past = read(requests, PastRequest) if requests else ()
    except NotExported as error:
        _fail(str(error))
    was, would_be = policies(before, after, others, resources)
    difference = compare(was, would_be)
    replayed = replay(past, was, would_be, resources or ()) if requests else None
    if as_json:
        decisions = replayed.to_data() if replayed else None
        say(json.dumps({**difference.to_data(), "decisions": decisions}, indent=2))
    else:
        for style, line in lines(difference, replayed):
            say(line, style)
    if matters(difference, replayed) & {*(fail_on or _CHANGES)}:
        raise typer.Exit(_CHANGED)


def policies(
    before: Configuration,
    after: Configuration,
    others: Iterable[Person] = (),
    inventory: tuple[Resource, ...] | None = None,
) -> tuple[Policy, Policy]:
    """Both, with the people of each, what other sources say of them, and whom only those name."""
    named = {person.id for each in (before, after) for person in each.people}
    known = {person.id: person for person in others}
    besides = tuple(
        person for person in known.values() if person.id not in named and _is_from_elsewhere(person)
    )
    order = sorted({*named, *(person.id for person in besides)})
    was, would_be = (
        Policy(
            each,
            (*(_joined(p, known.get(p.id)) for p in each.directory()), *besides),
            order,
            inventory,
        )
        for each in (before, after)
    )
    return was, would_be


def _is_from_elsewhere(person: Person) -> bool:
    """Whom only the files named is gone with them."""
    return any(source != CONFIGURATION for source in person.by_source or {person.source: {}})


def _joined(person: Person, known: Person | None) -> Person:
    """A person of the files, with what other sources say of them."""
    held = known.by_source if known else {}
    others = {source: facts for source, facts in held.items() if source != CONFIGURATION}
    if not others:
        return person
    own = {
        name: tuple(sorted(values))
        for name, values in person.facts.items()
        if name != ROLE_ATTRIBUTE
    }
    bosses = (facts["manager"][0] for facts in others.values() if facts.get("manager"))
    return person.but(
        by_source={CONFIGURATION: own, **others}, manager=person.manager or next(bosses, None)
    )


def matters(difference: Difference, replayed: Replay | None) -> set[Matter]:
    """What there is to tell."""
    found = {
        Matter.GAINS: difference.gains,
        Matter.LOSSES: difference.losses,
        Matter.TERMS: difference.terms,
        Matter.APPROVERS: difference.approvers,
        Matter.DECISIONS: replayed.different if replayed else (),
        Matter.WARNINGS: difference.warnings,
    }
    return {matter for matter, things in found.items() if things}


def _checked(folder: Path) -> Configuration:
    try:
        return check(folder, VALIDATORS)
    except ConfigurationErrors as refused:
        said = "\n".join(f"  {error}" for error in refused.errors)
        _fail(f"{folder} is no configuration that could count:\n{said}")


def _fail(why: str) -> NoReturn:
    complain(why)
    raise typer.Exit(_FAILED)
