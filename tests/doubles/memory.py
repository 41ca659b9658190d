"""Stores in memory, with the promises of the ports and nothing else.

`before_write` lets a test put another writer between a read and its write."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from accessflows.model.access_link import AccessLink, LinkChange, Proof
from accessflows.model.account import AccountSettings
from accessflows.model.condition import Group
from accessflows.model.delegation import Delegation
from accessflows.model.event import Change, Event
from accessflows.model.flow import AccessFlow, FlowVersion
from accessflows.model.guard import Limit
from accessflows.model.integration import Integration
from accessflows.model.lease import Lease, blank_leases
from accessflows.model.limits import PAGE_SIZE
from accessflows.model.on_call import OnCallPlan
from accessflows.model.person import Person, Role
from accessflows.model.refusal import NotFound
from accessflows.model.request import AccessRequest, Batch, Status
from accessflows.model.roll import Roll
from accessflows.model.target import Catalogue, Entitlement, Resource
from accessflows.model.trace import DecisionTrace
from accessflows.ports import (
    ApprovalLink,
    Health,
    Lost,
    Page,
    Snapshot,
    SomePeople,
    Submission,
)
from accessflows.rules.conditions import holds
from accessflows.rules.emergency import awaits_review
from accessflows.rules.fallback import built_in
from accessflows.rules.guard import counts, free_at

K = TypeVar("K")
V = TypeVar("V")


class MemoryRequests:
    """Requests in dictionaries."""

    def __init__(self) -> None:
        self.requests: dict[str, AccessRequest] = {}
        self.batch_rows: dict[tuple[str, int], Batch] = {}
        self.event_rows: dict[tuple[str, int], Event] = {}
        self.traces: dict[str, DecisionTrace] = {}
        self.submissions: dict[str, Submission] = {}
        self.links: dict[str, ApprovalLink] = {}
        self.notices: dict[str, str] = {}
        self.checkpoints: dict[str, str | None] = {}
        self.stars: set[tuple[str, str]] = set()
        self.access_links: dict[tuple[str, str], AccessLink] = {}
        self.lease_rows: dict[tuple[str, Entitlement], Lease] = {}
        self.writes = 0
        self.before_write: Callable[[], None] = lambda: None

    def get(self, request_id: str) -> AccessRequest:
        return _found(self.requests, request_id)

    def batches(self, request: AccessRequest) -> tuple[Batch, ...]:
        return tuple(self.batch(request.id, summary.number) for summary in request.batches)

    def batches_by_request(
        self, requests: Collection[AccessRequest]
    ) -> Mapping[str, tuple[Batch, ...]]:
        return {request.id: self.batches(request) for request in requests}

    def batch(self, request_id: str, number: int) -> Batch:
        return _found(self.batch_rows, (request_id, number))

    def trace(self, request_id: str) -> DecisionTrace:
        return _found(self.traces, request_id)

    def event(self, subject: str, number: int) -> Event:
        return _found(self.event_rows, (subject, number))

    def events(self, subject: str) -> tuple[Event, ...]:
        return tuple(event for (of, _), event in sorted(self.event_rows.items()) if of == subject)

    def events_before(self, subject: str, number: int, limit: int) -> tuple[Event, ...]:
        earlier = [event for event in self.events(subject) if event.number < number]
        return tuple(earlier[::-1][:limit])

    def submission(self, submission_id: str) -> Submission | None:
        return self.submissions.get(submission_id)

    def submit(
        self,
        submission: Submission,
        changes: Sequence[Change],
        batches: Iterable[Batch],
        traces: Mapping[str, DecisionTrace],
        link: LinkChange | None = None,
    ) -> None:
        self.before_write()
        self.batch_rows |= {(batch.request_id, batch.number): batch for batch in batches}
        self.traces |= traces
        self._must(submission.id not in self.submissions)
        if link:
            self.put_access_link(link)
        self.submissions[submission.id] = submission
        for change in changes:
            self._put(change)

    def commit(
        self,
        before: AccessRequest,
        change: Change,
        *,
        unclaimed: Sequence[Batch] = (),
        link: ApprovalLink | None = None,
    ) -> None:
        self.before_write()
        current = self.requests[before.id]
        self._must((current.version, current.status) == (before.version, before.status))
        self._must(all(self.batch(b.request_id, b.number) == b for b in unclaimed))
        if link:
            self._must(self.links[link.id].used_at is None)
            self.links[link.id] = link.but(used_at=change.event.at)
        self._put(change)

    def claim(
        self,
        before: Batch,
        after: Batch,
        statuses: Collection[Status],
        leases: Sequence[Lease] = (),
    ) -> None:
        self.before_write()
        self._must(self.requests[before.request_id].status in statuses)
        self._must_follow(leases)
        self._replace(before, after)
        self.put_leases(leases)

    def put_batch(self, before: Batch, after: Batch, leases: Sequence[Lease] = ()) -> None:
        self.before_write()
        self._must_follow(leases)
        self._replace(before, after)
        self.put_leases(leases)

    def put_leases(self, leases: Sequence[Lease]) -> None:
        self._must_follow(leases)
        self.lease_rows |= {(lease.principal, lease.entitlement): lease for lease in leases}

    def due(self, before: datetime) -> list[str]:
        due = [(r.due_at, r.id) for r in self.requests.values() if r.due_at and r.due_at < before]
        return [request_id for _, request_id in sorted(due)]

    def open_in_flow(self, flow_id: str, granted_before: datetime) -> list[str]:
        return sorted(
            r.id
            for r in self.requests.values()
            if r.is_open
            and r.flow.id == flow_id
            and (r.activated_at or r.submitted_at) < granted_before
        )

    def of_grantee(
        self, person_id: str, *, statuses: Collection[Status] = (), cursor: str | None = None
    ) -> Page:
        return self._page(lambda r: r.grantee_id == person_id, statuses)

    def of_requester(
        self, person_id: str, *, statuses: Collection[Status] = (), cursor: str | None = None
    ) -> Page:
        return self._page(lambda r: r.requester_id == person_id, statuses)

    def newest(
        self, *, until: datetime | None = None, cursor: str | None = None, limit: int = PAGE_SIZE
    ) -> Page:
        ids = sorted((i for i in self.requests if cursor is None or i < cursor), reverse=True)
        made = [self.requests[i] for i in ids]
        found = [r for r in made if cursor or until is None or r.submitted_at < until]
        more = len(found) > limit
        return Page(tuple(found[:limit]), found[limit - 1].id if more else None)

    def count_open(self, status: Status, most: int) -> int:
        return min(most, len(self._page(lambda r: r.is_open and r.status is status, ()).requests))

    def open_with(self, status: Status, *, cursor: str | None = None) -> Page:
        newest_first = self._page(lambda r: r.is_open and r.status is status, ())
        return Page(newest_first.requests[::-1], None)

    def unreviewed(self, person_ids: Collection[str]) -> list[str]:
        waiting = (r for r in self.requests.values() if awaits_review(r))
        return sorted(r.id for r in waiting if r.concerned & set(person_ids))

    def open_of_grantee(self, person_id: str) -> tuple[AccessRequest, ...]:
        found = [r for r in self.requests.values() if r.grantee_id == person_id and r.is_open]
        return tuple(sorted(found, key=lambda r: r.id, reverse=True))

    def closed_last(self, person_id: str, count: int) -> tuple[AccessRequest, ...]:
        closed = [
            (r.closed_at, r)
            for r in self.requests.values()
            if r.grantee_id == person_id and r.closed_at
        ]
        return tuple(r for _, r in sorted(closed, key=lambda it: it[0], reverse=True)[:count])

    def several(self, request_ids: Collection[str]) -> tuple[AccessRequest, ...]:
        found = [self.requests[key] for key in request_ids if key in self.requests]
        return tuple(sorted(found, key=lambda r: r.id, reverse=True))

    def star(self, person_id: str, request_id: str) -> None:
        self.stars.add((person_id, request_id))

    def unstar(self, person_id: str, request_id: str) -> None:
        self.stars.discard((person_id, request_id))

    def favourites(self, person_id: str) -> frozenset[str]:
        return frozenset(request_id for person, request_id in self.stars if person == person_id)

    def checkpoint(self, name: str) -> str | None:
        return self.checkpoints.get(name)

    def put_checkpoint(self, name: str, place: str | None) -> None:
        self.checkpoints[name] = place

    def put_link(self, link: ApprovalLink) -> None:
        self.links[link.id] = link

    def link(self, link_id: str) -> ApprovalLink:
        return _found(self.links, link_id)

    def put_access_link(self, change: LinkChange) -> None:
        key = (change.link.flow_id, change.link.id)
        known = self.access_links.get(key)
        self._must((known.number if known else 0) == change.event.number - 1)
        self.access_links[key] = change.link
        self.event_rows[change.event.subject, change.event.number] = change.event

    def claim_notice(self, notice_id: str, now: datetime) -> bool:
        if notice_id in self.notices:
            return False
        self.notices[notice_id] = "claimed"
        return True

    def mark_notice_sent(self, notice_id: str, now: datetime) -> None:
        self.notices[notice_id] = "sent"

    def release_notice(self, notice_id: str) -> None:
        self.notices.pop(notice_id, None)

    def _page(self, mine: Callable[[AccessRequest], bool], statuses: Collection[Status]) -> Page:
        found = [
            r for r in self.requests.values() if mine(r) and (not statuses or r.status in statuses)
        ]
        return Page(tuple(sorted(found, key=lambda r: r.id, reverse=True)), None)

    def _put(self, change: Change) -> None:
        key = (change.event.subject, change.event.number)
        self._must(key not in self.event_rows)
        self.requests[change.request.id] = change.request
        self.event_rows[key] = change.event
        self.writes += 1

    def _replace(self, before: Batch, after: Batch) -> None:
        key = (before.request_id, before.number)
        self._must(self.batch_rows[key].version == before.version)
        self.batch_rows[key] = after
        self.writes += 1

    def _must_follow(self, leases: Sequence[Lease]) -> None:
        for lease in leases:
            held = self.lease_rows.get((lease.principal, lease.entitlement))
            self._must((held.version if held else 0) == lease.version - 1)

    @staticmethod
    def _must(condition: bool) -> None:
        if not condition:
            raise Lost


class MemoryTries:
    """What was done, by limit and person; events stand with the others'."""

    def __init__(self, requests: MemoryRequests) -> None:
        self.requests = requests
        self.done: dict[tuple[str, str], set[tuple[datetime, str]]] = {}

    def count(self, limit: Limit, who: str, mark: str, now: datetime) -> datetime | None:
        done = self.done.setdefault((limit.guarded, who), set())
        done -= {one for one in done if not counts(one[0], limit, now)}
        if len(done) < limit.most or (now, mark) in done:
            done.add((now, mark))
            return None
        return free_at((at for at, _ in done), limit, now)

    def forget(self, limit: Limit, who: str, mark: str, now: datetime) -> None:
        self.done[limit.guarded, who].discard((now, mark))

    def told(self, subject: str) -> Event | None:
        return max(self.requests.events(subject), key=lambda event: event.number, default=None)

    def tell(self, event: Event) -> None:
        key = (event.subject, event.number)
        if key in self.requests.event_rows:
            raise Lost
        self.requests.event_rows[key] = event


class MemoryLeases:
    """Leases beside the batches that write them."""

    def __init__(self, requests: MemoryRequests) -> None:
        self.requests = requests

    def of(self, batch: Batch) -> tuple[Lease, ...]:
        rows = self.requests.lease_rows
        blank = blank_leases(batch)
        return tuple(rows.get((lease.principal, lease.entitlement), lease) for lease in blank)

    def put(self, leases: Sequence[Lease]) -> None:
        self.requests.before_write()
        self.requests.put_leases(leases)


class MemoryAccessLinks:
    """Links beside the requests that use them, and proofs, in dictionaries."""

    def __init__(self, requests: MemoryRequests) -> None:
        self.requests = requests
        self.proofs: dict[str, Proof] = {}

    def link(self, flow_id: str, link_id: str) -> AccessLink:
        return _found(self.requests.access_links, (flow_id, link_id))

    def links(self, flow_id: str, after: str | None) -> tuple[AccessLink, ...]:
        found = sorted(self.requests.access_links.items())
        beyond = [link for (of, i), link in found if of == flow_id and i > (after or "")]
        return tuple(beyond[:PAGE_SIZE])

    def put(self, change: LinkChange) -> None:
        self.requests.before_write()
        self.requests.put_access_link(change)

    def put_proof(self, proof: Proof) -> None:
        self.proofs[proof.id] = proof

    def proof(self, proof_id: str) -> Proof:
        return _found(self.proofs, proof_id)

    def prove(self, proof: Proof) -> None:
        if self.proofs[proof.id].proved_at is not None:
            raise Lost
        self.proofs[proof.id] = proof


class MemoryFlows:
    """Flow versions and integrations in dictionaries; `flows` are the current ones."""

    def __init__(
        self,
        flows: Iterable[AccessFlow],
        integrations: Iterable[Integration],
        catalogue: Catalogue | None = None,
    ) -> None:
        self.named = catalogue or Catalogue()
        self.flows = {flow.id: flow for flow in flows}
        self.versions = {flow.reference: flow for flow in self.flows.values()}
        self.account = AccountSettings()
        self.on_call_plan = OnCallPlan()
        self.integration_rows = {integration.id: integration for integration in integrations}
        self.closed_integrations: set[str] = set()

    def change(self, flow: AccessFlow) -> None:
        self.flows[flow.id] = flow
        self.versions[flow.reference] = flow

    def close(self, flow_id: str) -> None:
        del self.flows[flow_id]

    def current(self) -> tuple[AccessFlow, ...]:
        return tuple(self.flows.values())

    def version(self, reference: FlowVersion) -> AccessFlow:
        return built_in(reference) or _found(self.versions, reference)

    def on_call(self) -> OnCallPlan:
        return self.on_call_plan

    def integrations(self) -> Mapping[str, Integration]:
        return self.integration_rows

    def settings(self) -> AccountSettings:
        return self.account

    def snapshot(self) -> Snapshot:
        return Snapshot(
            flows=self.current(),
            settings=self.account,
            integrations=self.integration_rows,
            catalogue=self.named.but(
                integrations=frozenset(self.integration_rows.keys() - self.closed_integrations)
            ),
        )


class MemoryDirectory:
    """People in a dictionary. roll: reads who is on call when a condition asks."""

    def __init__(self, people: Iterable[Person], roll: Callable[[], Roll] = Roll) -> None:
        self.rows = {person.id: person for person in people}
        self.roll = roll
        self.delegations: dict[str, Delegation] = {}

    def change(self, person: Person) -> None:
        self.rows[person.id] = person

    def person(self, person_id: str) -> Person:
        return _found(self.rows, person_id).but(on_call=self.roll())

    def people(self, person_ids: Collection[str]) -> Mapping[str, Person]:
        return {key: self.person(key) for key in person_ids if key in self.rows}

    def matching(self, group: Group) -> tuple[Person, ...]:
        everyone = self.people(sorted(self.rows)).values()
        return tuple(person for person in everyone if person.active and holds(group, person))

    def some_matching(self, group: Group, most: int) -> SomePeople:
        found = self.matching(group)
        return SomePeople(found[:most], len(found) > most)

    def delegators(self, person_id: str, now: datetime) -> tuple[Person, ...]:
        running = [d for d in self.delegations.values() if d.runs(now)]
        named = {d.delegator_id for d in running if d.delegate_id == person_id}
        return tuple(person for _, person in sorted(self.people(named).items()) if person.active)

    def stand_ins(self, now: datetime) -> Mapping[str, tuple[str, ...]]:
        running = [d for d in self.delegations.values() if d.runs(now)]
        return {
            away: tuple(sorted({d.delegate_id for d in running if d.delegator_id == away}))
            for away in {d.delegator_id for d in running}
        }

    def admins(self) -> tuple[Person, ...]:
        return tuple(p for _, p in sorted(self.rows.items()) if p.active and Role.ADMIN in p.roles)


class MemoryInventory:
    """Resources in a dictionary."""

    def __init__(self, resources: Iterable[Resource] = ()) -> None:
        self.rows = {(r.integration, r.resource_type, r.name): r for r in resources}
        self.syncs: dict[str, Health] = {}

    def resources(
        self, keys: Collection[tuple[str, str, str]]
    ) -> Mapping[tuple[str, str, str], Resource]:
        return {key: self.rows[key] for key in keys if key in self.rows}

    def sole_resources(self, integrations: Collection[str]) -> Mapping[str, Resource]:
        of = {name: [r for k, r in self.rows.items() if k[0] == name] for name in integrations}
        return {name: rows[0] for name, rows in of.items() if len(rows) == 1}

    def resource_types(self, integration: str) -> tuple[str, ...]:
        return tuple(sorted({kind for of, kind, _ in self.rows if of == integration}))

    def page(
        self, integration: str, resource_type: str, *, after: str | None, limit: int
    ) -> tuple[Resource, ...]:
        names = sorted(n for of, kind, n in self.rows if (of, kind) == (integration, resource_type))
        beyond = [name for name in names if after is None or name > after]
        return tuple(self.rows[integration, resource_type, name] for name in beyond[:limit])

    def replace(self, integration: str, resources: Iterable[Resource], now: datetime) -> int:
        kept = {key: row for key, row in self.rows.items() if key[0] != integration}
        new = {(r.integration, r.resource_type, r.name): r for r in resources}
        changed = {k for k in {**self.rows, **new} if self.rows.get(k) != {**kept, **new}.get(k)}
        self.rows = {**kept, **new}
        self.syncs[integration] = Health(now, None, None)
        return len(changed)

    def note_failure(self, integration: str, error: str, now: datetime) -> None:
        before = self.syncs.get(integration, Health(None, None, None))
        self.syncs[integration] = before._replace(failed_at=now, error=error)

    def health(self, integrations: Collection[str]) -> Mapping[str, Health]:
        return {name: self.syncs[name] for name in integrations if name in self.syncs}


def _found(rows: Mapping[K, V], key: K) -> V:
    if key not in rows:
        raise NotFound(f"there is no {key}")
    return rows[key]
