"""Directory groups: people as members of groups of an identity store of IAM Identity Center.

A membership is there once, whoever needs it, so grants share it.
Source: Identity Store API Reference."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from accessflows.connectors.aws_clients import Clients, error_code
from accessflows.connectors.identity_center_settings import STORE_ID, region_problems, user_of
from accessflows.connectors.settings_checks import unknown
from accessflows.model.integration import Integration
from accessflows.model.person import Person
from accessflows.model.refusal import TargetRefused
from accessflows.model.request import Batch
from accessflows.model.target import Resource
from accessflows.ports import Capabilities, Observation

if TYPE_CHECKING:
    from mypy_boto3_identitystore import IdentityStoreClient

GROUP, MEMBER = "group", "member"
PROVIDER = "identity_center"
_KNOWN = ("provider", "identity_store_id", "region", "groups")
_NOT_FOUND = "ResourceNotFoundException"
# After these, nothing was changed.
_REFUSALS = frozenset(
    {
        _NOT_FOUND,
        "AccessDeniedException",
        "ServiceQuotaExceededException",
        "ValidationException",
    }
)


class DirectoryGroup:
    """clients: those of a region."""

    def __init__(self, *, clients: Callable[[str | None], Clients] = Clients) -> None:
        self._clients = cache(clients)

    def capabilities(self, integration: Integration) -> Capabilities:
        return Capabilities(
            native_expiry=False,
            batch_size=1,
            resource_types={GROUP: (MEMBER,)},
            shared=True,
            claims=tuple(f"group {group}" for group in groups(integration.settings).values()),
        )

    def validate(self, integration: Integration) -> list[str]:
        settings = integration.settings
        return [
            *unknown(settings, _KNOWN),
            *_provider(settings.get("provider")),
            *_store(settings.get("identity_store_id")),
            *region_problems(settings),
            *_groups(settings.get("groups")),
        ]

    def undeployed(self, integration: Integration, deployed: Sequence[Integration]) -> list[str]:
        store = integration.settings.get("identity_store_id")
        reached = {
            group
            for one in deployed
            if one.kind is integration.kind and one.settings.get("identity_store_id") == store
            for group in groups(one.settings).values()
        }
        return [
            f"groups: {name!r} is beyond what this deployment may change: name it in an "
            "integration of the files and deploy"
            for name, group in groups(integration.settings).items()
            if group not in reached
        ]

    def principal(self, integration: Integration, person: Person) -> str:
        return user_of(integration, person)

    def size(self, batch: Batch) -> int:
        """In memberships."""
        return len(batch.entitlements)

    def check_quota(self, principal: str, needed: int, held: int) -> None:
        """Whether there is room is for the store to say, when it is asked."""

    def check_room(self, integration: Integration, batch: Batch) -> None:
        """As for the quota."""

    def discover(self, integration: Integration) -> Iterator[Resource]:
        """The groups that the settings name. path: as the store calls them. Raises for one that
        is not there."""
        client, store = self._store(integration)
        for name, group in groups(integration.settings).items():
            found = client.describe_group(IdentityStoreId=store, GroupId=group)
            yield Resource(
                integration=integration.id,
                resource_type=GROUP,
                name=name,
                path=found.get("DisplayName"),
                permissions=(MEMBER,),
            )

    def grant(self, integration: Integration, batch: Batch, until: datetime | None) -> None:  # noqa: ARG002 (port)
        """It ends by being taken away: memberships there carry no end."""
        client, store = self._store(integration)
        group = groups(integration.settings).get(batch.entitlements[0].resource)
        if group is None:
            name = batch.entitlements[0].resource
            raise TargetRefused(f"{integration.name} does not name the group {name!r} any more")
        if self._membership(integration, batch):
            return
        try:
            client.create_group_membership(
                IdentityStoreId=store, GroupId=group, MemberId={"UserId": batch.principal}
            )
        except Exception as error:
            if error_code(error) in _REFUSALS:
                raise TargetRefused(
                    f"{integration.name} did not add {batch.principal}: {error}"[:500]
                ) from error
            raise

    def observe(self, integration: Integration, batch: Batch) -> Observation:
        membership = self._membership(integration, batch)
        evidence = {
            "group": _group(integration, batch),
            "user": batch.principal,
            "found": membership is not None,
            **({"membership": membership} if membership else {}),
        }
        return Observation(holds=membership is not None, evidence=evidence)

    def revoke(self, integration: Integration, batch: Batch) -> None:
        """Sessions at what the group opens last as long as they do there."""
        client, store = self._store(integration)
        membership = self._membership(integration, batch)
        if membership is None:
            return
        try:
            client.delete_group_membership(IdentityStoreId=store, MembershipId=membership)
        except Exception as error:
            if error_code(error) != _NOT_FOUND:
                raise

    def access_details(self, integration: Integration, batch: Batch) -> str:
        group = batch.entitlements[0].resource
        return f"You are a member of {group} in {integration.name}; sign in again to use it."[:400]

    def _membership(self, integration: Integration, batch: Batch) -> str | None:
        """Its id; none where it is not there, nor the user or the group."""
        client, store = self._store(integration)
        try:
            found = client.get_group_membership_id(
                IdentityStoreId=store,
                GroupId=_group(integration, batch),
                MemberId={"UserId": batch.principal},
            )
        except Exception as error:
            if error_code(error) == _NOT_FOUND:
                return None
            raise
        return found["MembershipId"]

    def _store(self, integration: Integration) -> "tuple[IdentityStoreClient, str]":
        clients = self._clients(integration.settings.get("region"))
        return clients.identitystore, integration.settings["identity_store_id"]


def groups(settings: Mapping[str, Any]) -> dict[str, str]:
    """The id of each group, by the name that flows use; nothing where it is wrongly written."""
    declared = settings.get("groups")
    if not isinstance(declared, Mapping):
        return {}
    return {str(name): group for name, group in declared.items() if isinstance(group, str)}


def _group(integration: Integration, batch: Batch) -> str:
    (entitlement,) = batch.entitlements
    group = groups(integration.settings).get(entitlement.resource)
    if group is None:
        raise LookupError(
            f"groups of {integration.name} does not name {entitlement.resource!r} any more: put it "
            "back until its access has ended"
        )
    return group


def _provider(provider: object) -> Iterator[str]:
    if provider != PROVIDER:
        yield (
            f"provider is {provider!r}: only {PROVIDER} is served; connect another directory as an "
            "own system, see docs/own-systems.md"
        )


def _store(store: object) -> Iterator[str]:
    if not isinstance(store, str) or not store:
        yield "identity_store_id is missing: write it as AWS shows it, such as d-1234567890"


def _groups(declared: object) -> Iterator[str]:
    if not isinstance(declared, Mapping) or not declared:
        yield "groups is missing: name those to give, such as {on-call: <group id>}"
        return
    for name, group in declared.items():
        if not isinstance(name, str) or not name:
            yield f"groups: {name!r} is no name"
        elif not isinstance(group, str) or not STORE_ID.fullmatch(group):
            yield f"groups.{name} is {group!r}: write the id of the group, not its name"
    ids = list(groups({"groups": declared}).values())
    for group in sorted({each for each in ids if ids.count(each) > 1}):
        yield f"groups: {group} has two names; what is one membership needs one name"
