"""A target in memory whose artefacts are shared, as memberships are."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

from accessflows.connectors.principals import only_value
from accessflows.model.integration import Integration
from accessflows.model.person import Person
from accessflows.model.request import Batch
from accessflows.model.target import Resource
from accessflows.ports import Capabilities, Observation

# Principal, resource, permission.
Place = tuple[str, str, str]


class SharedTarget:
    """held: what is there, with the end that it carries; gone once that has passed."""

    def __init__(self, clock: Callable[[], datetime], *, native_expiry: bool) -> None:
        self._clock = clock
        self._native_expiry = native_expiry
        self.held: dict[Place, datetime | None] = {}
        self.calls: list[tuple[str, Place]] = []

    def has(self, place: Place) -> bool:
        until = self.held.get(place)
        return place in self.held and (until is None or self._clock() < until)

    def capabilities(self, integration: Integration) -> Capabilities:
        return Capabilities(
            native_expiry=self._native_expiry,
            batch_size=10,
            resource_types={"s3_bucket": ("read", "write")},
            shared=True,
        )

    def validate(self, integration: Integration) -> list[str]:
        return []

    def undeployed(self, integration: Integration, deployed: Sequence[Integration]) -> list[str]:
        return []

    def principal(self, integration: Integration, person: Person) -> str:
        return only_value(integration, person)

    def size(self, batch: Batch) -> int:
        return len(batch.entitlements)

    def check_quota(self, principal: str, needed: int, held: int) -> None:
        """There is always room."""

    def check_room(self, integration: Integration, batch: Batch) -> None:
        """There is always room."""

    def discover(self, integration: Integration) -> Iterator[Resource]:
        yield from ()

    def grant(
        self, integration: Integration, batch: Batch, until: datetime | None
    ) -> dict[str, Any] | None:
        self.calls.append(("grant", place_of(batch)))
        self.held[place_of(batch)] = until if self._native_expiry else None
        return None

    def observe(self, integration: Integration, batch: Batch) -> Observation:
        place = place_of(batch)
        holds = self.has(place)
        return Observation(
            holds=holds,
            until=self.held[place] if holds else None,
            evidence={"place": list(place), "found": holds},
        )

    def revoke(self, integration: Integration, batch: Batch) -> datetime | None:
        self.calls.append(("revoke", place_of(batch)))
        self.held.pop(place_of(batch), None)
        return None

    def access_details(self, integration: Integration, batch: Batch) -> str:
        return f"use {batch.principal}"


def place_of(batch: Batch) -> Place:
    (entitlement,) = batch.entitlements
    return batch.principal, entitlement.resource, entitlement.permission
