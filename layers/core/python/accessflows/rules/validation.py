"""Validation: what is wrong with a configuration that reads well.

Pure. Paths lead through `Configuration`: ("flows", 2, "targets", 0, "integration")."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from difflib import get_close_matches
from typing import NamedTuple, Protocol

from accessflows.model.condition import NEGATIVE, WITHOUT_VALUES, Group, Junction, Operator
from accessflows.model.configuration import Configuration, Path, Problem
from accessflows.model.flow import ReviewSetting
from accessflows.model.integration import Integration, Kind
from accessflows.model.limits import EMERGENCY_LIMIT, LONGEST_CUSTOM
from accessflows.model.on_call import Override, Rotation
from accessflows.model.person import CONFIGURATION, KNOWN_ATTRIBUTES, OUTSIDER, Person, Role
from accessflows.model.roll import ON_CALL
from accessflows.model.target import BundleTarget, IntegrationTarget, ScopeTarget, Target
from accessflows.model.value import format_duration
from accessflows.rules import scope_query
from accessflows.rules.approvers import OWNER, relations
from accessflows.rules.link_flows import problems_of_link_flows
from accessflows.rules.not_yet import conditions_of, not_supported
from accessflows.rules.resource_access import compiled
from accessflows.rules.spaces import misplaced
from accessflows.rules.two_person import has_second_admin

# The rest of a key of 1,024 bytes holds the attribute's name and the person's id.
MOST_VALUE_BYTES = 700
MOST_ATTRIBUTE_BYTES = 128


class Capable(Protocol):
    """What a kind of system offers."""

    @property
    def resource_types(self) -> Mapping[str, tuple[str, ...]]: ...


class Validator(Protocol):
    """The part of a connector that makes no call."""

    def capabilities(self, integration: Integration) -> Capable: ...

    def validate(self, integration: Integration) -> list[str]: ...

    def principal(self, integration: Integration, person: Person) -> str: ...

    def undeployed(
        self, integration: Integration, deployed: Sequence[Integration]
    ) -> list[str]: ...


def problems(
    configuration: Configuration,
    connectors: Mapping[Kind, Validator],
    unread: Mapping[str, Collection[str]] | None = None,
) -> list[Problem]:
    """Everything that is wrong, section by section.

    unread: words of entries that were written but could not be read, by section; what names
        one of them is not held against it.
    """
    known = _Known.of(configuration, unread or {})
    found: list[Problem] = []
    for check in _CHECKS:
        found.extend(check(configuration, connectors, known))
    return found


class _Known(NamedTuple):
    """The words by which things may be named, casefolded -> as written."""

    people: Mapping[str, str]
    groups: Mapping[str, str]
    on_call: Mapping[str, str]
    person_ids: frozenset[str]
    group_ids: frozenset[str]
    unread: Mapping[str, Collection[str]]

    @classmethod
    def of(cls, configuration: Configuration, unread: Mapping[str, Collection[str]]) -> "_Known":
        people = [word for p in configuration.people for word in (p.id, *p.emails)]
        groups = [word for g in configuration.groups for word in (g.id, g.name)]
        on_call = [claim.word for claim in _on_call_claims(configuration)]
        return cls(
            _folded((*people, *unread.get("people", ()))),
            _folded((*groups, *unread.get("groups", ()))),
            _folded((*on_call, *unread.get("on_call_schedules", ()))),
            frozenset({*(p.id for p in configuration.people), *unread.get("people", ())}),
            frozenset({*(g.id for g in configuration.groups), *unread.get("groups", ())}),
            unread,
        )


_Check = Callable[[Configuration, Mapping[Kind, Validator], _Known], Iterator[Problem]]


def _complete(
    configuration: Configuration, _: Mapping[Kind, Validator], known: _Known
) -> Iterator[Problem]:
    if not configuration.integrations and not known.unread.get("integrations"):
        yield Problem(("integrations",), "is missing: a flow needs an integration to open")
    if known.unread.get("people"):
        return
    if not configuration.people:
        yield Problem(("people",), "is missing: a flow needs people who may ask")
    elif not any(p.active and Role.ADMIN in p.roles for p in configuration.people):
        yield Problem(("people",), "holds no active admin: give someone `roles: [admin, grantee]`")
    elif configuration.settings.two_person_changes and not has_second_admin(configuration.people):
        yield Problem(
            ("settings", "two_person_changes"),
            "needs a second active admin, who could agree: give somebody else "
            "`roles: [admin, grantee]`",
        )


def _unique(
    configuration: Configuration, _: Mapping[Kind, Validator], __: _Known
) -> Iterator[Problem]:
    written = [
        _Claim(("flows", i, "name"), f"flow {flow.id}", flow.name, within=flow.space or "")
        for i, flow in enumerate(configuration.flows)
    ]
    made = [
        _Claim(("resource_access", i, "id"), f"request settings {access.id}", name)
        for i, access in enumerate(configuration.resource_access)
        for name in dict.fromkeys(flow.name for flow in compiled(access))
    ]
    yield from _repeated((*written, *made))
    yield from _repeated(
        _Claim(
            ("bundles", i, "name"), f"bundle {bundle.id}", bundle.name, within=bundle.space or ""
        )
        for i, bundle in enumerate(configuration.bundles)
    )
    yield from _repeated(
        _Claim(
            ("access_scopes", i, "name"),
            f"access scope {scope.id}",
            scope.name,
            within=scope.space or "",
        )
        for i, scope in enumerate(configuration.access_scopes)
    )
    yield from _repeated(
        _Claim(("spaces", i, "name"), f"space {space.id}", space.name)
        for i, space in enumerate(configuration.spaces)
    )
    yield from _repeated(
        _Claim(("people", i, "id"), f"person {person.id}", person.id)
        for i, person in enumerate(configuration.people)
    )
    yield from _repeated(
        _Claim(("people", i, "emails", k), f"person {person.id}", email)
        for i, person in enumerate(configuration.people)
        for k, email in enumerate(person.emails)
    )
    yield from _repeated(
        _Claim(("groups", i, part), f"group {group.id}", word)
        for i, group in enumerate(configuration.groups)
        for part, word in (("id", group.id), ("name", group.name))
        if part == "id" or word.casefold() != group.id
    )


class _Claim(NamedTuple):
    """A word that only one may have, in whatever letter case."""

    path: Path
    owner: str
    word: str
    within: str = ""


def _repeated(claims: Iterable[_Claim]) -> Iterator[Problem]:
    first: dict[tuple[str, str], _Claim] = {}
    for claim in claims:
        earlier = first.setdefault((claim.within, claim.word.casefold()), claim)
        if earlier is not claim:
            yield Problem(claim.path, f"{claim.word!r} is taken already, by {earlier.owner}")


def _people(
    configuration: Configuration, _: Mapping[Kind, Validator], known: _Known
) -> Iterator[Problem]:
    for i, person in enumerate(configuration.people):
        path: Path = ("people", i)
        if person.manager == person.id:
            yield Problem((*path, "manager"), "nobody is their own manager")
        elif person.manager and person.manager not in known.person_ids:
            yield Problem((*path, "manager"), _no_person(person.manager, known))
        if person.is_external:
            said = "external is whoever comes by an access link; people of the files sign in"
            yield Problem((*path, "roles"), said)
        if not person.emails:
            yield Problem((*path, "emails"), "needs one address at least")
        yield from _attributes(path, person)
    for i, group in enumerate(configuration.groups):
        for k, member in enumerate(group.members):
            if member not in known.person_ids:
                yield Problem(("groups", i, "members", k), _no_person(member, known))


def _attributes(path: Path, person: Person) -> Iterator[Problem]:
    for name, values in person.attributes.items():
        at = (*path, "attributes", name)
        if name in KNOWN_ATTRIBUTES | WITHOUT_VALUES:
            yield Problem(at, f"{name} is worked out by the product: choose another name")
        elif ":" in name or "#" in name or _size(name) > MOST_ATTRIBUTE_BYTES:
            yield Problem(at, "a name of an attribute holds no `:` or `#` and is short")
        if any(_size(value) > MOST_VALUE_BYTES for value in values):
            yield Problem(at, f"a value may take {MOST_VALUE_BYTES} bytes at most")


def _integrations(
    configuration: Configuration, connectors: Mapping[Kind, Validator], _: _Known
) -> Iterator[Problem]:
    for i, integration in enumerate(configuration.integrations):
        connector = connectors.get(integration.kind)
        if connector is None:
            yield Problem(("integrations", i, "kind"), f"not supported yet: {integration.kind}")
            continue
        for message in connector.validate(integration):
            yield Problem(("integrations", i, "settings"), message)


def _targets(
    configuration: Configuration, connectors: Mapping[Kind, Validator], known: _Known
) -> Iterator[Problem]:
    integrations = {integration.id: integration for integration in configuration.integrations}
    unread = known.unread.get("integrations", ())
    for path, target in _every_target(configuration):
        if not isinstance(target, IntegrationTarget) or target.integration in unread:
            continue
        integration = integrations.get(target.integration)
        if integration is None:
            said = f"there is no integration {target.integration!r}"
            yield Problem((*path, "integration"), said + _nearest(target.integration, integrations))
        elif integration.kind in connectors:
            offered = connectors[integration.kind].capabilities(integration).resource_types
            yield from _offered(path, target, offered)


def _every_target(configuration: Configuration) -> Iterator[tuple[Path, Target]]:
    for i, flow in enumerate(configuration.flows):
        yield from ((("flows", i, "targets", k), target) for k, target in enumerate(flow.targets))
    for i, bundle in enumerate(configuration.bundles):
        for k, bundled in enumerate(bundle.targets):
            yield ("bundles", i, "targets", k), bundled
    for i, access in enumerate(configuration.resource_access):
        yield ("resource_access", i), access.target


def _catalogue(
    configuration: Configuration, _: Mapping[Kind, Validator], known: _Known
) -> Iterator[Problem]:
    """Targets that name a bundle or scope that is not there, and queries that do not read."""
    bundles = {*(each.id for each in configuration.bundles), *known.unread.get("bundles", ())}
    scopes = {*(s.id for s in configuration.access_scopes), *known.unread.get("access_scopes", ())}
    for path, target in _every_target(configuration):
        match target:
            case BundleTarget(bundle=name) if name not in bundles:
                said = f"there is no bundle {name!r}" + _nearest(name, bundles)
                yield Problem((*path, "bundle"), said)
            case ScopeTarget(access_scope=name) if name not in scopes:
                said = f"there is no access scope {name!r}" + _nearest(name, scopes)
                yield Problem((*path, "access_scope"), said)
    there = {i.id for i in configuration.integrations} | {*known.unread.get("integrations", ())}
    for i, scope in enumerate(configuration.access_scopes):
        path = ("access_scopes", i, "query")
        try:
            query = scope_query.parse(scope.query)
        except scope_query.NotAQuery as error:
            yield Problem(path, f"in the query, {error}")
            continue
        for name in _integrations_named(query):
            if name not in there:
                said = f"there is no integration {name!r}"
                yield Problem(path, said + _nearest(name, there))


def _integrations_named(query: scope_query.Query) -> Iterator[str]:
    """Only where a whole id is written, not a part of one."""
    for comparison in scope_query.comparisons(query):
        whole = comparison.relation in scope_query.EXACT
        if whole and comparison.attribute is scope_query.Attribute.INTEGRATION:
            yield from comparison.values


def _offered(
    path: Path, target: IntegrationTarget, offered: Mapping[str, tuple[str, ...]]
) -> Iterator[Problem]:
    permissions = offered.get(target.resource_type)
    if permissions is None:
        said = f"{target.resource_type!r} is none of {', '.join(offered)}"
        yield Problem((*path, "resource_type"), said + _nearest(target.resource_type, offered))
        return
    for n, permission in enumerate(target.permissions):
        if permission not in permissions:
            said = f"{permission!r} is none of {', '.join(permissions)}"
            yield Problem((*path, "permissions", n), said + _nearest(permission, permissions))


def _approvers(
    configuration: Configuration, _: Mapping[Kind, Validator], __: _Known
) -> Iterator[Problem]:
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


def _grantees(
    configuration: Configuration, _: Mapping[Kind, Validator], __: _Known
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


def _sources(
    configuration: Configuration, _: Mapping[Kind, Validator], __: _Known
) -> Iterator[Problem]:
    """Conditions that name an identity source that there is not, and sources named twice."""
    sources = configuration.settings.identity_sources
    yield from _repeated(
        (
            _Claim(("settings",), "the files", CONFIGURATION),
            _Claim(("settings",), "people who come by access link", OUTSIDER),
            *(
                _Claim(("settings", "identity_sources", i, "id"), f"source {one.id}", one.id)
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
            yield Problem((*path, "source"), said + _nearest(condition.source, known))


def _relations(
    configuration: Configuration, _: Mapping[Kind, Validator], __: _Known
) -> Iterator[Problem]:
    """Conditions by `owner` and `grantee_manager`, and the owners they fall back to."""
    for path, condition in conditions_of(configuration):
        if condition.attribute not in WITHOUT_VALUES:
            continue
        if "requestors" in path or "request_for" in path:
            yield Problem(
                (*path, "attribute"), f"{condition.attribute} describes approvers and tiers only"
            )
        elif condition.operator not in _EXACT:
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


def _on_call(
    configuration: Configuration, _: Mapping[Kind, Validator], known: _Known
) -> Iterator[Problem]:
    """The words by which conditions and owners call schedules, wherever these are kept."""
    yield from _repeated(_on_call_claims(configuration))
    if known.unread.get("on_call_sources"):
        return
    for path, value in _schedules_named(configuration):
        if value.casefold() not in known.on_call:
            said = f"there is no on-call schedule {value!r}"
            yield Problem(path, said + _nearest(value, known.on_call.values()))


def _schedules_named(configuration: Configuration) -> Iterator[tuple[Path, str]]:
    for path, condition in conditions_of(configuration):
        if condition.attribute == ON_CALL and condition.operator in _EXACT:
            for n, value in enumerate(condition.values):
                yield (*path, "values", n), value
    for i, integration in enumerate(configuration.integrations):
        owner = integration.owner
        if owner and owner.attribute == ON_CALL:
            for n, value in enumerate(owner.values):
                yield ("integrations", i, "owner", "values", n), value


def _on_call_claims(configuration: Configuration) -> Iterator[_Claim]:
    for i, schedule in enumerate(configuration.on_call_schedules):
        yield from _called(("on_call_schedules", i), schedule.id, schedule.name)
    for i, source in enumerate(configuration.on_call_sources):
        for k, each in enumerate(source.schedules):
            yield from _called(("on_call_sources", i, "schedules", k), each.id, each.name)


def _called(path: Path, schedule_id: str, name: str) -> Iterator[_Claim]:
    yield _Claim((*path, "id"), f"on-call schedule {schedule_id}", schedule_id)
    if name.casefold() != schedule_id.casefold():
        yield _Claim((*path, "name"), f"on-call schedule {schedule_id}", name)


def _owners(
    configuration: Configuration, _: Mapping[Kind, Validator], __: _Known
) -> Iterator[Problem]:
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
        if condition.attribute in _SECTIONS and condition.operator in _EXACT:
            for n, value in enumerate(condition.values):
                yield (*path, "values", n), _SECTIONS[condition.attribute], value
    for i, integration in enumerate(configuration.integrations):
        owner = integration.owner
        if owner and owner.attribute in ("user", "group"):
            for n, value in enumerate(owner.values):
                yield ("integrations", i, "owner", "values", n), _SECTIONS[owner.attribute], value
    for path, person in (*_who_take_turns(configuration), *_who_look_after(configuration)):
        yield path, "people", person


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


def _named(
    configuration: Configuration, _: Mapping[Kind, Validator], known: _Known
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
            yield Problem(path, said + _nearest(value, there.values()))


def _extensions(
    configuration: Configuration, _: Mapping[Kind, Validator], __: _Known
) -> Iterator[Problem]:
    for i, flow in enumerate(configuration.flows):
        at: Path = ("flows", i, "settings")
        if flow.settings.max_extensions and flow.grant_duration == "indefinite":
            yield Problem((*at, "max_extensions"), "indefinite access has no end to extend")
        if flow.settings.extension_duration and not flow.settings.max_extensions:
            yield Problem(
                (*at, "extension_duration"), "needs `max_extensions`: without it nobody extends"
            )


def _emergencies(
    configuration: Configuration, _: Mapping[Kind, Validator], __: _Known
) -> Iterator[Problem]:
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


def _tickets(
    configuration: Configuration, _: Mapping[Kind, Validator], __: _Known
) -> Iterator[Problem]:
    types = configuration.settings.ticket_types
    yield from _repeated(
        _Claim(("settings", "ticket_types", i, "id"), f"ticket type {kind.id}", kind.id)
        for i, kind in enumerate(types)
    )
    known = [kind.id for kind in types]
    for i, flow in enumerate(configuration.flows):
        rule = flow.settings.ticket
        if rule and rule.type not in known:
            said = f"there is no type of ticket {rule.type!r} under settings.ticket_types"
            yield Problem(
                ("flows", i, "settings", "ticket", "type"), said + _nearest(rule.type, known)
            )


def _presets(
    configuration: Configuration, _: Mapping[Kind, Validator], __: _Known
) -> Iterator[Problem]:
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


def _resource_access(
    configuration: Configuration, _: Mapping[Kind, Validator], known: _Known
) -> Iterator[Problem]:
    groups = known.group_ids
    yield from _repeated(
        _Claim(("resource_access", i, "permissions", k), access.id, permission, str(access.place))
        for i, access in enumerate(configuration.resource_access)
        for k, permission in enumerate(access.permissions)
    )
    for i, access in enumerate(configuration.resource_access):
        path: Path = ("resource_access", i)
        yield from _review(configuration, (*path, "default"), access.default, groups)
        yield from _repeated(
            _Claim((*path, "groups", k, "group"), "an entry before", each.group)
            for k, each in enumerate(access.groups)
        )
        for k, each in enumerate(access.groups):
            at = (*path, "groups", k)
            if each.group not in groups:
                said = f"there is no group {each.group!r}" + _nearest(each.group, groups)
                yield Problem((*at, "group"), said)
            if isinstance(each.access, ReviewSetting):
                yield from _review(configuration, (*at, "access"), each.access, groups)


def _review(
    configuration: Configuration, path: Path, setting: ReviewSetting, groups: Collection[str]
) -> Iterator[Problem]:
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
        if reviewer not in groups:
            said = f"there is no group {reviewer!r}" + _nearest(reviewer, groups)
            yield Problem((*path, "reviewers", k), said)
        elif reviewer in members and not active.intersection(members[reviewer]):
            yield Problem((*path, "reviewers", k), "the group holds nobody active who could review")


_EXACT = frozenset({Operator.IS, Operator.IS_NOT})

_CHECKS: Sequence[_Check] = (
    lambda configuration, _, __: not_supported(configuration),
    _complete,
    _unique,
    _people,
    _integrations,
    _targets,
    _catalogue,
    lambda configuration, _, known: misplaced(configuration, known.unread),
    _on_call,
    _approvers,
    _sources,
    _relations,
    _owners,
    _extensions,
    _emergencies,
    lambda configuration, connectors, _: problems_of_link_flows(configuration, connectors),
    _grantees,
    _tickets,
    _presets,
    _resource_access,
    _named,
)


def _no_person(person_id: str, known: _Known) -> str:
    return f"there is no person {person_id!r}" + _nearest(person_id, known.person_ids)


def _nearest(word: str, known: Iterable[str]) -> str:
    found = get_close_matches(word, sorted(known), n=1)
    return f"; did you mean {found[0]}?" if found else ""


def _folded(words: Sequence[str]) -> Mapping[str, str]:
    """Casefolded -> as first written."""
    return {word.casefold(): word for word in reversed(words)}


def _size(text: str) -> int:
    return len(text.casefold().encode())
