"""AWS IAM: one inline policy per grant, on the user or role that the person is.

Every statement ends by itself (`aws:CurrentTime`). Only policies named `accessflows-{grant id}`
are ever written, deleted or judged; whatever else the principal carries is only weighed."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from accessflows.connectors import aws_discovery, aws_policy
from accessflows.connectors.aws_catalogue import CATALOGUE, Place
from accessflows.connectors.aws_clients import Clients
from accessflows.connectors.aws_policies import InlinePolicies
from accessflows.connectors.aws_principals import is_named, principal_of, problems, undeployed
from accessflows.model.integration import Integration
from accessflows.model.limits import MOST_ENTITLEMENTS_OF_A_BATCH
from accessflows.model.person import Person
from accessflows.model.refusal import QuotaExceeded, TargetRefused
from accessflows.model.request import Batch
from accessflows.model.target import Resource
from accessflows.ports import Capabilities, Observation

# Characters of all inline policies of one principal together, white space not counted.
# Source: IAM and AWS STS quotas. They cannot be raised.
QUOTA: Mapping[str, int] = {"user": 2_048, "role": 10_240}
_ANY_ACCOUNT = "0" * 12


class Unsettled(Exception):
    """IAM shows something between the grant and nothing. Neither counts: try again."""


class AwsIam:
    """clients: none for those of the environment, with its region.

    settle_for: how far apart a grant is observed twice, since IAM takes time to settle.
    sleep: takes seconds.
    """

    def __init__(
        self,
        *,
        clients: Clients | None = None,
        settle_for: timedelta = timedelta(0),
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._clients = clients or Clients()
        self._settle_for = settle_for
        self._sleep = sleep

    def capabilities(self, integration: Integration) -> Capabilities:  # noqa: ARG002 (port)
        return Capabilities(
            native_expiry=True,
            batch_size=MOST_ENTITLEMENTS_OF_A_BATCH,
            resource_types={name: tuple(kind.permissions) for name, kind in CATALOGUE.items()},
        )

    def validate(self, integration: Integration) -> list[str]:
        return problems(integration.settings)

    def undeployed(self, integration: Integration, deployed: Sequence[Integration]) -> list[str]:
        return undeployed(integration.settings, [one.settings for one in deployed])

    def principal(self, integration: Integration, person: Person) -> str:
        return principal_of(integration, person)

    def size(self, batch: Batch) -> int:
        """In characters of the policy. Raises TargetRefused for what the catalogue lacks."""
        place = Place(self._clients.region, _ANY_ACCOUNT)
        return aws_policy.size(aws_policy.document(batch, place, aws_policy.SOME_END))

    def check_quota(self, principal: str, needed: int, held: int) -> None:
        kind = principal.partition("/")[0]
        limit = QUOTA[kind]
        if needed + held > limit:
            raise QuotaExceeded(
                f"this takes {needed} characters of IAM policy, and {principal} holds {held} of "
                f"the {limit} that AWS allows a {kind}; ask for less, or end other access first",
                limit=limit,
                needed=needed,
                held=held,
            )

    def check_room(self, integration: Integration, batch: Batch) -> None:  # noqa: ARG002 (port)
        policies = self._policies(batch)
        names = policies.names()
        if aws_policy.policy_name(batch) in names:
            # It has its room already: what replaces it is as long.
            return
        readings = (policies.read(name).document for name in names)
        held = sum(aws_policy.size(found) for found in readings if found is not None)
        self.check_quota(batch.principal, self.size(batch), held)

    def discover(self, integration: Integration) -> Iterable[Resource]:
        return aws_discovery.discover(self._clients, integration.id, self._place(integration))

    def grant(self, integration: Integration, batch: Batch, until: datetime | None) -> None:
        if not is_named(batch.principal, integration.settings):
            raise TargetRefused(f"{integration.name} does not name {batch.principal} any more")
        document = aws_policy.document(batch, self._place(integration), until)
        self.check_room(integration, batch)
        self._policies(batch).put(aws_policy.policy_name(batch), document)

    def observe(self, integration: Integration, batch: Batch) -> Observation:
        """Raises Unsettled where the policy is there, but is not what the batch asks for.

        Whether its end has passed is the caller's to judge.
        """
        seen = self._read(integration, batch)
        if not self._settle_for:
            return seen
        self._sleep(self._settle_for.total_seconds())
        seen_again = self._read(integration, batch)
        if (seen.holds, seen.until) != (seen_again.holds, seen_again.until):
            raise Unsettled(f"what IAM says of {aws_policy.policy_name(batch)} is still changing")
        return seen_again

    def revoke(self, integration: Integration, batch: Batch) -> None:  # noqa: ARG002 (port)
        """No session outlives it: IAM judges every call by the policies of that moment."""
        self._policies(batch).delete(aws_policy.policy_name(batch))

    def access_details(self, integration: Integration, batch: Batch) -> str:
        kind, _, name = batch.principal.partition("/")
        who = f"as {name}" if kind == "user" else f"in the role {name}"
        account = integration.settings.get("account_id", "")
        first = batch.entitlements[0]
        example = CATALOGUE[first.resource_type].example.format(name=first.resource)
        return (
            f"Work in AWS account {account} {who}, as always; nothing else to sign in to. "
            f"For example: {example}"
        )

    def _policies(self, batch: Batch) -> InlinePolicies:
        return InlinePolicies(lambda: self._clients.iam, batch.principal)

    def _place(self, integration: Integration) -> Place:
        return Place(self._clients.region, str(integration.settings.get("account_id", "")))

    def _read(self, integration: Integration, batch: Batch) -> Observation:
        name = aws_policy.policy_name(batch)
        found, aws_request_id = self._policies(batch).read(name)
        evidence: dict[str, Any] = {
            "policy": name,
            "principal": batch.principal,
            "aws_request_id": aws_request_id,
        }
        if found is None:
            return Observation(holds=False, evidence={**evidence, "found": False})
        try:
            until = aws_policy.end_of(found)
            wanted = aws_policy.document(batch, self._place(integration), until)
        except (LookupError, TypeError, ValueError, TargetRefused) as error:
            raise Unsettled(f"policy {name} of {batch.principal} is not the grant's") from error
        if found != wanted:
            raise Unsettled(f"policy {name} of {batch.principal} allows something else")
        end = None if until is None else until.isoformat()
        sha256 = aws_policy.digest(found)
        evidence |= {"found": True, "until": end, "sha256": sha256}
        return Observation(holds=True, until=until, evidence=evidence)
