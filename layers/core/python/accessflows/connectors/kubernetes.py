"""Kubernetes: one RoleBinding per grant, or ClusterRoleBinding, for the user that the person is.

Only bindings named `accessflows-{grant id}` are ever written, deleted or judged. Kubernetes ends
none by itself: the end is noted on it, and revocation is what ends it."""

import ssl
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from accessflows.connectors import credentials, kubernetes_settings
from accessflows.connectors import kubernetes_bindings as bindings
from accessflows.connectors.credentials import CredentialsMissing, Secrets
from accessflows.connectors.kubernetes_api import ClusterApi
from accessflows.connectors.principals import only_value
from accessflows.model.integration import Integration
from accessflows.model.person import Person
from accessflows.model.refusal import NoPrincipal, TargetRefused
from accessflows.model.request import Batch
from accessflows.model.target import Resource
from accessflows.ports import Capabilities, Observation

# Names that Kubernetes keeps to itself, service accounts and its own components.
_RESERVED = "system:"


class Changed(Exception):
    """Somebody changed the grant's binding by hand. It counts as held, and is revoked."""


class Kubernetes:
    """secrets: none for those of the environment."""

    def __init__(self, secrets: Secrets | None = None) -> None:
        self._secrets = secrets or Secrets()

    def capabilities(self, integration: Integration) -> Capabilities:
        """One entitlement a batch: a grant is one binding, there or not and never half."""
        return Capabilities(
            native_expiry=False,
            batch_size=1,
            resource_types={
                resource_type: tuple(named)
                for resource_type, named in kubernetes_settings.roles(integration.settings).items()
            },
        )

    def validate(self, integration: Integration) -> list[str]:
        return kubernetes_settings.problems(integration.settings)

    def undeployed(self, integration: Integration, deployed: Sequence[Integration]) -> list[str]:
        """A token is shown to no server but the one that the files name with its secret."""
        of_this_kind = [one.settings for one in deployed if one.kind is integration.kind]
        return credentials.undeployed(integration.settings, of_this_kind, "server")

    def principal(self, integration: Integration, person: Person) -> str:
        user = only_value(integration, person)
        if user.startswith(_RESERVED):
            raise NoPrincipal(
                f"{integration.principal.attribute} of {person.name} is {user}, and names that "
                f"begin with {_RESERVED!r} are Kubernetes' own; ask an admin to correct it"
            )
        return user

    def size(self, batch: Batch) -> int:
        """In bindings."""
        return len(batch.entitlements)

    def check_quota(self, principal: str, needed: int, held: int) -> None:
        """Kubernetes counts no bindings."""

    def check_room(self, integration: Integration, batch: Batch) -> None:
        """As for the quota."""

    def discover(self, integration: Integration) -> Iterator[Resource]:
        """Every namespace, its labels as tags, and the cluster itself where roles for it are named.

        What the settings name no role for is not listed.
        """
        roles = kubernetes_settings.roles(integration.settings)
        if bindings.CLUSTER in roles:
            yield _resource(integration, bindings.CLUSTER, bindings.CLUSTER, roles)
        if bindings.NAMESPACE in roles:
            for found in self._api(integration).items("/api/v1/namespaces"):
                metadata = found["metadata"]
                labels = metadata.get("labels") or {}
                yield _resource(integration, bindings.NAMESPACE, metadata["name"], roles, labels)

    def grant(self, integration: Integration, batch: Batch, until: datetime | None) -> None:
        """Raises Changed where the grant's binding is there and gives something else."""
        role = _role(integration, batch)
        (entitlement,) = batch.entitlements
        if role is None or not bindings.is_resource(entitlement):
            raise TargetRefused(f"{integration.name} does not offer {entitlement} any more")
        api = self._api(integration)
        document = bindings.binding(batch, role, until)
        if api.create(bindings.collection_of(batch), document):
            return
        found = api.read(bindings.path_of(batch))
        if found is None or not bindings.gives(found, batch, role):
            raise Changed(f"{bindings.name_of(batch)} in {integration.name} is not the grant's")
        if bindings.end_of(found) != until:
            api.patch(bindings.path_of(batch), bindings.new_end(found, until))

    def observe(self, integration: Integration, batch: Batch) -> Observation:
        """Raises Changed where the grant's binding gives something else."""
        found = self._api(integration).read(bindings.path_of(batch))
        evidence: dict[str, Any] = {"binding": bindings.path_of(batch), "found": found is not None}
        if found is None:
            return Observation(holds=False, evidence=evidence)
        evidence |= bindings.read_of(found)
        if not bindings.is_ours(found, batch):
            return Observation(holds=False, evidence={**evidence, "ours": False})
        if not bindings.gives(found, batch, _role(integration, batch)):
            raise Changed(f"{bindings.name_of(batch)} in {integration.name} gives something else")
        return Observation(holds=True, until=bindings.end_of(found), evidence=evidence)

    def revoke(self, integration: Integration, batch: Batch) -> None:
        """No session outlives it: every call is judged by the bindings of that moment."""
        api = self._api(integration)
        found = api.read(bindings.path_of(batch))
        if found is not None and bindings.is_ours(found, batch):
            api.delete(bindings.path_of(batch), bindings.deletion(found))

    def access_details(self, integration: Integration, batch: Batch) -> str:
        (entitlement,) = batch.entitlements
        where = (
            "" if entitlement.resource_type == bindings.CLUSTER else f" -n {entitlement.resource}"
        )
        return (
            f"Work in {integration.name} as {batch.principal}, with your own kubeconfig. "
            f"To see what you may do: kubectl auth can-i --list{where}"
        )[:400]

    def _api(self, integration: Integration) -> ClusterApi:
        settings = integration.settings
        secret = str(settings.get("secret"))
        fields = self._secrets.fields(secret, "token")
        try:
            return ClusterApi(
                str(settings.get("server")), token=fields["token"].strip(), ca=fields.get("ca")
            )
        except (ssl.SSLError, TypeError) as error:
            raise CredentialsMissing(f"`ca` in secret {secret!r} is no PEM certificate") from error


def _role(integration: Integration, batch: Batch) -> bindings.Role | None:
    """The role that the settings name for it now."""
    (entitlement,) = batch.entitlements
    of_type = kubernetes_settings.roles(integration.settings).get(entitlement.resource_type, {})
    return of_type.get(entitlement.permission)


def _resource(
    integration: Integration,
    resource_type: str,
    name: str,
    roles: Mapping[str, Mapping[str, object]],
    labels: Mapping[str, str] | None = None,
) -> Resource:
    return Resource(
        integration=integration.id,
        resource_type=resource_type,
        name=name,
        tags=dict(labels or {}),
        permissions=tuple(roles[resource_type]),
    )
