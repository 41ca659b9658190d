"""Apply a configuration: new versions of what changed, then one row that makes them count.

people, versions, closings --(each with its event)--> written --(flip of CURRENT)--> they count

Readers see the old flows and integrations until the flip. A run that dies anywhere is completed
by the next: what it wrote is found equal and left alone. People have no versions; what changes
about them binds when it is written."""

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import NamedTuple, Protocol

from accessflows.actions.apply_people import PersonStore, apply_people
from accessflows.actions.contend import decide_anew
from accessflows.model.account import AccountSettings
from accessflows.model.configuration import (
    Configuration,
    CurrentSet,
    Lineage,
    PlacedIntegration,
    Problem,
)
from accessflows.model.event import Event, EventKind
from accessflows.model.flow import AccessFlow, FlowVersion
from accessflows.model.integration import Integration, Kind
from accessflows.model.refusal import BadInput
from accessflows.model.value import Value
from accessflows.rules.chain import next_event
from accessflows.rules.validation import Validator, problems

ACCOUNT = "settings:account"
_FIRST_ERRORS = 10


class FlowStore(Protocol):
    """What is needed of the store of flows; tests put crashes in between."""

    def current_set(self) -> CurrentSet: ...

    def lineage(self, subject: str) -> Lineage: ...

    def version(self, reference: FlowVersion) -> AccessFlow: ...

    def integration(self, integration_id: str, version: int) -> Integration: ...

    def commit(
        self, before: Lineage, after: Lineage, event: Event, version: Value | None = None
    ) -> None: ...

    def flip(self, before: CurrentSet, after: CurrentSet, event: Event) -> None: ...


class Applied(NamedTuple):
    """What the configuration holds, and how much had to be written and closed for it."""

    flows: int
    people: int
    integrations: int
    written: int
    closed: int


def apply_config(
    configuration: Configuration,
    flows: FlowStore,
    directory: PersonStore,
    *,
    validators: Mapping[Kind, Validator],
    now: datetime,
) -> Applied:
    """Make the configuration count. Applied twice, it changes nothing the second time.

    What is no longer in it is closed or deactivated, never deleted.
    Raises BadInput with the first errors; Lost where another run goes on at the same time.
    """
    wrong = problems(configuration, validators)
    if wrong:
        raise BadInput("\n".join(map(_said, wrong[:_FIRST_ERRORS])), count=len(wrong))
    return decide_anew(lambda: _Run(flows, now).apply(configuration, directory))


class _Run:
    """One try."""

    def __init__(self, store: FlowStore, now: datetime) -> None:
        self._store = store
        self._now = now
        self._written = 0
        self._closed = 0

    def apply(self, configuration: Configuration, directory: PersonStore) -> Applied:
        before = self._store.current_set()
        people_written = apply_people(configuration.directory(), directory, self._now)
        integrations = {i.id: self._place_integration(i) for i in configuration.integrations}
        placed = {flow.id: self._place_flow(flow) for flow in configuration.flows}
        for flow_id in sorted(before.flows.keys() - placed.keys()):
            self._close(f"flow:{flow_id}", EventKind.FLOW_CLOSED)
        still_held = {
            name: was.but(is_open=False)
            for name, was in before.integrations.items()
            if name not in integrations
        }
        for name in sorted(still_held):
            self._close(f"integration:{name}", EventKind.INTEGRATION_CHANGED)
        self._flip(before, placed, {**still_held, **integrations}, configuration.settings)
        return Applied(
            flows=len(placed),
            people=len(configuration.people),
            integrations=len(integrations),
            written=self._written + people_written,
            closed=self._closed,
        )

    def _place_flow(self, flow: AccessFlow) -> int:
        return self._place(
            f"flow:{flow.id}",
            EventKind.FLOW_VERSION_WRITTEN,
            lambda version: flow.but(version=version),
            lambda version: self._store.version(FlowVersion(id=flow.id, version=version)),
        )

    def _place_integration(self, integration: Integration) -> PlacedIntegration:
        version = self._place(
            f"integration:{integration.id}",
            EventKind.INTEGRATION_CHANGED,
            lambda _: integration,
            lambda version: self._store.integration(integration.id, version),
        )
        return PlacedIntegration(version=version)

    def _place(
        self,
        subject: str,
        kind: EventKind,
        as_version: Callable[[int], Value],
        stored: Callable[[int], Value],
    ) -> int:
        """The version that holds the content: the last one if it does, else a new one."""
        before = self._store.lineage(subject)
        if before.is_open and stored(before.latest) == as_version(before.latest):
            return before.latest
        number = before.latest + 1
        content = as_version(number)
        details = {"version": number, "content": _digest(content)}
        event = next_event(before, subject, kind, self._now, details=details)
        after = Lineage(number=event.number, hash=event.hash, latest=number, is_open=True)
        self._store.commit(before, after, event, content)
        self._written += 1
        return number

    def _close(self, subject: str, kind: EventKind) -> None:
        before = self._store.lineage(subject)
        if not before.is_open:
            return
        details = {"version": before.latest, "closed": True}
        event = next_event(before, subject, kind, self._now, details=details)
        after = before.but(number=event.number, hash=event.hash, is_open=False)
        self._store.commit(before, after, event)
        self._closed += 1

    def _flip(
        self,
        before: CurrentSet,
        flows: Mapping[str, int],
        integrations: Mapping[str, PlacedIntegration],
        settings: AccountSettings,
    ) -> None:
        was = before.flows, before.integrations, before.settings
        if was == (flows, integrations, settings):
            return
        generation = before.generation + 1
        details = {
            "generation": generation,
            "flows": dict(flows),
            "settings": settings.to_data(),
        }
        event = next_event(
            before, ACCOUNT, EventKind.CONFIGURATION_APPLIED, self._now, details=details
        )
        after = CurrentSet(
            generation=generation,
            number=event.number,
            hash=event.hash,
            flows=dict(flows),
            integrations=dict(integrations),
            settings=settings,
        )
        self._store.flip(before, after, event)


def _digest(content: Value) -> str:
    """SHA-256 over canonical JSON; sets are sorted."""
    text = json.dumps(content.model_dump(by_alias=True), sort_keys=True, default=sorted)
    return hashlib.sha256(text.encode()).hexdigest()


def _said(problem: Problem) -> str:
    return f"{'.'.join(map(str, problem.path))}: {problem.message}"
