"""Azure: role assignments of people at subscriptions and resource groups.

Azure holds one assignment of a role to a person at a scope, which all grants of it share: leases
say when it is made and when it goes. Assignments that others made are seen and never changed."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any

from accessflows.connectors import azure_assignments as assignments
from accessflows.connectors import azure_settings, credentials
from accessflows.connectors.access_tokens import AccessTokens
from accessflows.connectors.azure_api import RESOURCE_MANAGER, AzureApi
from accessflows.connectors.azure_assignments import RESOURCE_GROUP, SUBSCRIPTION
from accessflows.connectors.azure_auth import AzureSignIn
from accessflows.connectors.credentials import Secrets
from accessflows.connectors.principals import only_value
from accessflows.http_json import HttpJson
from accessflows.model.integration import Integration
from accessflows.model.person import Person
from accessflows.model.refusal import NoPrincipal, TargetRefused
from accessflows.model.request import Batch
from accessflows.model.target import Entitlement, Resource
from accessflows.ports import Capabilities, Observation

# A few calls for each, one after the other, fit into the 30 s of the function that makes them.
_AT_ONCE = 5


class NotAlone(Exception):
    """Another integration gives the same role there, and its leases know nothing of this one."""


class Changed(Exception):
    """Our assignment gives something else than the grant. It counts as held, and is revoked."""


class Azure:
    """tokens, base_url: none for those of Azure, with the secrets of the environment."""

    def __init__(
        self, *, tokens: AccessTokens | None = None, base_url: str = RESOURCE_MANAGER
    ) -> None:
        self._tokens = tokens or AccessTokens(AzureSignIn(Secrets()))
        self._base_url = base_url

    @cached_property
    def _http(self) -> HttpJson:
        return HttpJson(self._base_url)

    def capabilities(self, integration: Integration) -> Capabilities:
        named = tuple(azure_settings.roles(integration.settings))
        return Capabilities(
            native_expiry=False,
            batch_size=_AT_ONCE,
            resource_types={SUBSCRIPTION: named, RESOURCE_GROUP: named} if named else {},
            shared=True,
        )

    def validate(self, integration: Integration) -> list[str]:
        return azure_settings.problems(integration.settings)

    def undeployed(self, integration: Integration, deployed: Sequence[Integration]) -> list[str]:
        of_this_kind = [one.settings for one in deployed if one.kind is integration.kind]
        return credentials.undeployed(integration.settings, of_this_kind)

    def principal(self, integration: Integration, person: Person) -> str:
        """The object id in Microsoft Entra, in lower case."""
        value = only_value(integration, person).lower()
        if not assignments.GUID.fullmatch(value):
            raise NoPrincipal(
                f"{integration.principal.attribute} of {person.name} is {value}, and Azure knows "
                "people by the object id that Microsoft Entra gives them; ask an admin to correct "
                "it"
            )
        return value

    def size(self, batch: Batch) -> int:
        """In assignments."""
        return len(batch.entitlements)

    def check_quota(self, principal: str, needed: int, held: int) -> None:
        """Azure counts the assignments of a subscription, everybody's, and refuses one too many."""

    def check_room(self, integration: Integration, batch: Batch) -> None:
        """As for the quota."""

    def discover(self, integration: Integration) -> Iterator[Resource]:
        """The subscriptions that the settings name, and their resource groups, with their tags."""
        api = self._api(integration)
        for subscription in azure_settings.subscriptions(integration.settings):
            found = api.subscription(subscription)
            yield _resource(integration, SUBSCRIPTION, subscription, found)
            for group in api.resource_groups(subscription):
                name = f"{subscription}/{group['name']}"
                yield _resource(integration, RESOURCE_GROUP, name, group)

    def grant(self, integration: Integration, batch: Batch, until: datetime | None) -> None:
        (entitlement,) = batch.entitlements
        role = azure_settings.roles(integration.settings).get(entitlement.permission)
        if role is None or not _is_named(integration, entitlement):
            raise TargetRefused(f"{integration.name} does not offer {entitlement} any more")
        self._api(integration).assign(
            assignments.scope_of(entitlement),
            assignments.name_of(entitlement, batch.principal),
            assignments.document(entitlement, role, batch.principal, until),
        )

    def observe(self, integration: Integration, batch: Batch) -> Observation:
        """Whether the role is assigned, by whomever. until: as noted on our assignment.

        Raises Changed where our assignment is of another role; NotAlone.
        """
        (entitlement,) = batch.entitlements
        role = azure_settings.roles(integration.settings).get(entitlement.permission)
        name = assignments.name_of(entitlement, batch.principal)
        found = [
            one
            for one in self._found(integration, batch, entitlement)
            if one["name"] == name or assignments.role_of(one) == role
        ]
        evidence: dict[str, Any] = {
            "scope": assignments.scope_of(entitlement),
            "principal": batch.principal,
            "assignments": [_read(one, is_ours=one["name"] == name) for one in found],
        }
        ours = next((one for one in found if one["name"] == name), None)
        if ours and role not in {None, assignments.role_of(ours)}:
            raise Changed(f"assignment {name} in {integration.name} is of another role")
        if any(assignments.is_noted(one) for one in found if one is not ours):
            raise NotAlone(
                f"{entitlement} is given through another integration: name a subscription in one"
            )
        until = assignments.end_of(ours) if ours else None
        return Observation(holds=bool(found), until=until, evidence=evidence)

    def revoke(self, integration: Integration, batch: Batch) -> None:
        """Azure may take up to ten minutes until all of it knows."""
        (entitlement,) = batch.entitlements
        name = assignments.name_of(entitlement, batch.principal)
        if any(one["name"] == name for one in self._found(integration, batch, entitlement)):
            self._api(integration).remove(assignments.scope_of(entitlement), name)

    def access_details(self, integration: Integration, batch: Batch) -> str:
        subscription = assignments.subscription_of(batch.entitlements[0])
        return (
            f"Work in {integration.name} with your own account, as always. For example: "
            f"az account set --subscription {subscription}. It may take up to ten minutes until "
            "Azure lets you in; sign in again if it does not."
        )[:400]

    def _api(self, integration: Integration) -> AzureApi:
        return AzureApi(
            self._http,
            self._tokens,
            str(integration.settings.get("secret")),
            base_url=self._base_url,
        )

    def _found(
        self, integration: Integration, batch: Batch, entitlement: Entitlement
    ) -> list[dict[str, Any]]:
        """The principal's assignments at the very scope."""
        scope = assignments.scope_of(entitlement)
        listed = self._api(integration).assignments(scope, batch.principal)
        return [one for one in listed if assignments.is_at(one, scope)]


def _is_named(integration: Integration, entitlement: Entitlement) -> bool:
    return assignments.subscription_of(entitlement) in azure_settings.subscriptions(
        integration.settings
    )


def _read(found: Mapping[str, Any], *, is_ours: bool) -> dict[str, Any]:
    """What an assignment says, as evidence."""
    until = assignments.end_of(found) if is_ours else None
    return {
        "name": found["name"],
        "role": assignments.role_of(found),
        "ours": is_ours,
        "until": until and until.isoformat(),
    }


def _resource(
    integration: Integration, resource_type: str, name: str, found: Mapping[str, Any]
) -> Resource:
    return Resource(
        integration=integration.id,
        resource_type=resource_type,
        name=name,
        path=found["id"],
        tags=found.get("tags") or {},
        permissions=tuple(azure_settings.roles(integration.settings)),
    )
