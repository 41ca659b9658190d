"""The table of flows: immutable versions of flows, integrations, bundles and access scopes, and
the one row that says which of them count.

pk                 sk              document
flow:{id}          VERSION#000003  the flow, version 3; never written again
flow:{id}          LINEAGE         last version, open or closed, head of the chain
integration:{id}   the same two, as for bundle:{id} and access_scope:{id}
configuration      CURRENT         generation, which version of each counts, account settings
"""

from collections.abc import Mapping, Sequence
from typing import Generic, TypeVar

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite

from accessflows.model.configuration import CurrentSet, Lineage
from accessflows.model.event import Event
from accessflows.model.flow import AccessFlow, FlowVersion
from accessflows.model.integration import Integration
from accessflows.model.refusal import NotFound
from accessflows.model.target import AccessScope, Bundle, Catalogue
from accessflows.model.value import Value
from accessflows.ports import Snapshot
from accessflows.rules.fallback import built_in
from accessflows.settings import Settings
from accessflows.stores.requests import RequestRow, event_row
from accessflows.stores.transactions import transact

V = TypeVar("V", bound=Value)

_Reference = tuple[str, int]


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

    def current(self) -> tuple[AccessFlow, ...]:
        """By id in order."""
        return tuple(self._flows.several(sorted(self.current_set().flows.items())))

    def flow_versions(self, wanted: Mapping[str, int]) -> tuple[AccessFlow, ...]:
        """In the order asked for. Raises NotFound."""
        return tuple(self._flows.several(list(wanted.items())))

    def version(self, reference: FlowVersion) -> AccessFlow:
        return built_in(reference) or self._flows.one(reference.id, reference.version)

    def integrations(self) -> Mapping[str, Integration]:
        return self._placed(self.current_set())

    def open_integrations(self) -> tuple[Integration, ...]:
        """Those that flows may name, by id in order."""
        placed = sorted(self.current_set().integrations.items())
        return tuple(self._integrations.one(n, it.version) for n, it in placed if it.is_open)

    def integration(self, integration_id: str, version: int) -> Integration:
        """Raises NotFound."""
        return self._integrations.one(integration_id, version)

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
                integrations=frozenset(n for n, it in current.integrations.items() if it.is_open),
            ),
        )

    def bundle(self, bundle_id: str, version: int) -> Bundle:
        """Raises NotFound."""
        return self._bundles.one(bundle_id, version)

    def access_scope(self, scope_id: str, version: int) -> AccessScope:
        """Raises NotFound."""
        return self._access_scopes.one(scope_id, version)

    def _placed(self, current: CurrentSet) -> Mapping[str, Integration]:
        placed = current.integrations
        return {name: self._integrations.one(name, it.version) for name, it in placed.items()}

    def current_set(self) -> CurrentSet:
        """What counts now; the empty set before the first configuration."""
        return _read("configuration", "CURRENT", CurrentSet) or CurrentSet()

    def lineage(self, subject: str) -> Lineage:
        """How far a flow or integration has come."""
        return _read(subject, "LINEAGE", Lineage) or Lineage()

    def commit(
        self, before: Lineage, after: Lineage, event: Event, version: Value | None = None
    ) -> None:
        """Move a flow or integration on by one event, with its new version if there is one.

        Raises Lost unless its lineage still is as in `before`.
        """

        def fill(transaction: TransactWrite) -> None:
            transaction.save(
                _row(event.subject, "LINEAGE", after, after.number),
                condition=_still(before.number),
            )
            if version is not None:
                transaction.save(
                    _row(event.subject, _version_sk(after.latest), version),
                    condition=FlowRow.pk.does_not_exist(),
                )
            transaction.save(event_row(event), condition=RequestRow.pk.does_not_exist())

        transact(fill)

    def flip(self, before: CurrentSet, after: CurrentSet, event: Event) -> None:
        """Make another set count. Raises Lost unless `before` still does."""

        def fill(transaction: TransactWrite) -> None:
            transaction.save(
                _row("configuration", "CURRENT", after, after.generation),
                condition=_still(before.generation),
            )
            transaction.save(event_row(event), condition=RequestRow.pk.does_not_exist())

        transact(fill)


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
