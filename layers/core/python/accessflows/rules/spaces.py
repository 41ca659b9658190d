"""Spaces: what belongs to one, what its flows may open, and who may change what in it.

Pure. What has no space belongs to the whole account."""

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from accessflows.model.configuration import Configuration, Entry, Path, Problem, Section
from accessflows.model.flow import AccessFlow
from accessflows.model.refusal import NotYours
from accessflows.model.space import Space, SpaceRole
from accessflows.model.target import (
    AccessScope,
    Bundle,
    BundleTarget,
    IntegrationTarget,
    ScopeTarget,
    Target,
)
from accessflows.plain_words import nearest

# The sections whose entries may belong to a space.
OWNED = (Section.FLOWS, Section.BUNDLES, Section.ACCESS_SCOPES)
# What each role may make, change and close there; either sees all of it.
WRITES: Mapping[SpaceRole, frozenset[Section]] = {
    SpaceRole.OWNER: frozenset(OWNED),
    SpaceRole.MANAGER: frozenset({Section.FLOWS}),
}


def space_of(entry: Entry) -> str | None:
    """The id of the space that an entry belongs to; none for the whole account."""
    return entry.space if isinstance(entry, AccessFlow | Bundle | AccessScope) else None


class Realm(NamedTuple):
    """What a person may see and change of the configuration.

    roles: space -> theirs in it. whole: whether they are an admin, who may do everything.
    """

    roles: Mapping[str, SpaceRole]
    whole: bool = False

    @classmethod
    def of(cls, person_id: str, spaces: Collection[Space]) -> "Realm":
        """Of somebody who is no admin."""
        found = {space.id: space.role_of(person_id) for space in spaces}
        return cls({name: role for name, role in found.items() if role})

    def sees(self, entry: Entry) -> bool:
        if isinstance(entry, Space):
            return self.whole or entry.id in self.roles
        return self.whole or space_of(entry) in self.roles

    def refuse_unless_writes(self, section: Section, entry: Entry, stored: Entry | None) -> None:
        """Raises NotYours where the entry may not be made, or changed from what is stored."""
        if self.whole:
            return
        if isinstance(entry, Space):
            self._refuse_unless_names_managers(entry, stored)
            return
        for each in (entry, stored or entry):
            space = space_of(each)
            role = self.roles.get(space or "")
            if role is None or section not in WRITES[role]:
                raise NotYours(_why_not(section, space, role))

    def _refuse_unless_names_managers(self, space: Space, stored: Entry | None) -> None:
        owns = self.roles.get(space.id) is SpaceRole.OWNER
        if not owns or not isinstance(stored, Space):
            raise NotYours("only admins make spaces, and its owners may change who manages one")
        if space.but(managers=stored.managers) != stored:
            raise NotYours(
                f"as an owner of space {space.id!r} you may change its `managers`; its name and "
                "owners are for admins to change"
            )

    def refuse_unless_closes(self, section: Section, entry: Entry) -> None:
        """Raises NotYours."""
        if not self.whole and isinstance(entry, Space):
            raise NotYours("only admins close spaces")
        self.refuse_unless_writes(section, entry, entry)


def _why_not(section: Section, space: str | None, role: SpaceRole | None) -> str:
    if space is None:
        return (
            f"this {section.words} belongs to the whole account, which is for admins; name a "
            "`space` of yours"
        )
    if role is None:
        return f"you have no role in space {space!r}; ask its owners"
    return f"as a {role} of space {space!r} you do not change an {section.words}; ask its owners"


def misplaced(
    configuration: Configuration, unread: Mapping[str, Collection[str]]
) -> Iterator[Problem]:
    """What names a space that is not there, or opens what does not belong to its space.

    unread: ids of entries that were written but could not be read, by section.
    """
    if not configuration.settings.spaces:
        yield from _switched_off(configuration)
        return
    there = {space.id for space in configuration.spaces} | {*unread.get("spaces", ())}
    for path, name in _named(configuration):
        if name not in there:
            yield Problem(
                (*path, "space"), f"there is no space {name!r}{nearest(name, sorted(there))}"
            )
    yield from _open_elsewhere(configuration)


def _switched_off(configuration: Configuration) -> Iterator[Problem]:
    said = "spaces are off: write `spaces: true` under `settings`, or leave it out"
    for i, _ in enumerate(configuration.spaces):
        yield Problem(("spaces", i), said)
    for path, _ in _named(configuration):
        yield Problem((*path, "space"), said)


def _named(configuration: Configuration) -> Iterator[tuple[Path, str]]:
    for section in OWNED:
        for i, entry in enumerate(configuration.section(section)):
            name = space_of(entry)
            if name is not None:
                yield (section, i), name


def _open_elsewhere(configuration: Configuration) -> Iterator[Problem]:
    spaces = {
        Section.BUNDLES: {bundle.id: bundle.space for bundle in configuration.bundles},
        Section.ACCESS_SCOPES: {scope.id: scope.space for scope in configuration.access_scopes},
    }
    for path, space, target in _targets_of_spaces(configuration):
        match target:
            case IntegrationTarget() if path[0] == Section.FLOWS:
                yield Problem(
                    path,
                    f"a flow of space {space!r} opens bundles and access scopes of that space "
                    "only: put this into a bundle of it",
                )
            case BundleTarget(bundle=name):
                yield from _foreign((*path, "bundle"), space, name, spaces[Section.BUNDLES])
            case ScopeTarget(access_scope=name):
                at = (*path, "access_scope")
                yield from _foreign(at, space, name, spaces[Section.ACCESS_SCOPES])


def _targets_of_spaces(configuration: Configuration) -> Iterator[tuple[Path, str, Target]]:
    for i, flow in enumerate(configuration.flows):
        for k, target in enumerate(flow.targets if flow.space else ()):
            yield ("flows", i, "targets", k), flow.space or "", target
    for i, bundle in enumerate(configuration.bundles):
        for k, bundled in enumerate(bundle.targets if bundle.space else ()):
            yield ("bundles", i, "targets", k), bundle.space or "", bundled


def _foreign(
    path: Path, space: str, name: str, spaces: Mapping[str, str | None]
) -> Iterator[Problem]:
    """Of what is there; what is not is told elsewhere."""
    if name in spaces and spaces[name] != space:
        its = f"space {spaces[name]!r}" if spaces[name] else "the whole account"
        yield Problem(path, f"{name!r} belongs to {its}, not to space {space!r}")
