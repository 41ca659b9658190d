"""A target in memory."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from accessflows.connectors.principals import only_value
from accessflows.model.integration import Integration
from accessflows.model.person import Person
from accessflows.model.refusal import QuotaExceeded, Refusal
from accessflows.model.request import Batch
from accessflows.model.target import Resource
from accessflows.ports import Capabilities, Observation


class Call(NamedTuple):
    """A call that reached the target."""

    what: str
    grant_id: str
    number: int


class MemoryTarget:
    """A target that keeps what it is told, and forgets a grant when its end has passed."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self.grants: dict[str, tuple[Batch, datetime | None]] = {}
        self.log: list[Call] = []
        self.before_call: Callable[[], None] = lambda: None
        self.quota = 1_000
        self.hide = False
        self.refuse: Refusal | None = None
        self.refuse_batch: int | None = None
        # Of each grant from now on, as a connector's own state.
        self.state: Callable[[Batch], dict[str, Any] | None] = lambda _: None

    def calls(self, what: str) -> list[Call]:
        return [call for call in self.log if call.what == what]

    def has_access(self, principal: str, resource: str, permission: str) -> bool:
        return any(
            batch.principal == principal
            and any(
                (e.resource, e.permission) == (resource, permission) for e in batch.entitlements
            )
            and (until is None or self._clock() < until)
            for batch, until in self.grants.values()
        )

    def capabilities(self, integration: Integration) -> Capabilities:
        return Capabilities(
            native_expiry=True,
            batch_size=100,
            resource_types={"s3_bucket": ("read", "write", "admin")},
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
        if needed + held > self.quota:
            raise QuotaExceeded(f"{needed} and {held} held; {self.quota} fit")

    def check_room(self, integration: Integration, batch: Batch) -> None:
        held = sum(len(b.entitlements) for b, _ in self.grants.values())
        self.check_quota(batch.principal, self.size(batch), held)

    def discover(self, integration: Integration) -> Iterable[Resource]:
        return ()

    def grant(
        self, integration: Integration, batch: Batch, until: datetime | None
    ) -> dict[str, Any] | None:
        self.before_call()
        self.log.append(Call("grant", batch.grant_id, batch.number))
        if self.refuse or batch.number == self.refuse_batch:
            raise self.refuse or QuotaExceeded("no room")
        self.grants[batch.grant_id] = (batch, until)
        return self.state(batch)

    def observe(self, integration: Integration, batch: Batch) -> Observation:
        if batch.grant_id not in self.grants or (self.hide and not batch.revoking):
            return Observation(holds=False, evidence={"found": False})
        _, until = self.grants[batch.grant_id]
        return Observation(holds=True, until=until, evidence={"found": True})

    def revoke(self, integration: Integration, batch: Batch) -> datetime | None:
        self.log.append(Call("revoke", batch.grant_id, batch.number))
        self.grants.pop(batch.grant_id, None)
        return None

    def access_details(self, integration: Integration, batch: Batch) -> str:
        return f"use {batch.principal}"
