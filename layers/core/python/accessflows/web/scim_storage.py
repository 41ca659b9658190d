"""The directory as storage of a SCIM server: one source's users and groups.

The library speaks the protocol; here every call becomes one of ours, and our refusals become the
protocol's. Look-ups by a key read a key; any other filter reads the source's entries."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Protocol, cast

from scim2_models import (
    Group,
    GroupMember,
    InvalidValueException,
    Meta,
    NotFoundException,
    PreconditionFailedException,
    Reference,
    Resource,
    ResourceType,
    ResponseParameters,
    SearchRequest,
    TooManyException,
    UniquenessException,
)
from scim2_models.path import CompareOperator, Comparison, LogicalExpr, LogicalOperator, ValuePath
from scim2_server.storage import ScimStorage, SearchPage

from accessflows.actions import source_groups, source_users
from accessflows.model.refusal import (
    AddressTaken,
    AlreadyExists,
    BadInput,
    ChangedMeanwhile,
    NotFound,
)
from accessflows.model.source_entry import (
    DISPLAY_NAME,
    EMAIL,
    EXTERNAL_ID,
    USER_NAME,
    EntryKind,
    SourceEntry,
)
from accessflows.ports import Lost
from accessflows.web.scim_people import ScimUser, document, source_user

_KEYS = {
    "username": USER_NAME,
    "externalid": EXTERNAL_ID,
    "displayname": DISPLAY_NAME,
    "emails": EMAIL,
    "emails.value": EMAIL,
}
_EXACT = frozenset({EXTERNAL_ID, "id"})
_ORDER = {EntryKind.USER: USER_NAME, EntryKind.GROUP: DISPLAY_NAME}
# A filter that no key answers looks at this many entries at most.
MOST_FILTERED = 10_000
# How long a call lets records follow a change of members; the rest is done behind it.
SETTLES_FOR = timedelta(seconds=8)


class Sources(source_users.UserStore, source_groups.GroupStore, Protocol):
    """What is needed of the directory besides."""

    def every(self, source: str, kind: EntryKind) -> Iterator[SourceEntry]: ...

    def listed(self, source: str, kind: EntryKind, attribute: str) -> list[str]: ...


class DirectoryStorage(ScimStorage):
    """What one identity source keeps here."""

    def __init__(
        self,
        store: Sources,
        source: str,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._store = store
        self._source = source
        self._clock = clock
        self._new_id = new_id

    def get(
        self,
        resource_type: ResourceType,
        resource_id: str,
        *,
        response_parameters: ResponseParameters[Any] | None = None,  # noqa: ARG002 - the port's
    ) -> Resource[Any]:
        entry = self._store.entry(self._source, _kind(resource_type), resource_id)
        if entry is None:
            raise _missing(resource_type, resource_id)
        return self._resource(entry)

    def search(
        self,
        resource_types: list[ResourceType],
        search_request: SearchRequest[Any],
        *,
        position: Any = None,  # noqa: ARG002 - the port's
    ) -> SearchPage:
        kinds = [_kind(resource_type) for resource_type in resource_types]
        start = search_request.start_index_0 or 0
        stop = None if search_request.count is None else start + search_request.count
        if search_request.filter is None:
            listed = [
                (kind, entry_id)
                for kind in kinds
                for entry_id in self._store.listed(self._source, kind, _ORDER[kind])
            ]
            return SearchPage(len(listed), list(self._several(listed[start:stop])))
        found = [
            resource
            for kind in kinds
            for entry in self._candidates(kind, search_request.filter)
            if search_request.filter.match(resource := self._resource(entry))
        ]
        return SearchPage(len(found), found[start:stop])

    def create(self, resource_type: ResourceType, resource: Resource[Any]) -> Resource[Any]:
        if isinstance(resource, Group):
            group_id = self._new_id().lower()
            return self._put_group(None, group_id, resource)
        with _Translated(resource_type):
            user = source_user(_user(resource))
            entry = source_users.create_user(
                self._store, self._source, user, self._clock(), self._new_id
            )
        return self._resource(entry)

    def update(
        self,
        resource_type: ResourceType,
        resource: Resource[Any],
        *,
        expected_version: str | None = None,
    ) -> Resource[Any]:
        version = _number(expected_version)
        resource_id = resource.id or ""
        if isinstance(resource, Group):
            before = self._store.entry(self._source, EntryKind.GROUP, resource_id)
            if before is None:
                raise _missing(resource_type, resource_id)
            if version is not None and before.version != version:
                raise PreconditionFailedException
            return self._put_group(before, resource_id, resource)
        with _Translated(resource_type):
            user = source_user(_user(resource))
            entry = source_users.replace_user(
                self._store, self._source, resource_id, user, self._clock(), version
            )
        return self._resource(entry)

    def delete(
        self,
        resource_type: ResourceType,
        resource_id: str,
        *,
        expected_version: str | None = None,
    ) -> None:
        version = _number(expected_version)
        with _Translated(resource_type):
            if _kind(resource_type) is EntryKind.USER:
                source_users.delete_user(
                    self._store, self._source, resource_id, self._clock(), version
                )
            else:
                until = self._clock() + SETTLES_FOR
                source_groups.delete_source_group(
                    self._store, self._source, resource_id, self._clock, until, version
                )

    def _put_group(
        self, before: SourceEntry | None, group_id: str, resource: Group
    ) -> Resource[Any]:
        now = self._clock()
        name = resource.display_name or ""
        if not 0 < len(name) <= 500:
            raise InvalidValueException(detail="displayName needs 1 to 500 characters")
        entry = SourceEntry(
            source=self._source,
            kind=EntryKind.GROUP,
            id=group_id,
            version=before.version + 1 if before else 1,
            created_at=before.created_at if before else now,
            changed_at=now,
            document=document(resource),
            found_by={
                DISPLAY_NAME: (name.casefold(),),
                **({EXTERNAL_ID: (resource.external_id,)} if resource.external_id else {}),
            },
        )
        with _Translated(None):
            source_groups.put_source_group(
                self._store,
                before,
                entry,
                name,
                _members(resource),
                self._clock,
                now + SETTLES_FOR,
            )
        return self._resource(entry)

    def _several(self, listed: Iterable[tuple[EntryKind, str]]) -> Iterator[Resource[Any]]:
        by_kind: dict[EntryKind, list[str]] = {}
        for kind, entry_id in listed:
            by_kind.setdefault(kind, []).append(entry_id)
        for kind, ids in by_kind.items():
            yield from map(self._resource, self._store.entries(self._source, kind, ids))

    def _candidates(self, kind: EntryKind, wanted: Any) -> Iterator[SourceEntry]:
        for node in _comparisons(wanted.ast):
            ids = self._looked_up(kind, node)
            if ids is not None:
                yield from self._store.entries(self._source, kind, ids)
                return
        for seen, entry in enumerate(self._store.every(self._source, kind)):
            if seen == MOST_FILTERED:
                raise TooManyException(
                    detail="filter by userName, externalId, displayName, emails.value or id"
                )
            yield entry

    def _looked_up(self, kind: EntryKind, node: Comparison) -> list[str] | None:
        name = str(node.attr_path).rpartition(":")[2].casefold()
        if node.op is not CompareOperator.eq or not isinstance(node.value, str):
            return None
        if name == "id":
            return [node.value]
        if name == "members.value" and kind is EntryKind.GROUP:
            record = self._store.known(node.value).record
            profile = record.profiles.get(self._source) if record else None
            return list(profile.groups) if profile else []
        attribute = _KEYS.get(name)
        if attribute is None:
            return None
        value = node.value if attribute in _EXACT else node.value.casefold()
        return self._store.found(self._source, kind, attribute, value)

    def _resource(self, entry: SourceEntry) -> Resource[Any]:
        meta = Meta(
            resource_type=entry.kind.capitalize(),
            created=entry.created_at,
            last_modified=entry.changed_at,
            version=f'W/"{entry.version}"',
        )
        model: type[Resource[Any]] = ScimUser if entry.kind is EntryKind.USER else Group
        resource = model.model_validate(entry.document)
        resource.id, resource.meta = entry.id, meta
        if isinstance(resource, Group):
            resource.members = [
                GroupMember(
                    value=person_id,
                    type="User",
                    ref=Reference(f"Users/{person_id}"),
                    display=display,
                )
                for person_id, display in source_groups.members(
                    self._store, self._source, entry.id
                ).items()
            ] or None
        return resource


class _Translated:
    """Our refusals in the protocol's words."""

    def __init__(self, resource_type: ResourceType | None) -> None:
        self._resource_type = resource_type

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        match error:
            case NotFound():
                raise NotFoundException(detail=str(error)) from error
            case AlreadyExists() | AddressTaken():
                raise UniquenessException(detail=str(error)) from error
            case ChangedMeanwhile() | Lost():
                raise PreconditionFailedException(detail=str(error) or None) from error
            case BadInput():
                raise InvalidValueException(detail=str(error)) from error


def _kind(resource_type: ResourceType) -> EntryKind:
    return EntryKind((resource_type.name or "").lower())


def _user(resource: Resource[Any]) -> ScimUser:
    """The library has made it of the model that the service names."""
    return cast("ScimUser", resource)


def _number(version: str | None) -> int | None:
    return int(version.removeprefix("W/").strip('"')) if version else None


def _members(group: Group) -> dict[str, str | None]:
    nested = [m.value for m in group.members or () if m.type and m.type.casefold() == "group"]
    if nested:
        raise InvalidValueException(detail="a group cannot be a member: send its users")
    return {member.value: member.display for member in group.members or () if member.value}


def _comparisons(node: Any) -> Iterator[Comparison]:
    """The comparisons that every match must meet."""
    if isinstance(node, Comparison):
        yield node
    elif isinstance(node, ValuePath):
        # `emails[type eq "work"].value eq "..."`: some entry meets all of it.
        for inner in _comparisons(node.val_filter):
            yield replace(inner, attr_path=replace(node.attr_path, sub_attr=inner.attr_path.attr))
    elif isinstance(node, LogicalExpr) and node.op is LogicalOperator.and_:
        for term in node.terms:
            yield from _comparisons(term)


def _missing(resource_type: ResourceType, resource_id: str) -> NotFoundException:
    return NotFoundException(detail=f"{resource_type.name} {resource_id!r} not found")
