"""Grantees: the people one may ask for, found by name, a page at a time."""

import base64
import binascii
import json
from bisect import bisect_right
from collections.abc import Collection, Iterable
from typing import NamedTuple

from accessflows.model.flow import AccessFlow
from accessflows.model.limits import PAGE_SIZE
from accessflows.model.person import Person
from accessflows.model.refusal import BadInput
from accessflows.ports import Ports
from accessflows.rules.grantees import groups_of, through

_Place = tuple[str, str]


class Grantee(NamedTuple):
    """Somebody one may ask for, and the flows by which."""

    person: Person
    flows: tuple[AccessFlow, ...]


class GranteePage(NamedTuple):
    """Some grantees by name in order, and the cursor that continues the list, if any."""

    grantees: tuple[Grantee, ...]
    cursor: str | None


def grantees(
    ports: Ports,
    flows: Collection[AccessFlow],
    requester: Person,
    name: str | None,
    cursor: str | None,
) -> GranteePage:
    """The people for whom the person may ask under any flow, oneself included where allowed.

    flows: those that are usable by the person.
    name: some part of the name or of an address, in any letter case.
    Raises BadInput for a cursor that no list gave.
    """
    found = {requester.id: requester}
    for group in {group for flow in flows for group in groups_of(flow, requester)}:
        found |= {person.id: person for person in ports.directory.matching(group)}
    listed = sorted((p for p in found.values() if _is_called(p, name)), key=_place)
    begin = bisect_right(listed, _decode(cursor), key=_place) if cursor else 0
    page: list[Grantee] = []
    for person in listed[begin:]:
        by = through(flows, requester, person)
        if by and len(page) == PAGE_SIZE:
            return GranteePage(tuple(page), _encode(page[-1].person))
        if by:
            page.append(Grantee(person, by))
    return GranteePage(tuple(page), None)


def _is_called(person: Person, name: str | None) -> bool:
    words: Iterable[str] = (person.name, *person.emails)
    return not name or any(name.casefold() in word.casefold() for word in words)


def _place(person: Person) -> _Place:
    return person.name.casefold(), person.id


def _encode(person: Person) -> str:
    return base64.urlsafe_b64encode(json.dumps(_place(person)).encode()).decode()


def _decode(cursor: str) -> _Place:
    try:
        name, person_id = json.loads(base64.urlsafe_b64decode(cursor))
    except (binascii.Error, ValueError, TypeError) as error:
        raise BadInput("this cursor is none that a list gave; begin without one") from error
    return str(name), str(person_id)
