"""Checks of flows: approvers, grantees, durations, extensions, emergencies, tickets. Pure."""

from collections.abc import Iterator, Mapping

from accessflows.model.condition import NEGATIVE, Group, Junction
from accessflows.model.configuration import Configuration, Path, Problem
from accessflows.model.integration import Kind
from accessflows.model.limits import EMERGENCY_LIMIT
from accessflows.model.value import format_duration
from accessflows.rules.validation.known import Claim, Known, Validator, nearest, repeated


def check_approvers(
    configuration: Configuration, _: Mapping[Kind, Validator], __: Known
) -> Iterator[Problem]:
    """Approver groups that say only who is not meant."""
    for i, flow in enumerate(configuration.flows):
        groups = flow.approval.groups if flow.approval else ()
        tiers = flow.escalation.tiers if flow.escalation else ()
        asked: list[tuple[Path, Group]] = [
            *((("approval", "groups", k), group) for k, group in enumerate(groups)),
            *((("escalation", "tiers", k), tier) for k, tier in enumerate(tiers)),
        ]
        for path, group in asked:
            if not _says_who(group):
                wanted = "every condition" if group.operator is Junction.OR else "a condition"
                yield Problem(
                    ("flows", i, *path),
                    f"says only who does not approve: it needs {wanted} with is, starts_with or "
                    "contains",
                )


def check_grantees(
    configuration: Configuration, _: Mapping[Kind, Validator], __: Known
) -> Iterator[Problem]:
    """Grantees are listed for those who ask, so it must be possible to find them."""
    for i, flow in enumerate(configuration.flows):
        group = flow.request_for.grantees
        if group and not _says_who(group):
            wanted = "every condition" if group.operator is Junction.OR else "a condition"
            yield Problem(
                ("flows", i, "request_for", "grantees"),
                f"says only who does not receive: it needs {wanted} with is, starts_with or "
                "contains",
            )


def _says_who(group: Group) -> bool:
    positive = [condition.operator not in NEGATIVE for condition in group.conditions]
    return all(positive) if group.operator is Junction.OR else any(positive)


def check_extensions(
    configuration: Configuration, _: Mapping[Kind, Validator], __: Known
) -> Iterator[Problem]:
    """Extensions of what has no end, and lengths that nobody could use."""
    for i, flow in enumerate(configuration.flows):
        at: Path = ("flows", i, "settings")
        if flow.settings.max_extensions and flow.grant_duration == "indefinite":
            yield Problem((*at, "max_extensions"), "indefinite access has no end to extend")
        if flow.settings.extension_duration and not flow.settings.max_extensions:
            yield Problem(
                (*at, "extension_duration"), "needs `max_extensions`: without it nobody extends"
            )


def check_emergencies(
    configuration: Configuration, _: Mapping[Kind, Validator], __: Known
) -> Iterator[Problem]:
    """Emergency flows that ask, or last, too long."""
    for i, flow in enumerate(configuration.flows):
        if not flow.emergency:
            continue
        if flow.approval:
            yield Problem(
                ("flows", i, "approval"), "an emergency flow grants at once: leave it out"
            )
        if flow.grant_duration == "indefinite" or flow.grant_duration > EMERGENCY_LIMIT:
            yield Problem(
                ("flows", i, "grant_duration"),
                f"an emergency flow grants for {format_duration(EMERGENCY_LIMIT)} at most",
            )
        if flow.settings.max_extensions:
            yield Problem(
                ("flows", i, "settings", "max_extensions"),
                "what an emergency flow grants is not extended",
            )


def check_tickets(
    configuration: Configuration, _: Mapping[Kind, Validator], __: Known
) -> Iterator[Problem]:
    """Types of tickets: each once, and known where a flow asks for one."""
    types = configuration.settings.ticket_types
    yield from repeated(
        Claim(("settings", "ticket_types", i, "id"), f"ticket type {kind.id}", kind.id)
        for i, kind in enumerate(types)
    )
    known = [kind.id for kind in types]
    for i, flow in enumerate(configuration.flows):
        rule = flow.settings.ticket
        if rule and rule.type not in known:
            said = f"there is no type of ticket {rule.type!r} under settings.ticket_types"
            yield Problem(
                ("flows", i, "settings", "ticket", "type"), said + nearest(rule.type, known)
            )


def check_presets(
    configuration: Configuration, _: Mapping[Kind, Validator], __: Known
) -> Iterator[Problem]:
    """Presets that a flow does not grant."""
    for i, flow in enumerate(configuration.flows):
        longest = flow.grant_duration
        if flow.settings.require_preset and not flow.duration_presets:
            yield Problem(
                ("flows", i, "settings", "require_preset"),
                "needs `duration_presets`: without one nothing could be asked for",
            )
        for k, preset in enumerate(flow.duration_presets):
            if longest != "indefinite" and preset > longest:
                yield Problem(
                    ("flows", i, "duration_presets", k),
                    f"is longer than what the flow grants, {format_duration(longest)}",
                )
