"""The table of resources, as the last sync of each integration saw them.

pk                            sk      document
{integration}#{resource type}  {name}  the resource
{integration}                  SYNC    the types ever seen, when it was last read
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from pynamodb.attributes import UnicodeAttribute
from pynamodb.models import Model

from accessflows.model.target import Resource
from accessflows.model.value import Instant, Value
from accessflows.ports import Health
from accessflows.settings import Settings

ResourceKey = tuple[str, str, str]
_LONGEST_ERROR = 500


class InventoryRow(Model):
    """Any row of the table; which, its keys tell."""

    class Meta:
        table_name = "accessflows-inventory"

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    document = UnicodeAttribute()


class _Sync(Value):
    """What is remembered of an integration: without it nobody would know where to look.

    sole: type and name of its only resource, where it has one only.
    failed_at, error: of the last try, where it failed.
    """

    resource_types: tuple[str, ...] = ()
    sole: tuple[str, str] | None = None
    synced_at: Instant | None = None
    failed_at: Instant | None = None
    error: str | None = None


class DynamoInventory:
    """The inventory in DynamoDB."""

    def __init__(self, settings: Settings) -> None:
        InventoryRow.Meta.table_name = settings.inventory_table

    def resources(self, keys: Collection[ResourceKey]) -> Mapping[ResourceKey, Resource]:
        if not keys:
            return {}
        asked = {(_pk(integration, kind), name) for integration, kind, name in keys}
        found = (_resource(row) for row in InventoryRow.batch_get(asked))
        return {_key(resource): resource for resource in found}

    def sole_resources(self, integrations: Collection[str]) -> Mapping[str, Resource]:
        if not integrations:
            return {}
        rows = InventoryRow.batch_get([(integration, "SYNC") for integration in integrations])
        synced = ((row.pk, _Sync.model_validate_json(row.document)) for row in rows)
        keys = [(integration, *sync.sole) for integration, sync in synced if sync.sole]
        return {key[0]: resource for key, resource in self.resources(keys).items()}

    def resource_types(self, integration: str) -> tuple[str, ...]:
        return self._sync(integration).resource_types

    def page(
        self, integration: str, resource_type: str, *, after: str | None, limit: int
    ) -> tuple[Resource, ...]:
        beyond = None if after is None else InventoryRow.sk > after
        rows = InventoryRow.query(
            _pk(integration, resource_type), beyond, limit=limit, page_size=limit
        )
        return tuple(map(_resource, rows))

    def replace(self, integration: str, resources: Iterable[Resource], now: datetime) -> int:
        """Types are remembered before their resources: the next sync completes one that died."""
        wanted = {_key(resource): resource for resource in resources}
        known = self._sync(integration).resource_types
        types = tuple(sorted({*known, *(kind for _, kind, _ in wanted)}))
        only = next(iter(wanted)) if len(wanted) == 1 else None
        sync = _Sync(resource_types=types, sole=only and only[1:], synced_at=now)
        InventoryRow(integration, "SYNC", document=sync.model_dump_json()).save()
        held = {
            _key(resource): resource
            for kind in types
            for resource in map(_resource, InventoryRow.query(_pk(integration, kind)))
        }
        changed = [resource for key, resource in wanted.items() if held.get(key) != resource]
        gone = [resource for key, resource in held.items() if key not in wanted]
        if changed or gone:
            with InventoryRow.batch_write() as writing:
                for resource in changed:
                    writing.save(_row(resource))
                for resource in gone:
                    writing.delete(_row(resource))
        return len(changed) + len(gone)

    def note_failure(self, integration: str, error: str, now: datetime) -> None:
        sync = self._sync(integration).but(failed_at=now, error=error[:_LONGEST_ERROR])
        InventoryRow(integration, "SYNC", document=sync.model_dump_json()).save()

    def health(self, integrations: Collection[str]) -> Mapping[str, Health]:
        rows = InventoryRow.batch_get([(each, "SYNC") for each in integrations])
        synced = {row.pk: _Sync.model_validate_json(row.document) for row in rows}
        return {
            name: Health(sync.synced_at, sync.failed_at, sync.error)
            for name, sync in synced.items()
        }

    def _sync(self, integration: str) -> _Sync:
        try:
            row = InventoryRow.get(integration, "SYNC", consistent_read=True)
        except InventoryRow.DoesNotExist:
            return _Sync()
        return _Sync.model_validate_json(row.document)


def _pk(integration: str, resource_type: str) -> str:
    return f"{integration}#{resource_type}"


def _key(resource: Resource) -> ResourceKey:
    return resource.integration, resource.resource_type, resource.name


def _row(resource: Resource) -> InventoryRow:
    pk = _pk(resource.integration, resource.resource_type)
    document = resource.model_dump_json(by_alias=True, exclude_none=True)
    return InventoryRow(pk, resource.name, document=document)


def _resource(row: InventoryRow) -> Resource:
    return Resource.model_validate_json(row.document)
