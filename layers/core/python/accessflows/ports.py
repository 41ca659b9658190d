"""Ports: what actions need from the outside, each with more than one implementation
(DynamoDB or a target in production, memory or a fault-injecting wrapper in tests)."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from pydantic import Field, computed_field

from accessflows.model.access_link import LinkChange
from accessflows.model.account import AccountSettings
from accessflows.model.condition import Group
from accessflows.model.dossier import Dossier
from accessflows.model.event import Change, Event, EventKind
from accessflows.model.flow import AccessFlow, FlowVersion
from accessflows.model.guard import Limit
from accessflows.model.impact import Impact
from accessflows.model.integration import Integration, Kind
from accessflows.model.lease import Lease
from accessflows.model.limits import PAGE_SIZE
from accessflows.model.notice import AnyNotice, NoticeKind
from accessflows.model.on_call import OnCallPlan
from accessflows.model.person import Person
from accessflows.model.request import AccessRequest, Batch, Status
from accessflows.model.roll import Shift
from accessflows.model.second_factor import SecondFactor
from accessflows.model.target import Catalogue, Entitlement, Resource
from accessflows.model.trace import DecisionTrace
from accessflows.model.value import Instant, Message, Value


class Lost(Exception):
    """Someone else wrote the row first: read it again and decide again."""


class Submission(Value):
    """One call that asked for access: who, what body (hashed), what became of it."""

    id: str
    caller_id: str
    body_hash: str
    request_ids: tuple[str, ...]
    at: Instant


class ApprovalLink(Value):
    """The single-use row behind a mailed link.

    fingerprint: hash over what is asked (entitlements, duration, grantee); a link for
        another fingerprint is outdated.
    """

    id: str
    request_id: str
    approver_id: str
    fingerprint: str
    created_at: Instant
    used_at: Instant | None = None


class Page(NamedTuple):
    """Some requests, newest first unless said otherwise, and the list's next cursor, if any."""

    requests: tuple[AccessRequest, ...]
    cursor: str | None


class Requests(Protocol):
    """Requests, their batches, events, traces and links. Reads by id are consistent."""

    def get(self, request_id: str) -> AccessRequest:
        """Raises NotFound."""

    def batches(self, request: AccessRequest) -> tuple[Batch, ...]:
        """In order of number."""

    def batches_by_request(
        self, requests: Collection[AccessRequest]
    ) -> Mapping[str, tuple[Batch, ...]]:
        """Those of several requests, read at once, by the request's id."""

    def batch(self, request_id: str, number: int) -> Batch:
        """Raises NotFound."""

    def trace(self, request_id: str) -> DecisionTrace:
        """Raises NotFound."""

    def events(self, subject: str) -> tuple[Event, ...]:
        """The subject's chain, oldest first."""

    def event(self, subject: str, number: int) -> Event:
        """Raises NotFound."""

    def events_before(self, subject: str, number: int, limit: int) -> tuple[Event, ...]:
        """The latest of a subject's events whose number is smaller, the latest first."""

    def submission(self, submission_id: str) -> Submission | None: ...

    def submit(
        self,
        submission: Submission,
        changes: Sequence[Change],
        batches: Iterable[Batch],
        traces: Mapping[str, DecisionTrace],
        link: LinkChange | None = None,
    ) -> None:
        """Batches and traces (by request id) first, then all else in one transaction.

        link: the use of the access link by which this came.
        Raises Lost where the submission's id is taken, or the link changed meanwhile.
        """

    def commit(
        self,
        before: AccessRequest,
        change: Change,
        *,
        unclaimed: Sequence[Batch] = (),
        link: ApprovalLink | None = None,
    ) -> None:
        """Write request and event, on condition that the row still is as in `before`.

        unclaimed: batches whose rows must still be as given.
        link: is marked used at the event's instant, on condition that it is unused.
        Raises Lost.
        """

    def claim(
        self,
        before: Batch,
        after: Batch,
        statuses: Collection[Status],
        leases: Sequence[Lease] = (),
    ) -> None:
        """Write the batch, if its row is as in `before` and the request's status one of these.

        leases: written with it, each as Leases.put does.
        Raises Lost.
        """

    def put_batch(self, before: Batch, after: Batch, leases: Sequence[Lease] = ()) -> None:
        """Write the batch, if its row is as in `before`, and leases with it. Raises Lost."""

    def due(self, before: datetime) -> list[str]:
        """Ids of open requests that were due before, the longest overdue first per shard."""

    def open_in_flow(self, flow_id: str, granted_before: datetime) -> list[str]:
        """Ids of open requests of a flow that were granted (else submitted) before."""

    def of_grantee(
        self, person_id: str, *, statuses: Collection[Status] = (), cursor: str | None = None
    ) -> Page: ...

    def of_requester(
        self, person_id: str, *, statuses: Collection[Status] = (), cursor: str | None = None
    ) -> Page: ...

    def newest(
        self, *, until: datetime | None = None, cursor: str | None = None, limit: int = PAGE_SIZE
    ) -> Page:
        """All requests, the newest id first. until: where to begin without a cursor."""

    def count_open(self, status: Status, most: int) -> int:
        """How many open requests have this status, counted as far as `most`. By index: may lag."""

    def open_with(self, status: Status, *, cursor: str | None = None) -> Page:
        """Open requests that have this status, the longest submitted first."""

    def unreviewed(self, person_ids: Collection[str]) -> list[str]:
        """Ids of uses of emergency flows that await a review, asked for or received by one of
        these people; the oldest first."""

    def open_of_grantee(self, person_id: str) -> tuple[AccessRequest, ...]:
        """All open requests of a grantee, the newest first, however many were closed."""

    def closed_last(self, person_id: str, count: int) -> tuple[AccessRequest, ...]:
        """The requests of a grantee that were closed last, the latest first."""

    def several(self, request_ids: Collection[str]) -> tuple[AccessRequest, ...]:
        """Those of these that exist, newest first."""

    def star(self, person_id: str, request_id: str) -> None: ...

    def unstar(self, person_id: str, request_id: str) -> None: ...

    def favourites(self, person_id: str) -> frozenset[str]:
        """The ids of the requests that the person starred."""

    def checkpoint(self, name: str) -> str | None:
        """Where a run that goes through everything stopped; none to begin anew."""

    def put_checkpoint(self, name: str, place: str | None) -> None: ...

    def put_link(self, link: ApprovalLink) -> None: ...

    def link(self, link_id: str) -> ApprovalLink:
        """Raises NotFound."""

    def claim_notice(self, notice_id: str, now: datetime) -> bool:
        """Whether the caller may send this notice now: nobody has, or is about to."""

    def mark_notice_sent(self, notice_id: str, now: datetime) -> None: ...

    def release_notice(self, notice_id: str) -> None:
        """Sending failed; the next try may claim it at once."""


class Leases(Protocol):
    """Who needs what several grants share. Reads are consistent."""

    def of(self, batch: Batch) -> tuple[Lease, ...]:
        """One for each entitlement of the batch, in order; a blank one where nobody has any."""

    def put(self, leases: Sequence[Lease]) -> None:
        """Write all of them or none, each on condition that its row has the version before.

        Raises Lost.
        """


class Snapshot(NamedTuple):
    """What counts at one moment.

    flows: the current version of every open flow.
    integrations: by id, closed ones too.
    catalogue: the open bundles, access scopes and integrations.
    """

    flows: tuple[AccessFlow, ...]
    settings: AccountSettings
    integrations: Mapping[str, Integration]
    catalogue: Catalogue


class Flows(Protocol):
    """Flow versions and integrations, as the current configuration says."""

    def current(self) -> tuple[AccessFlow, ...]:
        """The current version of every open flow."""

    def version(self, reference: FlowVersion) -> AccessFlow:
        """The built-in flow's, too. Raises NotFound."""

    def on_call(self) -> OnCallPlan:
        """The schedules and sources that say who is on call."""

    def integrations(self) -> Mapping[str, Integration]:
        """By id, closed ones too: what was granted there must still be revoked."""

    def settings(self) -> AccountSettings:
        """The account's."""

    def snapshot(self) -> Snapshot:
        """All of it by one reading, for decisions that ask for more than one part."""


class SomePeople(NamedTuple):
    """Some people by id in order. more: whether there are, or may be, further ones."""

    people: tuple[Person, ...]
    more: bool


class Directory(Protocol):
    """People. Reads by id are consistent."""

    def person(self, person_id: str) -> Person:
        """Raises NotFound."""

    def people(self, person_ids: Collection[str]) -> Mapping[str, Person]:
        """Those of these that exist, by id."""

    def matching(self, group: Group) -> tuple[Person, ...]:
        """The active people who meet an approver group, by id in order."""

    def some_matching(self, group: Group, most: int) -> SomePeople:
        """As `matching`, but for any group, and no more people than that; by index: may lag."""

    def admins(self) -> tuple[Person, ...]:
        """The active admins, by id in order."""

    def delegators(self, person_id: str, now: datetime) -> tuple[Person, ...]:
        """Whoever is active and has this person decide in their place then, by id in order."""

    def stand_ins(self, now: datetime) -> Mapping[str, tuple[str, ...]]:
        """The delegates of everybody who has some then, by the delegator's id. May lag."""


class OnCall(Protocol):
    """Who is on call, for every schedule there is."""

    def shifts(self, at: datetime) -> Sequence[Shift]:
        """As of the instant. Whatever a service did not answer is unknown; nothing is raised."""


class NoAnswer(Exception):
    """A service that was asked did not say who is on call."""


class OnCallService(Protocol):
    """An incident-response service."""

    def on_call(self, schedule_ids: Sequence[str]) -> Mapping[str, frozenset[str]]:
        """The casefolded addresses of who is on call now, by schedule. Raises NoAnswer."""


class Happened(NamedTuple):
    """What becomes an event of a person's chain."""

    kind: EventKind
    at: datetime
    actor: str
    details: Mapping[str, Any] = {}


class SecondFactors(Protocol):
    """The second factor of each person. Reads are consistent."""

    def get(self, person_id: str) -> SecondFactor:
        """A blank one where nothing was ever set up."""

    def put(
        self, before: SecondFactor, after: SecondFactor, happened: Happened | None = None
    ) -> None:
        """Write it, and the event of its person, on condition that it still is as in `before`.

        Raises Lost; NotFound where there is an event and no such person.
        """


class Seal(Protocol):
    """Makes texts unreadable for all but those who hold the key and know whose they are.

    owner_id: of the person, or of the grant.
    """

    def close(self, text: str, owner_id: str) -> str: ...

    def open(self, sealed: str, owner_id: str) -> str:
        """Raises for another owner's."""


class Health(NamedTuple):
    """How the syncs of an integration went. error: of the last one, where it failed."""

    synced_at: datetime | None
    failed_at: datetime | None
    error: str | None


class Inventory(Protocol):
    """Resources, as the last sync saw them."""

    def resources(
        self, keys: Collection[tuple[str, str, str]]
    ) -> Mapping[tuple[str, str, str], Resource]:
        """Those of these (integration, resource type, name) that exist."""

    def sole_resources(self, integrations: Collection[str]) -> Mapping[str, Resource]:
        """The one resource of each of these integrations that has exactly one."""

    def resource_types(self, integration: str) -> tuple[str, ...]:
        """The types ever seen in an integration, in order."""

    def page(
        self, integration: str, resource_type: str, *, after: str | None, limit: int
    ) -> tuple[Resource, ...]:
        """The next resources of one type, in order of their names' UTF-8. after: a name, exclusive.

        Fewer than the limit are the last ones.
        """

    def replace(self, integration: str, resources: Iterable[Resource], now: datetime) -> int:
        """Make the integration's inventory equal to these; answers how many rows changed."""

    def note_failure(self, integration: str, error: str, now: datetime) -> None:
        """Remember that a sync failed, until one succeeds."""

    def health(self, integrations: Collection[str]) -> Mapping[str, Health]:
        """Of those of these that were ever synced, or tried."""


class Observation(Value):
    """What a target says of a grant. evidence: what was read, JSON-ready, no secrets.

    until: the end the artefact carries; none where it carries none.
    """

    holds: bool
    until: Instant | None = None
    evidence: dict[str, Any] = Field(default_factory=dict)


class Capabilities(Value):
    """What a kind of system can do. quota: where it counts, in its own unit.

    shared: whether grants of the same thing share one artefact. Then `grant`, `observe` and
        `revoke` are called with batches of one entitlement each, and are about that artefact,
        whichever grant it is called for; leases say whether it is added or goes.
    claims: artefacts that the settings name and grants share. Leases are of one integration, so
        that no other may claim the same.
    """

    native_expiry: bool
    batch_size: int
    resource_types: Mapping[str, tuple[str, ...]]
    shared: bool = False
    claims: tuple[str, ...] = ()


class Login(Value):
    """How somebody signs in with what was made for their grant.

    A connector keeps it under `login` of its state, with the password sealed for the grant's id.
    """

    username: str
    password: str


class Connector(Protocol):
    """A kind of system. Idempotent by `batch.grant_id`. Artefacts: `accessflows-{grant id}`.

    A call that raises anything but TargetRefused has an unknown outcome.
    """

    def capabilities(self, integration: Integration) -> Capabilities:
        """What can be granted there, and how. Makes no call; settings may be wrong."""

    def validate(self, integration: Integration) -> list[str]:
        """What is wrong with the integration's settings, empty if nothing. Makes no call."""

    def undeployed(self, integration: Integration, deployed: Sequence[Integration]) -> list[str]:
        """What it asks for beyond what the roles of a deployment with these allow. No call."""

    def principal(self, integration: Integration, person: Person) -> str:
        """The person's id at the target. Raises NoPrincipal, naming the attribute. No call."""

    def size(self, batch: Batch) -> int:
        """What the grant weighs against the target's quota. Makes no call."""

    def check_quota(self, principal: str, needed: int, held: int) -> None:
        """Raises QuotaExceeded, with the figures, where needed + held does not fit. No call."""

    def check_room(self, integration: Integration, batch: Batch) -> None:
        """Raises QuotaExceeded, with the figures, where the batch does not fit at the target now.

        Reads the target; counts what others put there, too.
        """

    def discover(self, integration: Integration) -> Iterable[Resource]: ...

    def grant(
        self, integration: Integration, batch: Batch, until: datetime | None
    ) -> dict[str, Any] | None:
        """Make the target hold the batch until then; answers the connector's own state.

        Raises TargetRefused or QuotaExceeded where nothing was granted for certain.
        """

    def observe(self, integration: Integration, batch: Batch) -> Observation: ...

    def revoke(self, integration: Integration, batch: Batch) -> datetime | None:
        """Take it away; gone already is success. Answers until when a session may outlive it."""

    def access_details(self, integration: Integration, batch: Batch) -> str:
        """How to use the access, one short paragraph."""


def resource_key(entitlement: Entitlement) -> tuple[str, str, str]:
    """The inventory key of an entitlement's resource."""
    return entitlement.integration, entitlement.resource_type, entitlement.resource


class Machines(Protocol):
    """The state machines that events call for."""

    def start(self, machine: str, name: str, request_id: str) -> None:
        """Start an execution by name, once ever; a name that was used is left alone."""


class Bus(Protocol):
    """Where events are told to everyone who listens."""

    def put(self, event: Event) -> None:
        """Raises if the bus did not take it."""


class BatchReference(Message):
    """A batch, as machines name it."""

    request_id: str
    batch: int
    family: Kind

    @computed_field  # type: ignore[prop-decorator]  # pydantic's own way
    @property
    def function(self) -> str:
        """How the name of the function that serves it ends, after `activate-` or `revoke-`."""
        return self.family.replace("_", "-")


class Revoker(Protocol):
    """Runs the function that takes a batch away, without a state machine."""

    def revoke(self, batch: BatchReference) -> None: ...


class Mailer(Protocol):
    """Takes mail to a person."""

    def send(self, *, to: str, subject: str, html: str, text: str) -> None:
        """Raises if the mail was not taken."""


class Tidings(NamedTuple):
    """What one person is to be told, before a channel puts it into words.

    dossier: of the request that it is about, or else about: the person. Exactly one of them.
    link: of what asks for approval. on_behalf_of: in whose place the recipient would decide.
    impact: what else there is to know for who decides.
    access_details: how to use what is active now.
    """

    kind: NoticeKind
    recipient: Person
    dossier: Dossier | None = None
    about: Person | None = None
    link: ApprovalLink | None = None
    on_behalf_of: Person | None = None
    access_details: tuple[str, ...] = ()
    impact: Impact | None = None


class Channel(Protocol):
    """A way to reach people. Its name is part of what is claimed before sending."""

    @property
    def name(self) -> str: ...

    def deliver(self, tidings: Tidings) -> None:
        """Raises if the channel did not take it."""


class NoticeQueue(Protocol):
    """Where notices wait until they are sent."""

    def put(self, notices: Sequence[AnyNotice]) -> None:
        """One message a notice. Raises if any was not taken; the others may have been."""


class Tries(Protocol):
    """What people did lately, as far as it is limited. who: as rules.guard writes it."""

    def count(self, limit: Limit, who: str, mark: str, now: datetime) -> datetime | None:
        """Count what is done now; or, where there is no room for it, when there will be.

        mark: of this one thing, which is counted once for the same instant. However many calls
        count at once, no more than the limit pass. Raises Lost.
        """

    def forget(self, limit: Limit, who: str, mark: str, now: datetime) -> None:
        """Take back what was counted with this mark at this instant."""

    def told(self, subject: str) -> Event | None:
        """The last event of the subject."""

    def tell(self, event: Event) -> None:
        """Write the event that follows the last one. Raises Lost."""


class Ports(NamedTuple):
    """What an action works with."""

    requests: Requests
    flows: Flows
    directory: Directory
    inventory: Inventory
    connectors: Mapping[Kind, Connector]
    second_factors: SecondFactors
    tries: Tries
    leases: Leases
