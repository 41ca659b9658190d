"""Apply a configuration: new versions of what changed, then one row that makes them count.

people, versions, closings --(each with its event)--> written --(flip of CURRENT)--> they count

Readers see the old flows and integrations until the flip. A run that dies anywhere is completed
by the next: what it wrote is found equal and left alone. People have no versions; what changes
about them binds when it is written. What the API made is left alone, as long as it fits."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple, Protocol

from accessflows.actions.apply_people import PersonStore, apply_people
from accessflows.actions.contend import decide_anew
from accessflows.actions.standing import FlowReader, refuse_problems, standing
from accessflows.model.account import AccountSettings
from accessflows.model.configuration import (
    Configuration,
    CurrentSet,
    Entry,
    Lineage,
    Origin,
    Section,
    Step,
)
from accessflows.model.event import EventKind
from accessflows.model.integration import Kind
from accessflows.model.refusal import BadInput
from accessflows.rules import placing
from accessflows.rules.origin import (
    clashes,
    joined,
    made_by_api,
    misfits,
    settings_of,
    words_of,
)
from accessflows.rules.placing import Flip
from accessflows.rules.resource_access import with_compiled
from accessflows.rules.validation import Validator, problems


class FlowStore(FlowReader, Protocol):
    """What is needed of the store of flows; tests put crashes in between."""

    def lineage(self, subject: str) -> Lineage: ...

    def entry(self, section: Section, entry_id: str, version: int) -> Entry: ...

    def commit(self, step: Step) -> None: ...

    def flip(self, flip: Flip, *steps: Step) -> None: ...


class Applied(NamedTuple):
    """What the configuration holds, and how much had to be written and closed for it."""

    flows: int
    people: int
    integrations: int
    written: int
    closed: int
    bundles: int = 0
    access_scopes: int = 0


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
    refuse_problems(configuration, problems(configuration, validators))
    return decide_anew(lambda: _Run(flows, validators, now).apply(configuration, directory))


class _Run:
    """One try."""

    def __init__(
        self, store: FlowStore, validators: Mapping[Kind, Validator], now: datetime
    ) -> None:
        self._store = store
        self._validators = validators
        self._now = now
        self._written = 0
        self._closed = 0

    def apply(self, configuration: Configuration, directory: PersonStore) -> Applied:
        before = self._store.current_set()
        settings = settings_of(before, configuration.settings)
        complete = with_compiled(configuration)
        self._refuse_misfits(before, configuration, settings)
        people_written = apply_people(configuration, directory, self._now)
        wanted = before.but(
            settings=settings,
            set_in_files=frozenset(configuration.settings.model_fields_set),
            on_call_sources=configuration.on_call_sources,
        )
        for section in Section:
            wanted = self._move(section, before, wanted, complete.section(section))
        self._flip(before, wanted)
        return Applied(
            flows=len(complete.flows),
            people=len(configuration.people),
            integrations=len(configuration.integrations),
            written=self._written + people_written,
            closed=self._closed,
            bundles=len(configuration.bundles),
            access_scopes=len(configuration.access_scopes),
        )

    def _refuse_misfits(
        self, before: CurrentSet, configuration: Configuration, settings: AccountSettings
    ) -> None:
        """Raises BadInput where files and what the API made do not go together."""
        if not before.made_by_api:
            return
        said = clashes(before, configuration) or clashes(before, with_compiled(configuration))
        if said:
            raise BadInput("\n".join(said), count=len(said))
        made = made_by_api(before, standing(self._store, before))
        together = joined(configuration, made).but(settings=settings)
        refuse_problems(together, misfits(together, made, self._validators, words_of(made)))

    def _move(
        self,
        section: Section,
        before: CurrentSet,
        wanted: CurrentSet,
        entries: tuple[Entry, ...],
    ) -> CurrentSet:
        """The section as the files have it: each entry at a version, those gone closed."""
        opened = {entry.id: self._place(section, entry) for entry in entries}
        gone = [
            name
            for name in sorted(before.open(section).keys() - opened.keys())
            if before.origin(section, name) is Origin.FILES
        ]
        for name in gone:
            self._close(section, name)
        return wanted.moved(section, opened=opened, closed=gone, origin=Origin.FILES)

    def _place(self, section: Section, entry: Entry) -> int:
        """The version that holds the content: the last one if it does, else a new one."""
        before = self._store.lineage(section.subject(entry.id))
        if before.is_open:
            stored = self._store.entry(section, entry.id, before.latest)
            if stored == placing.as_version(entry, before.latest):
                return before.latest
        step = placing.opening(section, entry, before, at=self._now)
        self._store.commit(step)
        self._written += 1
        return step.after.latest

    def _close(self, section: Section, entry_id: str) -> None:
        before = self._store.lineage(section.subject(entry_id))
        if not before.is_open:
            return
        self._store.commit(placing.closing(section, entry_id, before, at=self._now))
        self._closed += 1

    def _flip(self, before: CurrentSet, wanted: CurrentSet) -> None:
        if before == wanted:
            return
        details = {
            "flows": wanted.flows,
            "spaces": wanted.spaces,
            "bundles": wanted.bundles,
            "access_scopes": wanted.access_scopes,
            "resource_access": wanted.resource_access,
            "made_by_api": sorted(wanted.made_by_api),
            "settings": wanted.settings.to_data(),
            "on_call_schedules": wanted.on_call_schedules,
            "on_call_sources": [source.to_data() for source in wanted.on_call_sources],
        }
        self._store.flip(
            placing.flip(
                before, wanted, EventKind.CONFIGURATION_APPLIED, at=self._now, details=details
            )
        )
