"""Policy documents of AWS IAM: written as small as they go, and read back. Pure."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from accessflows.connectors.aws_catalogue import Place, allowed
from accessflows.model.request import Batch

PREFIX = "accessflows-"
# Any end takes as many characters as this one.
SOME_END = datetime(2026, 1, 1, tzinfo=UTC)
_END_FORMAT = "%Y-%m-%dT%H:%M:%SZ"


class Statement(NamedTuple):
    """Each of the actions on each of the resources; both sorted."""

    actions: tuple[str, ...]
    resources: tuple[str, ...]


def statements(pairs: Iterable[tuple[str, str]]) -> list[Statement]:
    """The fewest statements that allow exactly these (action, resource): one a set of actions."""
    actions_on: dict[str, set[str]] = defaultdict(set)
    for action, resource in pairs:
        actions_on[resource].add(action)
    resources_of: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for resource, actions in sorted(actions_on.items()):
        resources_of[tuple(sorted(actions))].append(resource)
    return [Statement(actions, tuple(found)) for actions, found in sorted(resources_of.items())]


def policy_name(batch: Batch) -> str:
    return f"{PREFIX}{batch.grant_id}"


def document(batch: Batch, place: Place, until: datetime | None) -> dict[str, Any]:
    """The policy that makes the batch so.

    until: each statement ends then; IAM counts whole seconds, so a part of one is rounded up.
    Raises TargetRefused where the catalogue knows no such entitlement.
    """
    ending = {} if until is None else {"Condition": _before(until)}
    pairs = (pair for entitlement in batch.entitlements for pair in allowed(entitlement, place))
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": [*actions], "Resource": [*resources], **ending}
            for actions, resources in statements(pairs)
        ],
    }


def end_of(found: Mapping[str, Any]) -> datetime | None:
    """The end that a document of ours carries; none where it carries none.

    Raises LookupError, TypeError or ValueError for what `document` cannot have written.
    """
    condition = found["Statement"][0].get("Condition")
    if condition is None:
        return None
    written = condition["DateLessThan"]["aws:CurrentTime"]
    return datetime.strptime(written, _END_FORMAT).replace(tzinfo=UTC)


def text(policy: Mapping[str, Any]) -> str:
    """JSON without white space, which IAM does not count."""
    return json.dumps(policy, separators=(",", ":"), ensure_ascii=False)


def size(policy: Mapping[str, Any]) -> int:
    """What a document weighs against the quota, in characters."""
    return len(text(policy))


def digest(policy: Mapping[str, Any]) -> str:
    return hashlib.sha256(text(policy).encode()).hexdigest()


def _before(until: datetime) -> dict[str, dict[str, str]]:
    end = until.astimezone(UTC)
    if end.microsecond:
        end = end.replace(microsecond=0) + timedelta(seconds=1)
    return {"DateLessThan": {"aws:CurrentTime": end.strftime(_END_FORMAT)}}
