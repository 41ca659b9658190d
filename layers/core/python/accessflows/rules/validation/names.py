"""Checks of names: each is given once, and what is named exists. Pure."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from operator import attrgetter

from accessflows.model.condition import WITHOUT_VALUES
from accessflows.model.configuration import Configuration, Path, Problem
from accessflows.model.flow import AccessFlow, ReviewSetting
from accessflows.model.integration import Kind
from accessflows.model.on_call import Override, Rotation
from accessflows.model.person import CONFIGURATION, OUTSIDER
from accessflows.model.roll import ON_CALL
from accessflows.model.target import IntegrationTarget
from accessflows.rules.approvers import OWNER, relations
from accessflows.rules.not_yet import conditions_of
from accessflows.rules.resource_access import compiled
from accessflows.rules.validation.known import (
    EXACT,
    Claim,
    Known,
    Validator,
    nearest,
    on_call_claims,
    repeated,
)


def check_unique(
    configuration: Configuration, _: Mapping[Kind, Validator], __: Known
) -> Iterator[Problem]:
    """Names, ids and addresses that two have."""
    flows = configuration.flows
    yield from repeated(
        (
            *_of_compiled(configuration, attrgetter("name")),
            *(
                Claim(("flows", i, "name"), f"flow {flow.id}", flow.name, within=flow.space or "")
                for i, flow in enumerate(flows)
            ),
        )
    )
    yield from repeated(
        (
            *_of_compiled(configuration, attrgetter("id")),
            *(Claim(("flows", i, "id"), f"flow {f.id}", f.id) for i, f in enumerate(flows)),
        )
    )
    yield from repeated(
        Claim(("bundles", i, "name"), f"bundle {bundle.id}", bundle.name, within=bundle.space or "")
        for i, bundle in enumerate(configuration.bundles)
    )
    yield from repeated(
        Claim(
            ("access_scopes", i, "name"),
            f"access scope {scope.id}",
            scope.name,
            within=scope.space or "",
        )
        for i, scope in enumerate(configuration.access_scopes)
    )
    yield from repeated(
        Claim(("spaces", i, "name"), f"space {space.id}", space.name)
        for i, space in enumerate(configuration.spaces)
    )
    yield from repeated(
        Claim(("people", i, "id"), f"person {person.id}", person.id)
        for i, person in enumerate(configuration.people)
    )
    yield from repeated(
        Claim(("people", i, "emails", k), f"person {person.id}", email)
        for i, person in enumerate(configuration.people)
        for k, email in enumerate(person.emails)
    )
    yield from repeated(
        Claim(("groups", i, part), f"group {group.id}", word)
        for i, group in enumerate(configuration.groups)
        for part, word in (("id", group.id), ("name", group.name))
        if part == "id" or word.casefold() != group.id
    )


def _of_compiled(
    configuration: Configuration, word: Callable[[AccessFlow], str]
) -> Iterator[Claim]:
    """The names, or ids, of the flows that request settings come to."""
    for i, access in enumerate(configuration.resource_access):
        for each in dict.fromkeys(map(word, compiled(access))):
            yield Claim(("resource_access", i, "id"), f"request setting {access.id}", each)


def check_sources(
    configuration: Configuration, _: Mapping[Kind, Validator], __: Known
) -> Iterator[Problem]:
    """Conditions that name an identity source that there is not, and sources named twice."""
    sources = configuration.settings.identity_sources
    yield from repeated(
        (
            Claim(("settings",), "the files", CONFIGURATION),
            Claim(("settings",), "people who come by access link", OUTSIDER),
            *(
                Claim(("settings", "identity_sources", i, "id"), f"source {one.id}", one.id)
                for i, one in enumerate(sources)
            ),
        )
    )
    known = [CONFIGURATION, *(source.id for source in sources)]
    for path, condition in conditions_of(configuration):
        if condition.source is None:
            continue
        if condition.attribute in WITHOUT_VALUES | {ON_CALL}:
            said = f"{condition.attribute} is none that a source holds: leave it out"
            yield Problem((*path, "source"), said)
        elif condition.source not in known:
            said = f"there is no identity source {condition.source!r}"
            yield Problem((*path, "source"), said + nearest(condition.source, known))


def check_relations(
    configuration: Configuration, _: Mapping[Kind, Validator], __: Known
) -> Iterator[Problem]:
    """Conditions by `owner` and `grantee_manager`, and the owners they fall back to."""
    for path, condition in conditions_of(configuration):
        if condition.attribute not in WITHOUT_VALUES:
            continue
        if "requestors" in path or "request_for" in path:
            yield Problem(
                (*path, "attribute"), f"{condition.attribute} describes approvers and tiers only"
            )
        elif condition.operator not in EXACT:
            yield Problem((*path, "operator"), f"{condition.attribute} takes is or is_not only")
    ownerless = {one.id for one in configuration.integrations if one.owner is None}
    for i, flow in enumerate(configuration.flows):
        if OWNER not in relations(flow):
            continue
        named = (t.integration for t in flow.targets if isinstance(t, IntegrationTarget))
        for integration in dict.fromkeys(name for name in named if name in ownerless):
            yield Problem(
                ("flows", i, "approval" if flow.approval else "escalation"),
                f"asks the owner to approve, and integration {integration!r} has no `owner` for "
                "resources whose tag names none: give it one",
            )


def check_on_call(
    configuration: Configuration, _: Mapping[Kind, Validator], known: Known
) -> Iterator[Problem]:
    """The words by which conditions and owners call schedules, wherever these are kept."""
    yield from repeated(on_call_claims(configuration))
    if known.unread.get("on_call_sources"):
        return
    for path, value in _schedules_named(configuration):
        if value.casefold() not in known.on_call:
            said = f"there is no on-call schedule {value!r}"
            yield Problem(path, said + nearest(value, known.on_call.values()))


def _schedules_named(configuration: Configuration) -> Iterator[tuple[Path, str]]:
    for path, condition in conditions_of(configuration):
        if condition.attribute == ON_CALL and condition.operator in EXACT:
            for n, value in enumerate(condition.values):
                yield (*path, "values", n), value
    for i, integration in enumerate(configuration.integrations):
        owner = integration.owner
        if owner and owner.attribute == ON_CALL:
            for n, value in enumerate(owner.values):
                yield ("integrations", i, "owner", "values", n), value


def check_owners(
    configuration: Configuration, _: Mapping[Kind, Validator], __: Known
) -> Iterator[Problem]:
    """Owners of integrations that describe nobody."""
    for i, integration in enumerate(configuration.integrations):
        owner = integration.owner
        if owner and owner.attribute in WITHOUT_VALUES:
            yield Problem(
                ("integrations", i, "owner", "attribute"),
                f"{owner.attribute} names nobody here: write user, group or on_call",
            )


# attribute -> the section whose entries its values name.
_SECTIONS = {"user": "people", "manager": "people", "group": "groups"}


def words_named(configuration: Configuration) -> Iterator[tuple[Path, str, str]]:
    """Where a whole word must name a person or group, the section it is sought in, the word."""
    for path, condition in conditions_of(configuration):
        if condition.attribute in _SECTIONS and condition.operator in EXACT:
            for n, value in enumerate(condition.values):
                yield (*path, "values", n), _SECTIONS[condition.attribute], value
    for i, integration in enumerate(configuration.integrations):
        owner = integration.owner
        if owner and owner.attribute in ("user", "group"):
            for n, value in enumerate(owner.values):
                yield ("integrations", i, "owner", "values", n), _SECTIONS[owner.attribute], value
    for path, person in (*_who_take_turns(configuration), *_who_look_after(configuration)):
        yield path, "people", person
    for path, group in _groups_of_settings(configuration):
        yield path, "groups", group


def _who_take_turns(configuration: Configuration) -> Iterator[tuple[Path, str]]:
    for i, schedule in enumerate(configuration.on_call_schedules):
        turns: Mapping[str, Sequence[Rotation | Override]] = {
            "rotations": schedule.rotations,
            "overrides": schedule.overrides,
        }
        for field, entries in turns.items():
            for k, entry in enumerate(entries):
                for n, person in enumerate(entry.people):
                    yield ("on_call_schedules", i, field, k, "people", n), person


def _who_look_after(configuration: Configuration) -> Iterator[tuple[Path, str]]:
    for i, space in enumerate(configuration.spaces):
        for field, people in (("owners", space.owners), ("managers", space.managers)):
            for n, person in enumerate(people):
                yield ("spaces", i, field, n), person


def _groups_of_settings(configuration: Configuration) -> Iterator[tuple[Path, str]]:
    """The groups that request settings name: for whom they differ, and who reviews."""
    for i, access in enumerate(configuration.resource_access):
        settings: list[tuple[Path, object]] = [(("default",), access.default)]
        for k, each in enumerate(access.groups):
            yield ("resource_access", i, "groups", k, "group"), each.group
            settings.append((("groups", k, "access"), each.access))
        for path, setting in settings:
            if isinstance(setting, ReviewSetting):
                for n, reviewer in enumerate(setting.reviewers):
                    yield ("resource_access", i, *path, "reviewers", n), reviewer


def check_words(
    configuration: Configuration, _: Mapping[Kind, Validator], known: Known
) -> Iterator[Problem]:
    """Conditions, owners and turns that name a person or group that does not exist."""
    for path, condition in conditions_of(configuration):
        if condition.attribute.startswith(":"):
            yield Problem(
                (*path, "attribute"), f"{condition.attribute!r} is for the product itself to ask"
            )
    if configuration.settings.identity_sources:
        return  # whom other sources bring, now or later, no file says
    words = {"people": ("person", known.people), "groups": ("group", known.groups)}
    for path, section, value in words_named(configuration):
        kind, there = words[section]
        if value.casefold() not in there:
            said = f"there is no {kind} {value!r}"
            yield Problem(path, said + nearest(value, there.values()))
