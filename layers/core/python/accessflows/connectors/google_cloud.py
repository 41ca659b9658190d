"""Google Cloud: role bindings of projects, on a condition of time, so that they end by themselves.

A project's policy is read, changed and written back on condition that nobody else changed it. Only
the grant's own bindings are touched."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any

from accessflows.connectors import credentials, google_settings
from accessflows.connectors import google_policies as policies
from accessflows.connectors.access_tokens import AccessTokens
from accessflows.connectors.credentials import Secrets
from accessflows.connectors.google_auth import GoogleSignIn
from accessflows.connectors.google_policies import Policy
from accessflows.connectors.google_projects import RESOURCE_MANAGER, SCOPE, Projects
from accessflows.connectors.principals import only_value
from accessflows.http_json import HttpJson
from accessflows.model.integration import Integration
from accessflows.model.person import Person
from accessflows.model.refusal import NoPrincipal, QuotaExceeded, TargetRefused
from accessflows.model.request import Batch
from accessflows.model.target import Resource
from accessflows.ports import Capabilities, Observation

# A project takes three calls, each a fraction of a second as a rule, in the 30 s of a function.
_AT_ONCE = 10
_TRIES = 3


class Unsettled(Exception):
    """The policies show something between the grant and nothing. Neither counts: try again."""


class GoogleCloud:
    """tokens, base_url: none for those of Google, with the secrets of the environment."""

    def __init__(
        self, *, tokens: AccessTokens | None = None, base_url: str = RESOURCE_MANAGER
    ) -> None:
        self._tokens = tokens or AccessTokens(GoogleSignIn(Secrets(), SCOPE))
        self._base_url = base_url

    @cached_property
    def _http(self) -> HttpJson:
        return HttpJson(self._base_url)

    def capabilities(self, integration: Integration) -> Capabilities:
        named = tuple(google_settings.roles(integration.settings))
        return Capabilities(
            native_expiry=True,
            batch_size=_AT_ONCE,
            resource_types={google_settings.PROJECT: named} if named else {},
        )

    def validate(self, integration: Integration) -> list[str]:
        return google_settings.problems(integration.settings)

    def undeployed(self, integration: Integration, deployed: Sequence[Integration]) -> list[str]:
        of_this_kind = [one.settings for one in deployed if one.kind is integration.kind]
        return credentials.undeployed(integration.settings, of_this_kind)

    def principal(self, integration: Integration, person: Person) -> str:
        """An address in lower case, as Google keeps it, or a workforce identity."""
        value = only_value(integration, person)
        if value.startswith("principal://"):
            return value
        if value.count("@") != 1 or ":" in value or not value.isprintable() or " " in value:
            raise NoPrincipal(
                f"{integration.principal.attribute} of {person.name} is {value}, which is neither "
                "the address of a Google account nor principal://...; ask an admin to correct it"
            )
        return value.lower()

    def size(self, batch: Batch) -> int:
        """In bindings."""
        return len(batch.entitlements)

    def check_quota(self, principal: str, needed: int, held: int) -> None:
        """Google counts in each project: see `check_room`."""

    def check_room(self, integration: Integration, batch: Batch) -> None:
        projects = self._projects(integration)
        for project, roles in _roles_by_project(integration, batch).items():
            try:
                over = policies.full(projects.policy(project), batch, roles)
            except TargetRefused:
                # Granting says why.
                continue
            if over:
                limit, needed, held, what = over
                raise QuotaExceeded(
                    f"this needs {needed} more, and project {project} holds {held} of the {limit} "
                    f"{what} that Google allows; end other access there first",
                    limit=limit,
                    needed=needed,
                    held=held,
                )

    def discover(self, integration: Integration) -> Iterator[Resource]:
        """The active projects that the settings name, or all that the account sees."""
        settings = integration.settings
        for found in self._projects(integration).listed():
            if google_settings.names(settings, found["projectId"]):
                yield Resource(
                    integration=integration.id,
                    resource_type=google_settings.PROJECT,
                    name=found["projectId"],
                    path=found["name"],
                    tags=found.get("labels", {}),
                    permissions=tuple(google_settings.roles(settings)),
                )

    def grant(self, integration: Integration, batch: Batch, until: datetime | None) -> None:
        """Raises Unsettled where a project refuses what another one took already."""
        for entitlement in batch.entitlements:
            offered = google_settings.roles(integration.settings)
            named = google_settings.names(integration.settings, entitlement.resource)
            if entitlement.permission not in offered or not named:
                raise TargetRefused(f"{integration.name} does not offer {entitlement} any more")
        projects = self._projects(integration)
        wanted = {
            project: policies.bindings_of(batch, roles, until)
            for project, roles in _roles_by_project(integration, batch).items()
        }
        # What one of them refuses to show, it refuses before anything is written.
        found = {project: projects.policy(project) for project in wanted}
        for done, (project, bindings) in enumerate(wanted.items()):
            try:
                _write(projects, project, found[project], batch, bindings)
            except TargetRefused as error:
                if done:
                    raise Unsettled(f"granted in part: {error}") from error
                raise

    def observe(self, integration: Integration, batch: Batch) -> Observation:
        """Raises Unsettled where the bindings are not all there, or give something else."""
        found = self._found(integration, batch)
        shown = {project: policies.ours(policy, batch) for project, policy in found.items()}
        evidence: dict[str, Any] = {
            "title": policies.title_of(batch),
            "etags": {project: policy.get("etag") for project, policy in found.items()},
            "bindings": shown,
        }
        bindings = [binding for of_project in shown.values() for binding in of_project]
        if not bindings:
            return Observation(holds=False, evidence=evidence)
        try:
            until = policies.end_of(bindings[0])
        except ValueError as error:
            raise Unsettled(f"{policies.title_of(batch)}: {error}") from error
        for project, roles in _roles_by_project(integration, batch).items():
            if shown[project] != policies.bindings_of(batch, roles, until):
                raise Unsettled(f"{policies.title_of(batch)} is not the grant's in {project}")
        return Observation(holds=True, until=until, evidence=evidence)

    def revoke(self, integration: Integration, batch: Batch) -> None:
        """Google takes a few minutes, seven as a rule at most, until all its services know."""
        projects = self._projects(integration)
        for project, policy in self._found(integration, batch).items():
            _write(projects, project, policy, batch, [])

    def access_details(self, integration: Integration, batch: Batch) -> str:
        project = batch.entitlements[0].resource
        return (
            f"Work in {integration.name} as {batch.principal}, as always. For example: "
            f"gcloud config set project {project}. It may take a few minutes until every service "
            "lets you in."
        )[:400]

    def _projects(self, integration: Integration) -> Projects:
        return Projects(self._http, self._tokens, str(integration.settings.get("secret")))

    def _found(self, integration: Integration, batch: Batch) -> dict[str, Policy]:
        """The policy of each of the batch's projects. Raises Unsettled where one is not shown."""
        projects = self._projects(integration)
        try:
            return {e.resource: projects.policy(e.resource) for e in batch.entitlements}
        except TargetRefused as error:
            # A project that was deleted looks the same as one that is kept from us.
            raise Unsettled(f"{policies.title_of(batch)}: {error}") from error


def _write(
    projects: Projects, project: str, found: Policy, batch: Batch, bindings: list[dict[str, Any]]
) -> None:
    """Make these the batch's bindings there. Raises TargetRefused; Unsettled if others keep on."""
    for _ in range(_TRIES):
        if policies.ours(found, batch) == bindings:
            return
        if projects.set_policy(project, policies.with_ours(found, batch, bindings)):
            return
        found = projects.policy(project)
    raise Unsettled(f"the policy of {project} is changed by others again and again")


def _roles_by_project(integration: Integration, batch: Batch) -> Mapping[str, list[str]]:
    """The roles that the settings name now; those that they lack are left out."""
    named = google_settings.roles(integration.settings)
    found: dict[str, list[str]] = defaultdict(list)
    for entitlement in batch.entitlements:
        if entitlement.permission in named:
            found[entitlement.resource].append(named[entitlement.permission])
    return found
