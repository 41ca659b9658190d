"""An organisation's own systems: its code is told what to grant and revoke, and what it holds is
asked.

One artefact a grant, known by the grant's id. How a message travels is the caller's matter."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol, TypeVar

from pydantic import ValidationError

from accessflows.connectors import own_settings
from accessflows.connectors.own_messages import (
    Granted,
    ListedResource,
    Listing,
    Observed,
    Revoked,
    batch_message,
    discover_message,
    grant_message,
)
from accessflows.connectors.principals import only_value
from accessflows.model.integration import Integration
from accessflows.model.person import Person
from accessflows.model.refusal import TargetRefused
from accessflows.model.request import Batch
from accessflows.model.target import Resource
from accessflows.model.value import Message
from accessflows.ports import Capabilities, Observation

_MOST_PAGES = 1_000

M = TypeVar("M", bound=Message)


class NotUnderstood(Exception):
    """The organisation's code answered something else than it was asked."""


class Caller(Protocol):
    """Takes messages to the code that an integration names."""

    def problems(self, settings: Mapping[str, Any]) -> list[str]:
        """What is wrong with the settings that say where the code is, in words."""

    def undeployed(
        self, settings: Mapping[str, Any], deployed: Sequence[Mapping[str, Any]]
    ) -> list[str]:
        """What these settings reach beyond the deployed ones, in words."""

    def known(self) -> tuple[str, ...]:
        """The names of these settings."""

    def call(self, settings: Mapping[str, Any], message: Mapping[str, Any]) -> object:
        """The JSON that was answered. Raises where there was none: the outcome is unknown."""


class OwnSystem:
    """Own artefacts, without a quota that we know of."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def capabilities(self, integration: Integration) -> Capabilities:
        return Capabilities(
            native_expiry=True,
            batch_size=own_settings.batch_size(integration.settings),
            resource_types=own_settings.resource_types(integration.settings),
        )

    def validate(self, integration: Integration) -> list[str]:
        settings = integration.settings
        return [
            *own_settings.problems(settings, self._caller.known()),
            *self._caller.problems(settings),
        ]

    def undeployed(self, integration: Integration, deployed: Sequence[Integration]) -> list[str]:
        of_this_kind = [one.settings for one in deployed if one.kind is integration.kind]
        return self._caller.undeployed(integration.settings, of_this_kind)

    def principal(self, integration: Integration, person: Person) -> str:
        return only_value(integration, person)

    def size(self, batch: Batch) -> int:
        """In entitlements."""
        return len(batch.entitlements)

    def check_quota(self, principal: str, needed: int, held: int) -> None:
        """Whether there is room is for the system to say, when it is asked to grant."""

    def check_room(self, integration: Integration, batch: Batch) -> None:
        """As for the quota."""

    def discover(self, integration: Integration) -> Iterator[Resource]:
        """Raises NotUnderstood for a resource that the settings do not speak of."""
        cursor = None
        for _ in range(_MOST_PAGES):
            message = discover_message(integration, cursor)
            page = self._answer(integration, message, Listing)
            yield from self._resources(integration, page.resources)
            if page.cursor is None:
                return
            cursor = page.cursor
        raise NotUnderstood(f"{integration.name} lists more than {_MOST_PAGES} pages")

    def grant(
        self, integration: Integration, batch: Batch, until: datetime | None
    ) -> dict[str, Any] | None:
        message = grant_message(integration, batch, until)
        granted = self._answer(integration, message, Granted)
        if granted.status == "refused":
            said = f": {granted.message}" if granted.message else ""
            raise TargetRefused(f"{integration.name} refused this{said}"[:500])
        return granted.state

    def observe(self, integration: Integration, batch: Batch) -> Observation:
        message = batch_message("observe", integration, batch)
        observed = self._answer(integration, message, Observed)
        evidence = {"holds": observed.holds, "answered": observed.kept_evidence}
        return Observation(
            holds=observed.holds,
            until=observed.until if observed.holds else None,
            evidence=evidence,
        )

    def revoke(self, integration: Integration, batch: Batch) -> datetime | None:
        message = batch_message("revoke", integration, batch)
        return self._answer(integration, message, Revoked).residual_until

    def access_details(self, integration: Integration, batch: Batch) -> str:
        """What the code said when it granted, else who to be."""
        told = (batch.connector_state or {}).get("access_details")
        return str(told or f"Sign in to {integration.name} as {batch.principal}.")[:400]

    def _answer(self, integration: Integration, message: Mapping[str, Any], kind: type[M]) -> M:
        said = self._caller.call(integration.settings, message)
        try:
            return kind.model_validate(said)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(map(str, first["loc"]))
            raise NotUnderstood(
                f"the answer of {integration.name} to {message['action']} is not what "
                f"docs/own-systems.md says: {where or 'all of it'}: {first['msg']}"
            ) from error

    def _resources(
        self, integration: Integration, listed: Iterable[ListedResource]
    ) -> Iterator[Resource]:
        declared = own_settings.resource_types(integration.settings)
        for each in listed:
            strange = set(each.permissions) - set(declared.get(each.resource_type, ()))
            if each.resource_type not in declared or strange:
                what = ", ".join(sorted(strange)) or "no permission"
                raise NotUnderstood(
                    f"{integration.name} lists {each.resource_type} {each.name!r} with {what}, "
                    "which `resource_types` of its settings does not name"
                )
            yield Resource.model_validate({"integration": integration.id, **dict(each)})
