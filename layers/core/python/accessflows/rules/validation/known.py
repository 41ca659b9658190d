"""What every check works with: the words a configuration may use, what claims one. Pure."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import NamedTuple, Protocol

from accessflows.model.condition import Operator
from accessflows.model.configuration import Configuration, Path, Problem
from accessflows.model.integration import Integration, Kind
from accessflows.model.person import Person


class Capable(Protocol):
    """What a kind of system offers."""

    @property
    def resource_types(self) -> Mapping[str, tuple[str, ...]]: ...

    @property
    def claims(self) -> tuple[str, ...]: ...


class Validator(Protocol):
    """The part of a connector that makes no call."""

    def capabilities(self, integration: Integration) -> Capable: ...

    def validate(self, integration: Integration) -> list[str]: ...

    def principal(self, integration: Integration, person: Person) -> str: ...

    def undeployed(
        self, integration: Integration, deployed: Sequence[Integration]
    ) -> list[str]: ...


class Known(NamedTuple):
    """The words by which things may be named, casefolded -> as written."""

    people: Mapping[str, str]
    groups: Mapping[str, str]
    on_call: Mapping[str, str]
    person_ids: frozenset[str]
    unread: Mapping[str, Collection[str]]

    @classmethod
    def of(cls, configuration: Configuration, unread: Mapping[str, Collection[str]]) -> "Known":
        people = [word for p in configuration.people for word in (p.id, *p.emails)]
        groups = [word for g in configuration.groups for word in (g.id, g.name)]
        on_call = [claim.word for claim in on_call_claims(configuration)]
        return cls(
            _folded((*people, *unread.get("people", ()))),
            _folded((*groups, *unread.get("groups", ()))),
            _folded((*on_call, *unread.get("on_call_schedules", ()))),
            frozenset({*(p.id for p in configuration.people), *unread.get("people", ())}),
            unread,
        )


Check = Callable[[Configuration, Mapping[Kind, Validator], Known], Iterator[Problem]]


class Claim(NamedTuple):
    """A word that only one may have, in whatever letter case."""

    path: Path
    owner: str
    word: str
    within: str = ""


def repeated(claims: Iterable[Claim]) -> Iterator[Problem]:
    """A problem for every claim of a word that an earlier one has."""
    first: dict[tuple[str, str], Claim] = {}
    for claim in claims:
        earlier = first.setdefault((claim.within, claim.word.casefold()), claim)
        if earlier is not claim:
            yield Problem(claim.path, f"{claim.word!r} is taken already, by {earlier.owner}")


def on_call_claims(configuration: Configuration) -> Iterator[Claim]:
    """The words by which on-call schedules are called."""
    for i, schedule in enumerate(configuration.on_call_schedules):
        yield from _called(("on_call_schedules", i), schedule.id, schedule.name)
    for i, source in enumerate(configuration.on_call_sources):
        for k, each in enumerate(source.schedules):
            yield from _called(("on_call_sources", i, "schedules", k), each.id, each.name)


def _called(path: Path, schedule_id: str, name: str) -> Iterator[Claim]:
    yield Claim((*path, "id"), f"on-call schedule {schedule_id}", schedule_id)
    if name.casefold() != schedule_id.casefold():
        yield Claim((*path, "name"), f"on-call schedule {schedule_id}", name)


EXACT = frozenset({Operator.IS, Operator.IS_NOT})


def nearest(word: str, known: Iterable[str]) -> str:
    """The end of a sentence that asks for the word probably meant; empty if none is near."""
    found = get_close_matches(word, sorted(known), n=1)
    return f"; did you mean {found[0]}?" if found else ""


def _folded(words: Sequence[str]) -> Mapping[str, str]:
    """Casefolded -> as first written."""
    return {word.casefold(): word for word in reversed(words)}
