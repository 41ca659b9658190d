"""Checks of the request settings of resources. Pure."""

from collections.abc import Iterator, Mapping
from datetime import timedelta

from accessflows.model.configuration import Configuration, Path, Problem
from accessflows.model.flow import ReviewSetting
from accessflows.model.integration import Kind
from accessflows.model.limits import LONGEST_CUSTOM
from accessflows.model.value import format_duration
from accessflows.rules.validation.known import Claim, Known, Validator, repeated


def check_resource_access(
    configuration: Configuration, _: Mapping[Kind, Validator], __: Known
) -> Iterator[Problem]:
    """Request settings: permissions set twice, groups named twice, durations, reviewers."""
    yield from repeated(
        Claim(("resource_access", i, "permissions", k), access.id, permission, str(access.place))
        for i, access in enumerate(configuration.resource_access)
        for k, permission in enumerate(access.permissions)
    )
    for i, access in enumerate(configuration.resource_access):
        path: Path = ("resource_access", i)
        yield from _review(configuration, (*path, "default"), access.default)
        yield from repeated(
            Claim((*path, "groups", k, "group"), "an entry before", each.group)
            for k, each in enumerate(access.groups)
        )
        for k, each in enumerate(access.groups):
            if isinstance(each.access, ReviewSetting):
                yield from _review(configuration, (*path, "groups", k, "access"), each.access)


def _review(configuration: Configuration, path: Path, setting: ReviewSetting) -> Iterator[Problem]:
    most = format_duration(LONGEST_CUSTOM)
    if isinstance(setting.duration, timedelta) and setting.duration > LONGEST_CUSTOM:
        yield Problem((*path, "duration"), f"is longer than {most}")
    for k, preset in enumerate(setting.presets):
        if preset > LONGEST_CUSTOM:
            yield Problem((*path, "presets", k), f"is longer than {most}")
    if setting.reviewers and setting.approval == "automatic":
        yield Problem((*path, "reviewers"), "nobody is asked where approval is automatic")
    active = {person.id for person in configuration.people if person.active}
    members = {group.id: group.members for group in configuration.groups}
    for k, reviewer in enumerate(setting.reviewers):
        if reviewer in members and not active.intersection(members[reviewer]):
            yield Problem((*path, "reviewers", k), "the group holds nobody active who could review")
