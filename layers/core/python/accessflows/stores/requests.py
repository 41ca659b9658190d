"""The table of requests: requests, batches, events, traces, submissions, favourites, links,
notices, checkpoints, leases.

A row is one validated document, with attributes beside it for keys, indexes and conditions only."""

import base64
import binascii
import json
import zlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from heapq import merge
from itertools import islice
from math import ceil, sqrt
from typing import Any, TypeVar

from pynamodb.attributes import NumberAttribute, UnicodeAttribute, UnicodeSetAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.indexes import (
    AllProjection,
    GlobalSecondaryIndex,
    IncludeProjection,
    KeysOnlyProjection,
)
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite

from accessflows.model.access_link import LinkChange
from accessflows.model.event import Change, Event
from accessflows.model.lease import Lease
from accessflows.model.limits import NOTICE_CLAIM_FOR, PAGE_SIZE, SHARDS
from accessflows.model.refusal import BadInput, NotFound
from accessflows.model.request import AccessRequest, Batch, Status
from accessflows.model.trace import DecisionTrace
from accessflows.model.value import Value
from accessflows.ports import ApprovalLink, Lost, Page, Submission
from accessflows.rules.emergency import awaits_review
from accessflows.settings import Settings
from accessflows.stores.transactions import transact, write

_DUE_PER_SHARD = 100
_UNREVIEWED = "emergency"
# What lists need of a request's row; the rest of it is for keys, indexes and conditions.
_LISTED = ["id", "document"]
# In place of the instant: after every digit.
_OPEN = "open"
_AFTER_EVERY_ID = "~"
_NOTICES_KEPT_FOR = timedelta(days=30)
_LEASES_KEPT_FOR = timedelta(days=1)

V = TypeVar("V", bound=Value)


class ByDue(GlobalSecondaryIndex["RequestRow"]):
    """Open requests by the instant at which their status ends by itself."""

    class Meta:
        index_name = "by_due"
        projection = KeysOnlyProjection()

    due_shard = UnicodeAttribute(hash_key=True)
    due_at = UnicodeAttribute(range_key=True)


class ByGrantee(GlobalSecondaryIndex["RequestRow"]):
    """Requests by who receives."""

    class Meta:
        index_name = "by_grantee"
        projection = AllProjection()

    grantee_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)


class ByRequester(GlobalSecondaryIndex["RequestRow"]):
    """Requests by who asked."""

    class Meta:
        index_name = "by_requester"
        projection = AllProjection()

    requester_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)


class ByClosed(GlobalSecondaryIndex["RequestRow"]):
    """Requests by who receives and when they were closed; the open ones after all of those."""

    class Meta:
        index_name = "by_closed"
        projection = AllProjection()

    grantee_id = UnicodeAttribute(hash_key=True)
    closed_at = UnicodeAttribute(range_key=True)


class ByOpenFlow(GlobalSecondaryIndex["RequestRow"]):
    """Open requests of a flow, by when they were granted, else submitted."""

    class Meta:
        index_name = "by_open_flow"
        projection = KeysOnlyProjection()

    open_flow = UnicodeAttribute(hash_key=True)
    since = UnicodeAttribute(range_key=True)


class ByOpenStatus(GlobalSecondaryIndex["RequestRow"]):
    """Open requests by status."""

    class Meta:
        index_name = "by_open_status"
        projection = AllProjection()

    open_status = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)


class ByUnreviewed(GlobalSecondaryIndex["RequestRow"]):
    """Uses of emergency flows that await a review, by when they were submitted."""

    class Meta:
        index_name = "by_unreviewed"
        projection = IncludeProjection(["requester_id", "grantee_id"])

    unreviewed = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)


class ByAge(GlobalSecondaryIndex["RequestRow"]):
    """All requests by id, which tells when they were made, in shards."""

    class Meta:
        index_name = "by_age"
        projection = AllProjection()

    shard = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)


class RequestRow(Model):
    """Any row of the table; which, its keys tell."""

    class Meta:
        table_name = "accessflows-requests"

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    document = UnicodeAttribute(null=True)
    version = NumberAttribute(null=True)
    status = UnicodeAttribute(null=True)
    id = UnicodeAttribute(null=True)
    grantee_id = UnicodeAttribute(null=True)
    requester_id = UnicodeAttribute(null=True)
    shard = UnicodeAttribute(null=True)
    due_shard = UnicodeAttribute(null=True)
    due_at = UnicodeAttribute(null=True)
    open_flow = UnicodeAttribute(null=True)
    open_status = UnicodeAttribute(null=True)
    unreviewed = UnicodeAttribute(null=True)
    since = UnicodeAttribute(null=True)
    closed_at = UnicodeAttribute(null=True)
    used_at = UnicodeAttribute(null=True)
    claimed_until = UnicodeAttribute(null=True)
    sent_at = UnicodeAttribute(null=True)
    tries = UnicodeSetAttribute(null=True)
    expires_at = NumberAttribute(null=True)

    by_due = ByDue()
    by_grantee = ByGrantee()
    by_requester = ByRequester()
    by_open_flow = ByOpenFlow()
    by_open_status = ByOpenStatus()
    by_unreviewed = ByUnreviewed()
    by_closed = ByClosed()
    by_age = ByAge()


def event_row(event: Event) -> RequestRow:
    """The outbox row of an event, to be put if absent."""
    return RequestRow(event.subject, f"EVENT#{event.number:06d}", document=_json(event))


def save_link_change(transaction: TransactWrite, change: LinkChange) -> None:
    """An access link's change, on condition that its chain has not gone on."""
    before = change.event.number - 1
    absent = RequestRow.pk.does_not_exist()
    row = RequestRow(
        f"access_links:{change.link.flow_id}",
        f"LINK#{change.link.id}",
        document=_json(change.link),
        version=change.link.number,
    )
    transaction.save(row, condition=RequestRow.version == before if before else absent)
    transaction.save(event_row(change.event), condition=absent)


def save_leases(transaction: TransactWrite, leases: Iterable[Lease]) -> None:
    """Each on condition that its row has the version before; a blank one has no row."""
    for lease in leases:
        before = lease.version - 1
        absent = RequestRow.pk.does_not_exist()
        condition = RequestRow.version == before if before else absent
        transaction.save(_lease_row(lease), condition=condition)


class DynamoRequests:
    """Requests in DynamoDB. Reads by key are consistent; lists follow their index."""

    def __init__(self, settings: Settings) -> None:
        RequestRow.Meta.table_name = settings.requests_table

    def get(self, request_id: str) -> AccessRequest:
        return self._read(f"request:{request_id}", "REQUEST", AccessRequest)

    def batches(self, request: AccessRequest) -> tuple[Batch, ...]:
        return self.batches_by_request((request,))[request.id]

    def batches_by_request(
        self, requests: Collection[AccessRequest]
    ) -> Mapping[str, tuple[Batch, ...]]:
        keys = [(r.subject, _batch_sk(summary.number)) for r in requests for summary in r.batches]
        found: dict[str, list[Batch]] = {request.id: [] for request in requests}
        for row in RequestRow.batch_get(keys, consistent_read=True):
            batch = Batch.model_validate_json(row.document)
            found[batch.request_id].append(batch)
        return {
            request_id: tuple(sorted(batches, key=lambda batch: batch.number))
            for request_id, batches in found.items()
        }

    def batch(self, request_id: str, number: int) -> Batch:
        return self._read(f"request:{request_id}", _batch_sk(number), Batch)

    def trace(self, request_id: str) -> DecisionTrace:
        return self._read(f"request:{request_id}", "TRACE", DecisionTrace)

    def event(self, subject: str, number: int) -> Event:
        return self._read(subject, f"EVENT#{number:06d}", Event)

    def events(self, subject: str) -> tuple[Event, ...]:
        rows = RequestRow.query(subject, RequestRow.sk.startswith("EVENT#"), consistent_read=True)
        return tuple(Event.model_validate_json(row.document) for row in rows)

    def events_before(self, subject: str, number: int, limit: int) -> tuple[Event, ...]:
        """The latest of a subject's events whose number is smaller, the latest first."""
        earlier = RequestRow.sk.between("EVENT#", f"EVENT#{number - 1:06d}")
        rows = RequestRow.query(
            subject, earlier, consistent_read=True, scan_index_forward=False, limit=limit
        )
        return tuple(Event.model_validate_json(row.document) for row in rows)

    def submission(self, submission_id: str) -> Submission | None:
        try:
            return self._read(f"submission:{submission_id}", "SUBMISSION", Submission)
        except NotFound:
            return None

    def submit(
        self,
        submission: Submission,
        changes: Sequence[Change],
        batches: Iterable[Batch],
        traces: Mapping[str, DecisionTrace],
        link: LinkChange | None = None,
    ) -> None:
        with RequestRow.batch_write() as writing:
            for batch in batches:
                writing.save(_batch_row(batch))
            for request_id, trace in traces.items():
                writing.save(RequestRow(f"request:{request_id}", "TRACE", document=_json(trace)))

        def fill(transaction: TransactWrite) -> None:
            absent = RequestRow.pk.does_not_exist()
            row = RequestRow(
                f"submission:{submission.id}", "SUBMISSION", document=_json(submission)
            )
            transaction.save(row, condition=absent)
            for change in changes:
                transaction.save(_request_row(change.request), condition=absent)
                transaction.save(event_row(change.event), condition=absent)
            if link:
                save_link_change(transaction, link)

        transact(fill)

    def commit(
        self,
        before: AccessRequest,
        change: Change,
        *,
        unclaimed: Sequence[Batch] = (),
        link: ApprovalLink | None = None,
    ) -> None:
        def fill(transaction: TransactWrite) -> None:
            unchanged = (RequestRow.version == before.version) & (
                RequestRow.status == before.status.value
            )
            transaction.save(_request_row(change.request), condition=unchanged)
            transaction.save(event_row(change.event), condition=RequestRow.pk.does_not_exist())
            for batch in unclaimed:
                transaction.condition_check(
                    RequestRow,
                    f"request:{batch.request_id}",
                    _batch_sk(batch.number),
                    condition=RequestRow.version == batch.version,
                )
            if link:
                used = link.but(used_at=change.event.at)
                unused = RequestRow.pk.exists() & RequestRow.used_at.does_not_exist()
                transaction.save(_link_row(used), condition=unused)

        transact(fill)

    def claim(
        self,
        before: Batch,
        after: Batch,
        statuses: Collection[Status],
        leases: Sequence[Lease] = (),
    ) -> None:
        def fill(transaction: TransactWrite) -> None:
            transaction.condition_check(
                RequestRow,
                f"request:{before.request_id}",
                "REQUEST",
                condition=RequestRow.status.is_in(*sorted(statuses)),
            )
            transaction.save(_batch_row(after), condition=RequestRow.version == before.version)
            save_leases(transaction, leases)

        transact(fill)

    def put_batch(self, before: Batch, after: Batch, leases: Sequence[Lease] = ()) -> None:
        unchanged = RequestRow.version == before.version
        if not leases:
            write(lambda: _batch_row(after).save(condition=unchanged))
            return

        def fill(transaction: TransactWrite) -> None:
            transaction.save(_batch_row(after), condition=unchanged)
            save_leases(transaction, leases)

        transact(fill)

    def due(self, before: datetime) -> list[str]:
        found: list[tuple[str, str]] = []
        for shard in range(SHARDS):
            rows = RequestRow.by_due.query(
                str(shard), ByDue.due_at < instant_text(before), limit=_DUE_PER_SHARD
            )
            found.extend((row.due_at or "", row.pk) for row in rows)
        return [pk.removeprefix("request:") for _, pk in sorted(found)]

    def open_in_flow(self, flow_id: str, granted_before: datetime) -> list[str]:
        rows = RequestRow.by_open_flow.query(
            flow_id, ByOpenFlow.since < instant_text(granted_before)
        )
        return [row.pk.removeprefix("request:") for row in rows]

    def of_grantee(
        self, person_id: str, *, statuses: Collection[Status] = (), cursor: str | None = None
    ) -> Page:
        return self._page(RequestRow.by_grantee, person_id, statuses, cursor)

    def of_requester(
        self, person_id: str, *, statuses: Collection[Status] = (), cursor: str | None = None
    ) -> Page:
        return self._page(RequestRow.by_requester, person_id, statuses, cursor)

    def newest(
        self, *, until: datetime | None = None, cursor: str | None = None, limit: int = PAGE_SIZE
    ) -> Page:
        before = cursor or (_first_id(until) if until else _AFTER_EVERY_ID)
        # As many as hardly any shard has more of, since ids spread over them by chance.
        evenly = limit / SHARDS
        at_once = ceil(evenly + 3 * sqrt(evenly))
        shards = (
            RequestRow.by_age.query(
                str(shard),
                ByAge.id < before,
                scan_index_forward=False,
                page_size=at_once,
                attributes_to_get=_LISTED,
            )
            for shard in range(SHARDS)
        )
        # Each shard is read as far as the merge gets, a few rows ahead.
        rows = list(islice(merge(*shards, key=lambda row: row.id or "", reverse=True), limit))
        return Page(_requests(rows), rows[-1].id if len(rows) == limit else None)

    def count_open(self, status: Status, most: int) -> int:
        rows = RequestRow.by_open_status.query(
            status.value, attributes_to_get=["pk"], limit=most, page_size=most
        )
        return sum(1 for _ in rows)

    def open_with(self, status: Status, *, cursor: str | None = None) -> Page:
        index = RequestRow.by_open_status
        return self._page(index, status.value, (), cursor, newest_first=False)

    def unreviewed(self, person_ids: Collection[str]) -> list[str]:
        people = sorted(person_ids)
        theirs = RequestRow.requester_id.is_in(*people) | RequestRow.grantee_id.is_in(*people)
        rows = RequestRow.by_unreviewed.query(_UNREVIEWED, filter_condition=theirs)
        return [row.id for row in rows if row.id]

    def open_of_grantee(self, person_id: str) -> tuple[AccessRequest, ...]:
        rows = RequestRow.by_closed.query(
            person_id, ByClosed.closed_at == _OPEN, attributes_to_get=_LISTED
        )
        return tuple(sorted(_requests(rows), key=lambda request: request.id, reverse=True))

    def closed_last(self, person_id: str, count: int) -> tuple[AccessRequest, ...]:
        rows = RequestRow.by_closed.query(
            person_id,
            ByClosed.closed_at < _OPEN,
            scan_index_forward=False,
            limit=count,
            page_size=count,
            attributes_to_get=_LISTED,
        )
        return _requests(rows)

    def several(self, request_ids: Collection[str]) -> tuple[AccessRequest, ...]:
        keys = [(f"request:{request_id}", "REQUEST") for request_id in request_ids]
        rows = RequestRow.batch_get(keys, consistent_read=True) if keys else ()
        return tuple(sorted(_requests(rows), key=lambda request: request.id, reverse=True))

    def star(self, person_id: str, request_id: str) -> None:
        _star_row(person_id, request_id, is_starred=True).save()

    def unstar(self, person_id: str, request_id: str) -> None:
        _star_row(person_id, request_id, is_starred=False).save()

    def favourites(self, person_id: str) -> frozenset[str]:
        rows = RequestRow.query(f"favourites:{person_id}", consistent_read=True)
        return frozenset(row.id for row in rows if row.id)

    def checkpoint(self, name: str) -> str | None:
        try:
            row = RequestRow.get(f"checkpoint:{name}", "CHECKPOINT", consistent_read=True)
        except RequestRow.DoesNotExist:
            return None
        return row.document

    def put_checkpoint(self, name: str, place: str | None) -> None:
        RequestRow(f"checkpoint:{name}", "CHECKPOINT", document=place).save()

    def put_link(self, link: ApprovalLink) -> None:
        _link_row(link).save()

    def link(self, link_id: str) -> ApprovalLink:
        return self._read(f"link:{link_id}", "LINK", ApprovalLink)

    def claim_notice(self, notice_id: str, now: datetime) -> bool:
        free = RequestRow.pk.does_not_exist() | (
            RequestRow.sent_at.does_not_exist() & (RequestRow.claimed_until < instant_text(now))
        )
        row = _notice_row(notice_id, now)
        row.claimed_until = instant_text(now + NOTICE_CLAIM_FOR)
        try:
            write(lambda: row.save(condition=free))
        except Lost:
            return False
        return True

    def mark_notice_sent(self, notice_id: str, now: datetime) -> None:
        row = _notice_row(notice_id, now)
        row.sent_at = instant_text(now)
        row.save()

    def release_notice(self, notice_id: str) -> None:
        row = RequestRow(f"notice:{notice_id}", "NOTICE", claimed_until="")
        row.save(condition=RequestRow.sent_at.does_not_exist())

    def _read(self, pk: str, sk: str, kind: type[V]) -> V:
        try:
            row = RequestRow.get(pk, sk, consistent_read=True)
        except RequestRow.DoesNotExist:
            raise NotFound(f"there is no {pk.replace(':', ' ', 1)}") from None
        return kind.model_validate_json(row.document or "")

    def _page(
        self,
        index: GlobalSecondaryIndex[RequestRow],
        key: str,
        statuses: Collection[Status],
        cursor: str | None,
        *,
        newest_first: bool = True,
    ) -> Page:
        wanted: Condition | None = None
        if statuses:
            wanted = RequestRow.status.is_in(*sorted(statuses))
        rows = index.query(
            key,
            filter_condition=wanted,
            scan_index_forward=not newest_first,
            limit=PAGE_SIZE,
            page_size=PAGE_SIZE,
            last_evaluated_key=_decode(cursor),
            attributes_to_get=_LISTED,
        )
        return Page(_requests(rows), _encode(rows.last_evaluated_key))


def _requests(rows: Iterable[RequestRow]) -> tuple[AccessRequest, ...]:
    return tuple(AccessRequest.model_validate_json(row.document or "") for row in rows)


def _request_row(request: AccessRequest) -> RequestRow:
    granted = request.activated_at or request.submitted_at
    return RequestRow(
        request.subject,
        "REQUEST",
        document=_json(request),
        version=request.version,
        status=request.status.value,
        id=request.id,
        grantee_id=request.grantee_id,
        requester_id=request.requester_id,
        shard=shard_of(request.id),
        due_shard=shard_of(request.id) if request.due_at else None,
        due_at=instant_text(request.due_at) if request.due_at else None,
        open_flow=request.flow.id if request.is_open else None,
        open_status=request.status.value if request.is_open else None,
        unreviewed=_UNREVIEWED if awaits_review(request) else None,
        since=instant_text(granted) if request.is_open else None,
        closed_at=instant_text(request.closed_at) if request.closed_at else _OPEN,
    )


def _batch_row(batch: Batch) -> RequestRow:
    return RequestRow(
        f"request:{batch.request_id}",
        _batch_sk(batch.number),
        document=_json(batch),
        version=batch.version,
    )


def lease_key(lease: Lease) -> tuple[str, str]:
    """JSON, since names at targets hold any character."""
    it = lease.entitlement
    what = json.dumps([it.resource_type, it.resource, it.permission], ensure_ascii=False)
    return f"lease:{it.integration}:{lease.principal}", f"LEASE#{what}"


def _lease_row(lease: Lease) -> RequestRow:
    """No role may delete a row of this table: an empty one goes by itself, long after any call."""
    empty_since = lease.empty_since
    expires_at = int((empty_since + _LEASES_KEPT_FOR).timestamp()) if empty_since else None
    return RequestRow(
        *lease_key(lease), document=_json(lease), version=lease.version, expires_at=expires_at
    )


def _link_row(link: ApprovalLink) -> RequestRow:
    used_at = instant_text(link.used_at) if link.used_at else None
    return RequestRow(f"link:{link.id}", "LINK", document=_json(link), used_at=used_at)


def _notice_row(notice_id: str, now: datetime) -> RequestRow:
    expires_at = int((now + _NOTICES_KEPT_FOR).timestamp())
    return RequestRow(f"notice:{notice_id}", "NOTICE", expires_at=expires_at)


def _star_row(person_id: str, request_id: str, *, is_starred: bool) -> RequestRow:
    """Without `id` it is no favourite any more: no role may delete a row of this table."""
    starred = request_id if is_starred else None
    return RequestRow(f"favourites:{person_id}", f"REQUEST#{request_id}", id=starred)


def _first_id(at: datetime) -> str:
    """The smallest id that could have been made at an instant."""
    from ulid import ULID

    milliseconds = int(at.timestamp() * 1000)
    return str(ULID(milliseconds.to_bytes(6, "big") + bytes(10)))


def _batch_sk(number: int) -> str:
    return f"BATCH#{number:03d}"


def shard_of(request_id: str) -> str:
    """The part of the indexes by age and by due that a request is in."""
    return str(zlib.crc32(request_id.encode()) % SHARDS)


def instant_text(instant: datetime) -> str:
    """Fixed width, so that text sorts as time does."""
    return instant.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _json(value: Value) -> str:
    return value.model_dump_json(by_alias=True, exclude_none=True)


def _encode(key: dict[str, Any] | None) -> str | None:
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode() if key else None


def _decode(cursor: str | None) -> dict[str, Any] | None:
    if cursor is None:
        return None
    try:
        key: dict[str, Any] = json.loads(base64.urlsafe_b64decode(cursor))
    except (binascii.Error, ValueError) as error:
        raise BadInput("this cursor is none that a list gave; begin without one") from error
    return key
