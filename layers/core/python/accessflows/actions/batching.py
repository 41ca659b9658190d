"""Batching: a portion cut into what one connector call provisions, and weighed at its targets."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

from accessflows.model.integration import Integration, Kind
from accessflows.model.limits import MOST_BATCHES_OF_A_REQUEST, MOST_ENTITLEMENTS_OF_A_BATCH
from accessflows.model.person import Person
from accessflows.model.refusal import BadInput
from accessflows.model.request import Batch, Status
from accessflows.model.target import Entitlement
from accessflows.ports import Connector, Requests, resource_key
from accessflows.rules.planning import Portion

# What is, or may be, at a target.
_LIVE = frozenset({Status.GRANTING, Status.ACTIVE, Status.REVOKING})

# By (integration, principal), in the unit of the target's quota.
Weight = Counter[tuple[str, str]]


def batches_of(
    portion: Portion,
    grantee: Person,
    *,
    integrations: Mapping[str, Integration],
    connectors: Mapping[Kind, Connector],
    held: Weight,
) -> tuple[Batch, ...]:
    """The portion cut by integration, numbered from 1; the batches lack their request's id.

    Adds its weight to `held`, or raises and adds nothing.
    Raises NoPrincipal, QuotaExceeded, TargetRefused; BadInput where they are too many.
    """
    batches: list[Batch] = []
    added: Weight = Counter()
    for integration, entitlements in _cut(portion, integrations, connectors):
        connector = connectors[integration.kind]
        batch = Batch(
            request_id="",
            number=len(batches) + 1,
            integration=integration.id,
            family=integration.kind,
            principal=connector.principal(integration, grantee),
            entitlements=entitlements,
        )
        batches.append(batch.but(size=connector.size(batch)))
        added[integration.id, batch.principal] += batches[-1].size
    for integration_id, principal in added:
        key = integration_id, principal
        connector = connectors[integrations[integration_id].kind]
        connector.check_quota(principal, added[key], held[key])
    held.update(added)
    return tuple(batches)


def held_weight(requests: Requests, grantee_id: str) -> Weight:
    """What the grantee's live grants weigh."""
    held: Weight = Counter()
    live = (r for r in requests.open_of_grantee(grantee_id) if r.status in _LIVE)
    for batch in (batch for request in live for batch in request.batches):
        held[batch.integration, batch.principal] += batch.size
    return held


def _cut(
    portion: Portion,
    integrations: Mapping[str, Integration],
    connectors: Mapping[Kind, Connector],
) -> list[tuple[Integration, tuple[Entitlement, ...]]]:
    """In order of integration, resource and permission."""
    grouped: dict[str, list[Entitlement]] = defaultdict(list)
    for entitlement in sorted(portion.entitlements, key=lambda e: (resource_key(e), e.permission)):
        grouped[entitlement.integration].append(entitlement)
    parts = [
        (integration, chunk)
        for integration, entitlements in ((integrations[i], e) for i, e in grouped.items())
        for chunk in _chunks(entitlements, _at_once(connectors[integration.kind], integration))
    ]
    if len(parts) > MOST_BATCHES_OF_A_REQUEST:
        raise BadInput(
            f"flow {portion.flow.name!r} would take {len(parts)} calls to targets for this; at "
            f"most {MOST_BATCHES_OF_A_REQUEST} fit into one request: ask for fewer resources at "
            "once"
        )
    return parts


def _at_once(connector: Connector, integration: Integration) -> int:
    return min(connector.capabilities(integration).batch_size, MOST_ENTITLEMENTS_OF_A_BATCH)


def _chunks(entitlements: Sequence[Entitlement], size: int) -> Iterator[tuple[Entitlement, ...]]:
    for start in range(0, len(entitlements), size):
        yield tuple(entitlements[start : start + size])
