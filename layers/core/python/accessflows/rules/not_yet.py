"""What the schema has and the product does not do yet: refused by name, never ignored.

Pure. An entry goes from the tables here in the commit that makes it work."""

from collections.abc import Iterator, Mapping, Sequence

from pydantic import BaseModel

from accessflows.model.condition import Condition, Group
from accessflows.model.configuration import Configuration, Path, Problem
from accessflows.model.flow import AccessFlow
from accessflows.model.person import CONFIGURATION

# Fields whose behaviour does not exist yet, with the value that asks for nothing.
NOT_YET: Mapping[str, object] = {
    "integrations[].credentials": None,
}
# Fields that the product fills in.
GIVEN: Mapping[str, tuple[object, str]] = {
    "flows[].standing": (
        False,
        "follows from `access: not_required` under `resource_access`: leave it out",
    ),
    "flows[].made_from": (None, "is given by the product: leave it out"),
    "flows[].version": (0, "is given by the product: leave it out"),
    "flows[].description_generated": (None, "is written by the product: leave it out"),
    "people[].groups": ((), "follows from the members of `groups`: leave it out"),
    "people[].source": (CONFIGURATION, "is `configuration` for whoever stands here: leave it out"),
    "people[].by_source": ({}, "is worked out by the product: leave it out"),
    "people[].manager_emails": ((), "follows from `manager`: leave it out"),
}


def not_supported(configuration: Configuration) -> Iterator[Problem]:
    """Every field that asks for what does not exist yet, or that is not the admin's to fill."""
    for pattern, default in NOT_YET.items():
        for path, value in _at(configuration, pattern):
            if value != default:
                yield Problem(path, f"not supported yet: {_last_name(path)}")
    for pattern, (default, why) in GIVEN.items():
        for path, value in _at(configuration, pattern):
            if value != default:
                yield Problem(path, why)


def conditions_of(configuration: Configuration) -> Iterator[tuple[Path, Condition]]:
    """Every condition of every flow."""
    for i, flow in enumerate(configuration.flows):
        for path, group in _groups(flow):
            for k, condition in enumerate(group.conditions):
                yield ("flows", i, *path, "conditions", k), condition


def _groups(flow: AccessFlow) -> Iterator[tuple[Path, Group]]:
    if flow.requestors:
        yield ("requestors",), flow.requestors
    if flow.request_for.grantees:
        yield ("request_for", "grantees"), flow.request_for.grantees
    for k, group in enumerate(flow.approval.groups if flow.approval else ()):
        yield ("approval", "groups", k), group
    for k, tier in enumerate(flow.escalation.tiers if flow.escalation else ()):
        yield ("escalation", "tiers", k), tier


def _at(root: BaseModel, pattern: str) -> Iterator[tuple[Path, object]]:
    """What stands at a pattern such as `flows[].settings.labels`, each with its path."""
    steps = pattern.replace("[]", ".[]").split(".")
    return _follow(root, steps, ())


def _follow(value: object, steps: Sequence[str], path: Path) -> Iterator[tuple[Path, object]]:
    if not steps:
        yield path, value
    elif steps[0] == "[]" and isinstance(value, tuple):
        for i, item in enumerate(value):
            yield from _follow(item, steps[1:], (*path, i))
    elif hasattr(value, steps[0]):
        yield from _follow(getattr(value, steps[0]), steps[1:], (*path, steps[0]))


def _last_name(path: Path) -> str:
    return str(next(part for part in reversed(path) if isinstance(part, str)))
