"""The draft: what somebody is about to ask for, as the forms of New Request carry it along.

Nothing of it is stored before it is sent. What a page shows has boxes there (`want`); everything
else that was chosen travels in one field (`basket`), so that it outlives searching and paging."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from pydantic import ValidationError

from accessflows.model.limits import (
    MOST_APPS,
    MOST_BUNDLES,
    MOST_ENTITLEMENTS,
    MOST_JUSTIFICATION_CHARACTERS,
    MOST_RESOURCES,
)
from accessflows.model.refusal import BadInput
from accessflows.model.target import Entitlement
from accessflows.model.value import format_duration, parse_duration
from accessflows.model.wish import Wish
from accessflows.rules.planning import ResourceKey, key_of

# What the form offers to count in, and how many seconds one of it has.
UNITS: Mapping[str, int] = {"minutes": 60, "hours": 3_600, "days": 86_400, "weeks": 604_800}
LONGEST, OWN = "", "own"
_AT = "%Y-%m-%dT%H:%M"
_UNREADABLE = "the form could not be read; open New Request again and choose anew"

Chosen = Mapping[ResourceKey, tuple[str, ...]]


class Incomplete(BadInput):
    """Something typed cannot be used. complaints: what is wrong, by the name of its field."""

    def __init__(self, complaints: Mapping[str, str]) -> None:
        super().__init__("; ".join(complaints.values()))
        self.complaints = complaints


class Draft(NamedTuple):
    """As chosen and typed so far.

    grantee_id: empty for oneself. chosen: permissions by resource, in the order of choosing.
    length: a preset as ISO 8601, LONGEST for all that the flow grants, OWN for `amount` `unit`s.
    starts: in UTC, as a field for day and time writes it.
    """

    grantee_id: str = ""
    chosen: Chosen = {}
    bundles: tuple[str, ...] = ()
    apps: tuple[str, ...] = ()
    length: str = LONGEST
    amount: str = ""
    unit: str = "hours"
    starts: str = ""
    justification: str = ""
    ticket_type: str = ""
    ticket: str = ""

    @property
    def is_empty(self) -> bool:
        return not (self.chosen or self.bundles or self.apps)

    @property
    def entitlements(self) -> tuple[Entitlement, ...]:
        return tuple(
            Entitlement(
                integration=place[0], resource_type=place[1], resource=place[2], permission=p
            )
            for place, permissions in self.chosen.items()
            for p in permissions
        )

    @property
    def excess(self) -> str:
        """What is more than one submission may hold, in words; empty if nothing."""
        entitlements = sum(map(len, self.chosen.values()))
        for count, what, most in (
            (len(self.chosen), "resources", MOST_RESOURCES),
            (entitlements, "permissions", MOST_ENTITLEMENTS),
            (len(self.bundles), "bundles", MOST_BUNDLES),
            (len(self.apps), "apps", MOST_APPS),
        ):
            if count > most:
                said = f"{count:,} {what} are chosen"
                return f"{said}; one request holds {most:,} at most: take some out"
        return ""

    def with_chosen(self, more: Iterable[Entitlement]) -> "Draft":
        return self._replace(chosen=_merged(self.entitlements, more))

    def without(self, place: Sequence[str]) -> "Draft":
        """The draft, one resource less."""
        gone = tuple(place)
        return self._replace(chosen={at: p for at, p in self.chosen.items() if at != gone})

    def bare_wish(self) -> Wish:
        """What is asked for, without anything that was typed. Raises BadInput."""
        if self.is_empty:
            raise BadInput("choose at least one resource, app or bundle")
        if self.excess:
            raise BadInput(self.excess)
        try:
            return Wish.model_validate(
                {
                    "grantee_id": self.grantee_id or None,
                    "resources": [
                        {
                            "integration": place[0],
                            "resource_type": place[1],
                            "resource": place[2],
                            "permissions": permissions,
                        }
                        for place, permissions in self.chosen.items()
                    ],
                    "bundles": self.bundles,
                    "apps": self.apps,
                }
            )
        except ValidationError as error:
            raise BadInput(_UNREADABLE) from error

    def wish(self) -> Wish:
        """All of it. Raises Incomplete for what was typed and cannot be used, else BadInput."""
        bare, complaints = self.bare_wish(), dict(self._complaints())
        if complaints:
            raise Incomplete(complaints)
        ticket = {"type": self.ticket_type, "id": self.ticket} if self.ticket else None
        try:
            return Wish.model_validate(
                {
                    **bare.to_data(),
                    "duration": self._duration(),
                    "starts_at": self._starts_at(),
                    "justification": self.justification or None,
                    "ticket": ticket,
                }
            )
        except ValidationError as error:
            raise BadInput(_UNREADABLE) from error

    def _complaints(self) -> Iterator[tuple[str, str]]:
        for field, read in (("length", self._duration), ("starts", self._starts_at)):
            try:
                read()
            except ValueError as error:
                yield field, str(error)
        if len(self.justification) > MOST_JUSTIFICATION_CHARACTERS:
            said = f"what you need it for has {len(self.justification)} characters"
            yield "justification", f"{said}; write {MOST_JUSTIFICATION_CHARACTERS} at most"
        if len(self.ticket) > 100:
            yield "ticket", f"the ticket has {len(self.ticket)} characters; an id has 100 at most"
        if self.ticket and not self.ticket_type:
            yield "ticket", "choose of which type the ticket is"

    def _duration(self) -> str | None:
        """As a wish writes it. Raises ValueError for what is no number, or out of bounds."""
        if self.length not in (LONGEST, OWN):
            try:
                return self.length if self.length == "indefinite" else _iso(self.length)
            except ValueError as error:
                raise ValueError("how long you need it must be one of those offered") from error
        if not self.amount and self.length == LONGEST:
            return None
        # Whoever typed a number meant it, whatever is selected beside it.
        try:
            seconds = float(self.amount.replace(",", ".")) * UNITS[self.unit]
            return _iso(format_duration(timedelta(seconds=round(seconds))))
        except (ValueError, KeyError, OverflowError) as error:
            typed = f", not {self.amount[:40]!r} {self.unit}" if self.amount else ""
            raise ValueError(
                f"how long you need it must be a number such as 4, for 365 days at most{typed}"
            ) from error

    def _starts_at(self) -> datetime | None:
        if not self.starts:
            return None
        try:
            return datetime.strptime(self.starts[:16], _AT).replace(tzinfo=UTC)
        except ValueError as error:
            raise ValueError(
                f"when it starts must be a day and time such as 2026-12-01T08:00, not "
                f"{self.starts[:40]!r}; leave it empty to begin at once"
            ) from error


def read_draft(fields: Mapping[str, Sequence[str]]) -> Draft:
    """From a form of ours. Line ends count as one character. Raises BadInput."""

    def one(name: str, otherwise: str = "") -> str:
        return fields.get(name, [otherwise])[0].strip()

    chosen = _merged(_basket(one("basket", "[]")), map(_want, fields.get("want", ())))
    return Draft(
        grantee_id=one("for"),
        chosen=chosen,
        bundles=several(fields, "bundle"),
        apps=several(fields, "app"),
        length=one("length"),
        amount=one("amount"),
        unit=one("unit", "hours"),
        starts=one("starts"),
        justification=one("justification").replace("\r\n", "\n"),
        ticket_type=one("ticket_type"),
        ticket=one("ticket"),
    )


def basket(chosen: Chosen, shown: Iterable[ResourceKey] = ()) -> str:
    """Everything chosen but what a page shows with boxes of its own, as `basket` holds it."""
    has_boxes = frozenset(shown)
    alike: dict[tuple[str, str, tuple[str, ...]], list[str]] = {}
    for (integration, kind, name), permissions in chosen.items():
        if (integration, kind, name) not in has_boxes:
            alike.setdefault((integration, kind, permissions), []).append(name)
    return _json([[i, kind, list(allowed), names] for (i, kind, allowed), names in alike.items()])


def want(entitlement: Entitlement) -> str:
    """As the value of a box."""
    return _json([*key_of(entitlement), entitlement.permission])


def _want(value: str) -> Entitlement:
    match _parsed(value):
        case [str(), str(), str(), str()] as parts:
            return _entitlement(*parts)
    raise BadInput(_UNREADABLE)


def _basket(value: str) -> Iterator[Entitlement]:
    match _parsed(value):
        case [*groups]:
            for group in groups:
                match group:
                    case [str(integration), str(kind), [*permissions], [*names]]:
                        for name in names:
                            for permission in permissions:
                                yield _entitlement(integration, kind, str(name), str(permission))
                    case _:
                        raise BadInput(_UNREADABLE)
        case _:
            raise BadInput(_UNREADABLE)


def _entitlement(integration: str, kind: str, name: str, permission: str) -> Entitlement:
    try:
        return Entitlement(
            integration=integration, resource_type=kind, resource=name, permission=permission
        )
    except ValidationError as error:
        raise BadInput(_UNREADABLE) from error


def _merged(*parts: Iterable[Entitlement]) -> Chosen:
    found: dict[ResourceKey, tuple[str, ...]] = {}
    for part in parts:
        for one in part:
            have = found.get(key_of(one), ())
            if one.permission not in have:
                found[key_of(one)] = (*have, one.permission)
    return found


def several(fields: Mapping[str, Sequence[str]], name: str) -> tuple[str, ...]:
    """The values of a field that may be there more than once, each once."""
    return tuple(dict.fromkeys(value for value in fields.get(name, ()) if value))


def _iso(text: str) -> str:
    parse_duration(text)
    return text


def _parsed(value: str) -> object:
    try:
        return json.loads(value)
    except (ValueError, RecursionError) as error:
        raise BadInput(_UNREADABLE) from error


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
