"""AWS IAM Identity Center: users assigned to accounts, each by a permission set.

An assignment is there once, whoever needs it, so grants share it. AWS works on assignments after
its answer: while it is still adding or removing one, nothing that is seen of it counts.
Source: IAM Identity Center API Reference, CreateAccountAssignment and what it refers to."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from accessflows.connectors import identity_center_settings as read
from accessflows.connectors.aws_clients import Clients, error_code
from accessflows.model.integration import Integration
from accessflows.model.person import Person
from accessflows.model.refusal import TargetRefused
from accessflows.model.request import Batch
from accessflows.model.target import Resource
from accessflows.ports import Capabilities, Observation

if TYPE_CHECKING:
    from mypy_boto3_sso_admin import SSOAdminClient

ACCOUNT = "account"
# AWS works on ten at a time for all callers; a machine calls for ten batches at once.
_AT_ONCE = 1
_POLLS = 8
_POLL_SECONDS = 1.5
_IN_PROGRESS = "IN_PROGRESS"
_NOT_FOUND = "ResourceNotFoundException"
# After these, AWS has begun nothing.
_REFUSALS = frozenset(
    {
        _NOT_FOUND,
        "AccessDeniedException",
        "ServiceQuotaExceededException",
        "ValidationException",
    }
)


class Unsettled(Exception):
    """AWS is still working on the assignment, or failed at it: try again."""


class NotNamed(Exception):
    """The settings do not name the permission set of access that was given: put it back."""


class IdentityCenter:
    """clients: those of a region; sleep: takes seconds."""

    def __init__(
        self,
        *,
        clients: Callable[[str | None], Clients] = Clients,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._clients = cache(clients)
        self._sleep = sleep

    def capabilities(self, integration: Integration) -> Capabilities:
        sets = read.permission_sets(integration.settings)
        named = tuple(sets)
        return Capabilities(
            native_expiry=False,
            batch_size=_AT_ONCE,
            resource_types={ACCOUNT: named} if named else {},
            shared=True,
            claims=tuple(
                f"account {account} by {arn}"
                for account in read.accounts(integration.settings)
                for arn in sets.values()
            ),
        )

    def validate(self, integration: Integration) -> list[str]:
        return read.problems(integration.settings)

    def undeployed(self, integration: Integration, deployed: Sequence[Integration]) -> list[str]:
        of_this_kind = [one.settings for one in deployed if one.kind is integration.kind]
        return read.undeployed(integration.settings, of_this_kind)

    def principal(self, integration: Integration, person: Person) -> str:
        return read.user_of(integration, person)

    def size(self, batch: Batch) -> int:
        """In assignments."""
        return len(batch.entitlements)

    def check_quota(self, principal: str, needed: int, held: int) -> None:
        """Whether there is room is for AWS to say, when it is asked to assign."""

    def check_room(self, integration: Integration, batch: Batch) -> None:
        """As for the quota."""

    def discover(self, integration: Integration) -> Iterator[Resource]:
        """The accounts that the settings name. Raises where a permission set is not there."""
        sets = read.permission_sets(integration.settings)
        instance = integration.settings["instance_arn"]
        for arn in sets.values():
            self._client(integration).describe_permission_set(
                InstanceArn=instance, PermissionSetArn=arn
            )
        for account, name in read.accounts(integration.settings).items():
            yield Resource(
                integration=integration.id,
                resource_type=ACCOUNT,
                name=account,
                path=name,
                permissions=tuple(sets),
            )

    def grant(self, integration: Integration, batch: Batch, until: datetime | None) -> None:  # noqa: ARG002 (port)
        """It ends by being taken away: assignments carry no end."""
        account = batch.entitlements[0].resource
        if account not in read.accounts(integration.settings):
            raise TargetRefused(f"{integration.name} does not name account {account} any more")
        try:
            asked = _assignment(integration, batch)
        except NotNamed as error:
            raise TargetRefused(str(error)) from error
        if self.observe(integration, batch).holds:
            return
        client = self._client(integration)
        try:
            begun = client.create_account_assignment(**asked)
        except Exception as error:
            if error_code(error) in _REFUSALS:
                raise TargetRefused(
                    f"{integration.name} did not assign {batch.principal}: {error}"[:500]
                ) from error
            raise
        failed = self._failure(
            begun["AccountAssignmentCreationStatus"], partial(_creation, client, asked)
        )
        if failed:
            raise TargetRefused(f"{integration.name} did not assign {batch.principal}: {failed}")

    def observe(self, integration: Integration, batch: Batch) -> Observation:
        """Raises Unsettled while AWS is working on the assignment.

        That is asked first: what is begun later, only whoever holds the lease begins.
        """
        asked = _assignment(integration, batch)
        client = self._client(integration)
        if any(_is_about(status, asked) for status in _being_worked_on(client, asked)):
            raise Unsettled(f"{integration.name} is still working on {_named(asked)}")
        evidence = {
            "account": asked["TargetId"],
            "permission_set": asked["PermissionSetArn"],
            "user": asked["PrincipalId"],
        }
        try:
            found = any(_is_theirs(held, asked) for held in _assigned(client, asked))
        except Exception as error:
            if error_code(error) != _NOT_FOUND:
                raise
            # Account or permission set are gone, and every assignment with them.
            return Observation(holds=False, evidence={**evidence, "answered": str(error)[:500]})
        return Observation(holds=found, evidence={**evidence, "found": found})

    def revoke(self, integration: Integration, batch: Batch) -> None:
        """A session that was opened lasts as long as its permission set lets it."""
        if not self.observe(integration, batch).holds:
            return
        asked = _assignment(integration, batch)
        client = self._client(integration)
        try:
            begun = client.delete_account_assignment(**asked)
        except Exception as error:
            if error_code(error) == _NOT_FOUND:
                return
            raise
        failed = self._failure(
            begun["AccountAssignmentDeletionStatus"], partial(_deletion, client, asked)
        )
        if failed:
            raise Unsettled(f"{integration.name} kept {_named(asked)}: {failed}")

    def access_details(self, integration: Integration, batch: Batch) -> str:
        first = batch.entitlements[0]
        name = read.accounts(integration.settings).get(first.resource, first.resource)
        return (
            f"Open your AWS access portal and choose the account {name} ({first.resource}), then "
            f"the role of {first.permission}. It may take a minute to appear."
        )[:400]

    def _failure(self, status: Mapping[str, Any], ask: Callable[[str], Mapping[str, Any]]) -> str:
        """Why AWS could not do what it began, at most 400 characters; empty where it did.

        ask: the status of a request by its id. Raises Unsettled where there is no end to it within
        the time of a call.
        """
        for _ in range(_POLLS):
            if status["Status"] != _IN_PROGRESS:
                break
            self._sleep(_POLL_SECONDS)
            status = ask(status["RequestId"])
        if status["Status"] == _IN_PROGRESS:
            raise Unsettled(f"AWS is still working on request {status['RequestId']}")
        if status["Status"] != "FAILED":
            return ""
        return str(status.get("FailureReason") or "no reason given")[:400]

    def _client(self, integration: Integration) -> "SSOAdminClient":
        return self._clients(integration.settings.get("region")).sso_admin


def _assignment(integration: Integration, batch: Batch) -> dict[str, Any]:
    """As the API takes it. Raises NotNamed."""
    (entitlement,) = batch.entitlements
    arn = read.permission_sets(integration.settings).get(entitlement.permission)
    if arn is None:
        raise NotNamed(
            f"permission_sets of {integration.name} does not name {entitlement.permission} any more"
        )
    return {
        "InstanceArn": integration.settings["instance_arn"],
        "TargetId": entitlement.resource,
        "TargetType": "AWS_ACCOUNT",
        "PermissionSetArn": arn,
        "PrincipalType": "USER",
        "PrincipalId": batch.principal,
    }


def _assigned(client: "SSOAdminClient", asked: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    pages = client.get_paginator("list_account_assignments").paginate(
        InstanceArn=asked["InstanceArn"],
        AccountId=asked["TargetId"],
        PermissionSetArn=asked["PermissionSetArn"],
    )
    for page in pages:
        yield from page["AccountAssignments"]


def _being_worked_on(
    client: "SSOAdminClient", asked: Mapping[str, Any]
) -> Iterator[Mapping[str, Any]]:
    """What AWS is adding and removing now, at most ten of the whole instance."""
    waiting = {"InstanceArn": asked["InstanceArn"], "Filter": {"Status": _IN_PROGRESS}}
    creations = client.get_paginator("list_account_assignment_creation_status").paginate(**waiting)
    for created in creations:
        for each in created["AccountAssignmentsCreationStatus"]:
            yield _creation(client, asked, each["RequestId"])
    deletions = client.get_paginator("list_account_assignment_deletion_status").paginate(**waiting)
    for deleted in deletions:
        for each in deleted["AccountAssignmentsDeletionStatus"]:
            yield _deletion(client, asked, each["RequestId"])


def _creation(
    client: "SSOAdminClient", asked: Mapping[str, Any], request_id: str
) -> Mapping[str, Any]:
    return client.describe_account_assignment_creation_status(
        InstanceArn=asked["InstanceArn"], AccountAssignmentCreationRequestId=request_id
    )["AccountAssignmentCreationStatus"]


def _deletion(
    client: "SSOAdminClient", asked: Mapping[str, Any], request_id: str
) -> Mapping[str, Any]:
    return client.describe_account_assignment_deletion_status(
        InstanceArn=asked["InstanceArn"], AccountAssignmentDeletionRequestId=request_id
    )["AccountAssignmentDeletionStatus"]


def _is_about(status: Mapping[str, Any], asked: Mapping[str, Any]) -> bool:
    parts = ("TargetId", "PermissionSetArn", "PrincipalId")
    is_open = status["Status"] == _IN_PROGRESS
    return is_open and all(status.get(part) == asked[part] for part in parts)


def _is_theirs(held: Mapping[str, Any], asked: Mapping[str, Any]) -> bool:
    return (held["PrincipalType"], held["PrincipalId"]) == ("USER", asked["PrincipalId"])


def _named(asked: Mapping[str, Any]) -> str:
    return f"{asked['PermissionSetArn']} in {asked['TargetId']} for {asked['PrincipalId']}"
