"""Leases: who needs an artefact that several grants share at its target, such as a membership."""

from typing import Annotated

from pydantic import Field

from accessflows.model.request import Batch
from accessflows.model.target import Entitlement
from accessflows.model.value import Count, Flag, Instant, Text, Value


class Lease(Value):
    """One permission of one principal, and the grants that need it.

    version: 0 where there is no row; every write moves it by one.
    grants: when each ends, none where it has no end, by grant id.
    preexisting: whether the target held it before the product did; none until somebody looked.
    worker: the grant for whose sake the target is called, if any; worked_until: when no call of
        its may land any more, exclusive.
    empty_since: when the last grant left.
    """

    principal: Text
    entitlement: Entitlement
    version: Annotated[Count, Field(ge=0)] = 0
    grants: dict[str, Instant | None] = {}
    preexisting: Flag | None = None
    worker: str | None = None
    worked_until: Instant | None = None
    empty_since: Instant | None = None


def blank_leases(batch: Batch) -> tuple[Lease, ...]:
    """Those that a batch needs, where nobody has any yet. In order of its entitlements."""
    return tuple(Lease(principal=batch.principal, entitlement=e) for e in batch.entitlements)
