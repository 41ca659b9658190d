"""Validation: what is wrong with a configuration that reads well.

Pure. Paths lead through `Configuration`: ("flows", 2, "targets", 0, "integration")."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import NamedTuple, Protocol

from accessflows.model.condition import NEGATIVE, Group, Junction, Operator
from accessflows.model.configuration import Configuration, Path, Problem
from accessflows.model.integration import Integration, Kind
from accessflows.model.person import KNOWN_ATTRIBUTES, Person, Role
from accessflows.model.target import IntegrationTarget
from accessflows.model.value import format_duration
from accessflows.rules.not_yet import ATTRIBUTES_NOT_YET, conditions_of, not_supported

# The rest of a key of 1,024 bytes holds the attribute's name and the person's id.
MOST_VALUE_BYTES = 700
MOST_ATTRIBUTE_BYTES = 128


class Capable(Protocol):
    """What a kind of system offers."""

    @property
    def resource_types(self) -> Mapping[str, tuple[str, ...]]: ...


class Validator(Protocol):
    """The part of a connector that makes no call."""

    def capabilities(self) -> Capable: ...

    def validate(self, integration: Integration) -> list[str]: ...


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
    person_ids: frozenset[str]
    unread: Mapping[str, Collection[str]]

    @classmethod
    def of(cls, configuration: Configuration, unread: Mapping[str, Collection[str]]) -> "_Known":
        people = [word for p in configuration.people for word in (p.id, *p.emails)]
        groups = [word for g in configuration.groups for word in (g.id, g.name)]
        return cls(
            _folded((*people, *unread.get("people", ()))),
            _folded((*groups, *unread.get("groups", ()))),
            frozenset({*(p.id for p in configuration.people), *unread.get("people", ())}),
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


def _unique(
    configuration: Configuration, _: Mapping[Kind, Validator], __: _Known
) -> Iterator[Problem]:
    yield from _repeated(
        _Claim(("flows", i, "name"), f"flow {flow.id}", flow.name, within=flow.space or "")
        for i, flow in enumerate(configuration.flows)
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
        yield from _attributes(path, person)
    for i, group in enumerate(configuration.groups):
        for k, member in enumerate(group.members):
            if member not in known.person_ids:
                yield Problem(("groups", i, "members", k), _no_person(member, known))


def _attributes(path: Path, person: Person) -> Iterator[Problem]:
    for name, values in person.attributes.items():
        at = (*path, "attributes", name)
        if name in KNOWN_ATTRIBUTES | ATTRIBUTES_NOT_YET:
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
    for i, flow in enumerate(configuration.flows):
        for k, target in enumerate(flow.targets):
            if not isinstance(target, IntegrationTarget) or target.integration in unread:
                continue
            path: Path = ("flows", i, "targets", k)
            integration = integrations.get(target.integration)
            if integration is None:
                said = f"there is no integration {target.integration!r}"
                yield Problem(
                    (*path, "integration"), said + _nearest(target.integration, integrations)
                )
            elif integration.kind in connectors:
                offered = connectors[integration.kind].capabilities().resource_types
                yield from _offered(path, target, offered)


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
        for k, group in enumerate(flow.approval.groups if flow.approval else ()):
            if not _says_who(group):
                wanted = "every condition" if group.operator is Junction.OR else "a condition"
                yield Problem(
                    ("flows", i, "approval", "groups", k),
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


def _named(
    configuration: Configuration, _: Mapping[Kind, Validator], known: _Known
) -> Iterator[Problem]:
    """Conditions that name a person or group that does not exist."""
    words = {
        "user": ("person", known.people),
        "manager": ("person", known.people),
        "group": ("group", known.groups),
    }
    for path, condition in conditions_of(configuration):
        if condition.attribute not in words or condition.operator not in _EXACT:
            continue
        kind, there = words[condition.attribute]
        for n, value in enumerate(condition.values):
            if value.casefold() not in there:
                said = f"there is no {kind} {value!r}"
                yield Problem((*path, "values", n), said + _nearest(value, there.values()))


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
        for k, preset in enumerate(flow.duration_presets):
            if longest != "indefinite" and preset > longest:
                yield Problem(
                    ("flows", i, "duration_presets", k),
                    f"is longer than what the flow grants, {format_duration(longest)}",
                )


_EXACT = frozenset({Operator.IS, Operator.IS_NOT})

_CHECKS: Sequence[_Check] = (
    lambda configuration, _, __: not_supported(configuration),
    _complete,
    _unique,
    _people,
    _integrations,
    _targets,
    _approvers,
    _grantees,
    _tickets,
    _presets,
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
