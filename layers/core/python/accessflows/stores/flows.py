"""The table of flows: immutable versions of flows, integrations, bundles and access scopes, and
the one row that says which of them count.

pk                 sk              document
flow:{id}          VERSION#000003  the flow, version 3; never written again
flow:{id}          LINEAGE         last version, open or closed, head of the chain
integration:{id}   the same two, as for bundle:{id}, access_scope:{id}, space:{id},
                                   on_call_schedule:{id} and resource_access:{id}
configuration      CURRENT         generation, which version of each counts, account settings,
                                   sources of who is on call
creation:{id}      CREATION        what an idempotency key made
change             {id}            a change that an admin proposed, and what became of it
"""

from collections.abc import Mapping, Sequence
from typing import Any, Generic, TypeVar

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite

from accessflows.model.account import AccountSettings
from accessflows.model.configuration import Creation, CurrentSet, Entry, Lineage, Section, Step
from accessflows.model.event import Event
from accessflows.model.flow import AccessFlow, FlowVersion, ResourceAccess
from accessflows.model.integration import Integration
from accessflows.model.on_call import OnCallPlan, OnCallSchedule
from accessflows.model.proposed_change import ProposedChange, Verdict
from accessflows.model.refusal import NotFound
from accessflows.model.space import Space
from accessflows.model.target import AccessScope, Bundle, Catalogue
from accessflows.model.value import Value
from accessflows.ports import Snapshot
from accessflows.rules.fallback import built_in
from accessflows.rules.placing import Flip
from accessflows.settings import Settings
from accessflows.stores.requests import RequestRow, event_row
from accessflows.stores.transactions import transact

V = TypeVar("V", bound=Value)

_Reference = tuple[str, int]
_CHANGE = "change"


class FlowRow(Model):
    """Any row of the table. number: of the last event (or generation), for conditions."""

    class Meta:
        table_name = "accessflows-flows"

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    number = NumberAttribute(null=True)
    document = UnicodeAttribute()


class _Versions(Generic[V]):
    """The versions of one kind, each read once: they are never written again."""

    def __init__(self, prefix: str, kind: type[V]) -> None:
        self._prefix = prefix
        self._kind = kind
        self._read: dict[_Reference, V] = {}

    def one(self, name: str, number: int) -> V:
        """Raises NotFound."""
        found = self._read.get((name, number))
        if found is None:
            pk, sk = self._key((name, number))
            found = _read(pk, sk, self._kind)
        if found is None:
            raise NotFound(f"there is no version {number} of {self._prefix} {name}")
        self._read[name, number] = found
        return found

    def several(self, wanted: Sequence[_Reference]) -> list[V]:
        """In the order asked for. Raises NotFound."""
        keys = [self._key(reference) for reference in wanted if reference not in self._read]
        for row in FlowRow.batch_get(keys, consistent_read=True) if keys else ():
            reference = row.pk.partition(":")[2], int(row.sk.removeprefix("VERSION#"))
            self._read[reference] = self._kind.model_validate_json(row.document)
        return [self.one(*reference) for reference in wanted]

    def _key(self, reference: _Reference) -> tuple[str, str]:
        return f"{self._prefix}:{reference[0]}", _version_sk(reference[1])


class DynamoFlows:
    """Flows and integrations in DynamoDB. What counts is read at every call, versions once."""

    def __init__(self, settings: Settings) -> None:
        FlowRow.Meta.table_name = settings.flows_table
        RequestRow.Meta.table_name = settings.requests_table
        self._flows = _Versions("flow", AccessFlow)
        self._integrations = _Versions("integration", Integration)
        self._bundles = _Versions("bundle", Bundle)
        self._access_scopes = _Versions("access_scope", AccessScope)
        self._on_call_schedules = _Versions("on_call_schedule", OnCallSchedule)
        self._of: Mapping[Section, _Versions[Any]] = {
            Section.FLOWS: self._flows,
            Section.INTEGRATIONS: self._integrations,
            Section.SPACES: _Versions("space", Space),
            Section.BUNDLES: self._bundles,
            Section.ACCESS_SCOPES: self._access_scopes,
            Section.ON_CALL_SCHEDULES: self._on_call_schedules,
            Section.RESOURCE_ACCESS: _Versions("resource_access", ResourceAccess),
        }

    def current(self) -> tuple[AccessFlow, ...]:
        """By id in order."""
        return tuple(self._flows.several(sorted(self.current_set().flows.items())))

    def version(self, reference: FlowVersion) -> AccessFlow:
        return built_in(reference) or self._flows.one(reference.id, reference.version)

    def on_call(self) -> OnCallPlan:
        current = self.current_set()
        schedules = self._on_call_schedules.several(sorted(current.on_call_schedules.items()))
        return OnCallPlan(tuple(schedules), current.on_call_sources)

    def integrations(self) -> Mapping[str, Integration]:
        return self._placed(self.current_set())

    def open_integrations(self) -> tuple[Integration, ...]:
        """Those that flows may name, by id in order."""
        placed = sorted(self.current_set().open(Section.INTEGRATIONS).items())
        return tuple(self._integrations.one(name, version) for name, version in placed)

    def settings(self) -> AccountSettings:
        return self.current_set().settings

    def snapshot(self) -> Snapshot:
        current = self.current_set()
        bundles = self._bundles.several(sorted(current.bundles.items()))
        scopes = self._access_scopes.several(sorted(current.access_scopes.items()))
        return Snapshot(
            flows=tuple(self._flows.several(sorted(current.flows.items()))),
            settings=current.settings,
            integrations=self._placed(current),
            catalogue=Catalogue(
                bundles={bundle.id: bundle for bundle in bundles},
                access_scopes={scope.id: scope for scope in scopes},
                integrations=frozenset(current.open(Section.INTEGRATIONS)),
            ),
        )

    def _placed(self, current: CurrentSet) -> Mapping[str, Integration]:
        placed = current.integrations
        return {name: self._integrations.one(name, it.version) for name, it in placed.items()}

    def entry(self, section: Section, entry_id: str, version: int) -> Entry:
        """Raises NotFound."""
        found: Entry = self._of[section].one(entry_id, version)
        return found

    def entries(self, section: Section, versions: Mapping[str, int]) -> tuple[Entry, ...]:
        """Versions of a section's entries, by id in order. Raises NotFound."""
        return tuple(self._of[section].several(sorted(versions.items())))

    def current_set(self) -> CurrentSet:
        """What counts now; the empty set before the first configuration."""
        return _read("configuration", "CURRENT", CurrentSet) or CurrentSet()

    def lineage(self, subject: str) -> Lineage:
        """How far an entry has come."""
        return _read(subject, "LINEAGE", Lineage) or Lineage()

    def commit(self, step: Step) -> None:
        """Move an entry on by one event. Raises Lost unless its lineage still is as it was."""
        transact(lambda transaction: _take(transaction, step))

    def creation(self, creation_id: str) -> Creation | None:
        """What was made under an idempotency key, if anything was."""
        return _read(f"creation:{creation_id}", "CREATION", Creation)

    def flip(
        self,
        flip: Flip,
        *steps: Step,
        creation: Creation | None = None,
        verdict: Verdict | None = None,
    ) -> None:
        """Make another set count, and move entries on with it: all of it or nothing.

        Raises Lost unless the set, each lineage and the change of the verdict still are as they
        were, and the creation is new.
        """

        def fill(transaction: TransactWrite) -> None:
            for step in steps:
                _take(transaction, step)
            transaction.save(
                _row("configuration", "CURRENT", flip.after, flip.after.generation),
                condition=_still(flip.before.generation),
            )
            transaction.save(event_row(flip.event), condition=RequestRow.pk.does_not_exist())
            if creation is not None:
                _remember(transaction, creation)
            if verdict is not None:
                _settle(transaction, verdict)

        transact(fill)

    def change(self, change_id: str) -> ProposedChange:
        """Raises NotFound."""
        found = _read(_CHANGE, change_id, ProposedChange)
        if found is None:
            raise NotFound(f"there is no proposed change {change_id}")
        return found

    def changes(self, *, before: str | None, limit: int) -> tuple[ProposedChange, ...]:
        """The newest first. before: an id, exclusive."""
        earlier = None if before is None else FlowRow.sk < before
        rows = FlowRow.query(
            _CHANGE, earlier, scan_index_forward=False, limit=limit, consistent_read=True
        )
        return tuple(ProposedChange.model_validate_json(row.document) for row in rows)

    def propose(
        self, change: ProposedChange, event: Event, creation: Creation | None = None
    ) -> None:
        """Write a change that waits. Raises Lost where its id, or the creation, is taken."""

        def fill(transaction: TransactWrite) -> None:
            transaction.save(
                _row(_CHANGE, change.id, change, change.number),
                condition=FlowRow.pk.does_not_exist(),
            )
            transaction.save(event_row(event), condition=RequestRow.pk.does_not_exist())
            if creation is not None:
                _remember(transaction, creation)

        transact(fill)

    def settle(self, verdict: Verdict) -> None:
        """Write what became of a change that does not count. Raises Lost unless it is as it was."""
        transact(lambda transaction: _settle(transaction, verdict))


def _remember(transaction: TransactWrite, creation: Creation) -> None:
    row = _row(f"creation:{creation.id}", "CREATION", creation)
    transaction.save(row, condition=FlowRow.pk.does_not_exist())


def _settle(transaction: TransactWrite, verdict: Verdict) -> None:
    after = verdict.after
    transaction.save(
        _row(_CHANGE, after.id, after, after.number), condition=_still(verdict.before.number)
    )
    transaction.save(event_row(verdict.event), condition=RequestRow.pk.does_not_exist())


def _take(transaction: TransactWrite, step: Step) -> None:
    subject = step.event.subject
    transaction.save(
        _row(subject, "LINEAGE", step.after, step.after.number),
        condition=_still(step.before.number),
    )
    if step.content is not None:
        transaction.save(
            _row(subject, _version_sk(step.after.latest), step.content),
            condition=FlowRow.pk.does_not_exist(),
        )
    transaction.save(event_row(step.event), condition=RequestRow.pk.does_not_exist())


def _read(pk: str, sk: str, kind: type[V]) -> V | None:
    try:
        row = FlowRow.get(pk, sk, consistent_read=True)
    except FlowRow.DoesNotExist:
        return None
    return kind.model_validate_json(row.document)


def _row(pk: str, sk: str, value: Value, number: int | None = None) -> FlowRow:
    document = value.model_dump_json(by_alias=True, exclude_none=True)
    return FlowRow(pk, sk, document=document, number=number)


def _still(number: int) -> Condition:
    return FlowRow.number == number if number else FlowRow.pk.does_not_exist()


def _version_sk(number: int) -> str:
    return f"VERSION#{number:06d}"
