"""Submit: ask for access, or see beforehand what the answer would be."""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Annotated, NamedTuple, Self

from pydantic import (
    Field,
    ValidationError,
    ValidatorFunctionWrapHandler,
    field_validator,
    model_validator,
)

from accessflows.actions.approvers import by_owner
from accessflows.actions.browse import bundle_of
from accessflows.actions.expand import contents_of
from accessflows.model.account import Ticket
from accessflows.model.limits import (
    LONGEST_AHEAD,
    MOST_BATCHES_OF_A_REQUEST,
    MOST_BUNDLES,
    MOST_ENTITLEMENTS,
    MOST_ENTITLEMENTS_OF_A_BATCH,
    MOST_JUSTIFICATION_CHARACTERS,
    MOST_REQUESTS_OF_A_SUBMISSION,
    MOST_RESOURCES,
)
from accessflows.model.person import Person
from accessflows.model.refusal import (
    BadInput,
    DurationTooLong,
    IdempotencyConflict,
    NoAccessFlow,
    NobodyCanApprove,
    NoPrincipal,
    NotFound,
    OutsideWindow,
    QuotaExceeded,
    Refusal,
    TargetRefused,
    UnreviewedEmergency,
)
from accessflows.model.request import (
    AccessRequest,
    Batch,
    BatchSummary,
    Status,
)
from accessflows.model.target import Entitlement
from accessflows.model.trace import ApproverGroup, DecisionTrace
from accessflows.model.value import GrantDuration, Identifier, Instant, Text, Value
from accessflows.ports import Lost, Page, Ports, Submission, resource_key
from accessflows.rules.approval import unfillable_group
from accessflows.rules.emergency import awaits_review
from accessflows.rules.escalation import tiers_at
from accessflows.rules.fallback import with_fallback
from accessflows.rules.lifecycle import begin, cleared
from accessflows.rules.planning import Ask, Portion, Refused, plan
from accessflows.rules.tickets import filed

_LISTED_APPROVERS = 100
# What is, or may be, at a target.
_LIVE = frozenset({Status.GRANTING, Status.ACTIVE, Status.REVOKING})

_REFUSALS: dict[str, type[Refusal]] = {
    refusal.type(): refusal
    for refusal in (
        BadInput,
        DurationTooLong,
        NoAccessFlow,
        NobodyCanApprove,
        NoPrincipal,
        NotFound,
        OutsideWindow,
        QuotaExceeded,
        TargetRefused,
        UnreviewedEmergency,
    )
}


class WantedResource(Value):
    """A resource and the permissions wanted on it."""

    integration: Identifier
    resource_type: Identifier
    resource: Text
    permissions: tuple[Identifier, ...] = Field(min_length=1)


class Wish(Value):
    """The body of a submission. grantee_id: none for oneself.

    bundles: each stands for everything it holds when the wish is answered.
    starts_at: none to begin at once.
    """

    grantee_id: Text | None = None
    resources: tuple[WantedResource, ...] = Field(default=(), max_length=MOST_RESOURCES)
    bundles: tuple[Identifier, ...] = Field(default=(), max_length=MOST_BUNDLES)
    duration: GrantDuration | None = None
    starts_at: Instant | None = None
    justification: Annotated[str, Field(max_length=MOST_JUSTIFICATION_CHARACTERS)] | None = None
    ticket: Ticket | None = None

    @field_validator("starts_at", mode="wrap")
    @classmethod
    def _with_its_zone(cls, value: object, read: ValidatorFunctionWrapHandler) -> datetime | None:
        try:
            start: datetime | None = read(value)
        except ValidationError as error:
            raise ValueError(
                f"{value!r} is no instant with its zone, such as 2026-12-01T08:00:00Z"
            ) from error
        return start

    @model_validator(mode="after")
    def _asks_for_something(self) -> Self:
        if not self.resources and not self.bundles:
            raise ValueError("name what is wanted in `resources`, `bundles` or both")
        return self

    @property
    def entitlements(self) -> tuple[Entitlement, ...]:
        """Each once, in the order asked. What is in bundles comes from the inventory."""
        return tuple(
            dict.fromkeys(
                Entitlement(
                    integration=wanted.integration,
                    resource_type=wanted.resource_type,
                    resource=wanted.resource,
                    permission=permission,
                )
                for wanted in self.resources
                for permission in wanted.permissions
            )
        )

    @property
    def body_hash(self) -> str:
        text = json.dumps(self.to_data(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


class Prospect(NamedTuple):
    """A request as it would come to be. The batches lack their request's id."""

    portion: Portion
    batches: tuple[Batch, ...]
    approvers: tuple[tuple[Person, ...], ...]


class Answer(NamedTuple):
    """What a wish comes to, before anything is stored."""

    ask: Ask
    prospects: tuple[Prospect, ...]
    refused: tuple[Refused, ...]
    trace: DecisionTrace


def answer(ports: Ports, wish: Wish, *, caller_id: str, now: datetime) -> Answer:
    """What would become of a wish, with every refusal. Changes nothing.

    Raises NotFound for an unknown grantee or bundle, BadInput past the limits and for an unknown
    type of ticket.
    """
    requester = ports.directory.person(caller_id)
    in_bundles = _in_bundles(ports, wish, requester)
    entitlements = tuple(dict.fromkeys((*wish.entitlements, *in_bundles)))
    if len(entitlements) > MOST_ENTITLEMENTS:
        raise BadInput(
            f"{len(entitlements)} entitlements in one submission; at most {MOST_ENTITLEMENTS}"
        )
    _check_start(wish, now)
    grantee = requester
    if wish.grantee_id not in (None, caller_id):
        grantee = ports.directory.person(wish.grantee_id or caller_id)
    ask = Ask(
        requester=requester,
        grantee=grantee,
        entitlements=entitlements,
        begins_at=wish.starts_at or now,
        duration=wish.duration,
        justification=wish.justification,
        ticket=filed(wish.ticket, ports.flows.settings().ticket_types) if wish.ticket else None,
    )
    resources = ports.inventory.resources({resource_key(e) for e in entitlements})
    planned = plan(ask, ports.flows.current(), resources, ports.flows.catalogue())
    if ports.flows.settings().fallback_flow:
        open_ids = {integration.id for integration in ports.flows.open_integrations()}
        planned = with_fallback(planned, ask, open_ids)
    refused = list(planned.refused)
    prospects = []
    held = _held_weight(ports, grantee.id)
    for portion in by_owner(ports, planned.portions, grantee, resources):
        try:
            _check_reviewed(ports, portion, ask)
            batches = _batches(ports, portion, grantee, held)
            approvers = _approvers(ports, portion, ask)
        except Refusal as refusal:
            refused.append(
                Refused(
                    type=refusal.type(), message=str(refusal), entitlements=portion.entitlements
                )
            )
            continue
        prospects.append(Prospect(portion, batches, approvers))
    if len(prospects) > MOST_REQUESTS_OF_A_SUBMISSION:
        raise BadInput(
            f"this would become {len(prospects)} requests; a submission holds at most "
            f"{MOST_REQUESTS_OF_A_SUBMISSION}: ask for fewer resources at once"
        )
    return Answer(ask, tuple(prospects), tuple(refused), planned.trace(ask, now))


def submit(
    ports: Ports,
    wish: Wish,
    *,
    caller_id: str,
    idempotency_key: str | None,
    now: datetime,
    new_id: Callable[[], str],
) -> tuple[AccessRequest, ...]:
    """Store the wish as one request per access flow, all or nothing.

    The same key with the same body answers the requests that came of it the first time.
    Raises the refusal that stands first where anything is refused, with the whole list;
    IdempotencyConflict for the same key with another body.
    """
    submission_id = _submission_id(caller_id, idempotency_key or new_id())
    stored = ports.requests.submission(submission_id)
    if stored is None:
        found = answer(ports, wish, caller_id=caller_id, now=now)
        _raise_refused(found.refused)
        try:
            return _store(ports, found, wish, submission_id, now, new_id)
        except Lost:
            stored = ports.requests.submission(submission_id)
            if stored is None:
                raise
    if stored.body_hash != wish.body_hash:
        raise IdempotencyConflict(
            "this Idempotency-Key came with another body before; use a new key"
        )
    return tuple(ports.requests.get(request_id) for request_id in stored.request_ids)


def _store(
    ports: Ports,
    found: Answer,
    wish: Wish,
    submission_id: str,
    now: datetime,
    new_id: Callable[[], str],
) -> tuple[AccessRequest, ...]:
    changes, batches, traces = [], [], {}
    for prospect in found.prospects:
        request_id = new_id()
        owned = [batch.but(request_id=request_id) for batch in prospect.batches]
        request = _request(found, wish, prospect, owned, request_id, submission_id, now)
        details: dict[str, object] = {
            "flow": str(request.flow),
            "grantee": request.grantee_id,
            "entitlements": sum(summary.entitlements for summary in request.batches),
        }
        if wish.bundles:
            details["bundles"] = list(wish.bundles)
        changes.append(begin(request, details=details))
        batches.extend(owned)
        traces[request_id] = _trace(found.trace, prospect)
    submission = Submission(
        id=submission_id,
        caller_id=found.ask.requester.id,
        body_hash=wish.body_hash,
        request_ids=tuple(change.request.id for change in changes),
        at=now,
    )
    ports.requests.submit(submission, changes, batches, traces)
    return tuple(change.request for change in changes)


def _in_bundles(ports: Ports, wish: Wish, requester: Person) -> Iterator[Entitlement]:
    for name in wish.bundles:
        bundle, catalogue = bundle_of(ports, requester, name, grantee_id=wish.grantee_id)
        yield from contents_of(ports, bundle, catalogue)


def _request(
    found: Answer,
    wish: Wish,
    prospect: Prospect,
    batches: list[Batch],
    request_id: str,
    submission_id: str,
    now: datetime,
) -> AccessRequest:
    flow, approval = prospect.portion.flow, prospect.portion.flow.approval
    # An instant that nothing has yet made due is worked out as `move` does for later statuses.
    if approval is None:
        stands = cleared(wish.starts_at, now)
    else:
        timeout_at, opening = now + approval.timeout, tiers_at(flow, now)
        stands = {
            "status": Status.PENDING_APPROVAL,
            "approval_timeout_at": timeout_at,
            "tiers_at": opening,
            "due_at": min((timeout_at, *opening)),
        }
    return AccessRequest.model_validate(
        {
            "id": request_id,
            "submission_id": submission_id,
            "version": 1,
            "event_hash": "",
            "requester_id": found.ask.requester.id,
            "grantee_id": found.ask.grantee.id,
            "flow": flow.reference,
            "flow_name": flow.name,
            "emergency": flow.emergency,
            "duration": prospect.portion.duration,
            "justification": found.ask.justification,
            "owner": prospect.portion.owner,
            "ticket": found.ask.ticket,
            "batches": tuple(_summary(batch) for batch in batches),
            "submitted_at": now,
            "starts_at": wish.starts_at,
            **stands,
        }
    )


def _check_start(wish: Wish, now: datetime) -> None:
    if wish.starts_at is None:
        return
    named = f"`starts_at` is {wish.starts_at:%Y-%m-%d %H:%M:%S} UTC"
    if wish.starts_at <= now:
        raise BadInput(
            f"{named}, which has passed; leave it out to begin at once", field="starts_at"
        )
    if wish.starts_at - now > LONGEST_AHEAD:
        raise BadInput(
            f"{named}, more than {LONGEST_AHEAD.days} days ahead; name an earlier start",
            field="starts_at",
        )


def _summary(batch: Batch) -> BatchSummary:
    return BatchSummary(
        number=batch.number,
        integration=batch.integration,
        principal=batch.principal,
        entitlements=len(batch.entitlements),
        size=batch.size,
    )


def _trace(trace: DecisionTrace, prospect: Prospect) -> DecisionTrace:
    """The part of the whole answer that concerns one request."""
    approval = prospect.portion.flow.approval
    groups = approval.groups if approval else ()
    mine = frozenset(prospect.portion.entitlements)
    narrowed = (
        d.but(entitlements=tuple(e for e in d.entitlements if e in mine)) for d in trace.decisions
    )
    return trace.but(
        decisions=tuple(d for d in narrowed if d.entitlements),
        mode=approval.mode if approval else None,
        approvers=tuple(
            ApproverGroup(
                condition=str(group),
                people=tuple(person.id for person in people[:_LISTED_APPROVERS]),
                count=len(people),
            )
            for group, people in zip(groups, prospect.approvers, strict=True)
        ),
    )


def _approvers(ports: Ports, portion: Portion, ask: Ask) -> tuple[tuple[Person, ...], ...]:
    """For each approver group, who could approve. Raises NobodyCanApprove."""
    approval = portion.flow.approval
    if approval is None:
        return ()
    barred: frozenset[str] = frozenset()
    if portion.flow.settings.requester_cannot_approve_self:
        barred = frozenset({ask.requester.id, ask.grantee.id})
    people = tuple(
        tuple(p for p in ports.directory.matching(group) if p.id not in barred)
        for group in approval.groups
    )
    unfilled = unfillable_group(approval, [{p.id for p in group} for group in people])
    if unfilled is not None:
        raise NobodyCanApprove(
            f"flow {portion.flow.name!r} needs an approver with {approval.groups[unfilled]}, "
            "and there is nobody (left) who could be one; ask an admin to mend the group"
        )
    return people


def _check_reviewed(ports: Ports, portion: Portion, ask: Ask) -> None:
    """Raises UnreviewedEmergency for a further emergency of whoever has one unreviewed."""
    if not portion.flow.emergency:
        return
    theirs = (
        *_every(lambda cursor: ports.requests.of_requester(ask.requester.id, cursor=cursor)),
        *_every(lambda cursor: ports.requests.of_grantee(ask.grantee.id, cursor=cursor)),
    )
    unreviewed = sorted({request.id for request in theirs if awaits_review(request)})
    if unreviewed:
        raise UnreviewedEmergency(
            f"flow {portion.flow.name!r} is for emergencies, and an admin has yet to review "
            f"request {unreviewed[0]}; ask one to, then ask again",
            unreviewed=unreviewed,
        )


def _every(page_at: Callable[[str | None], Page]) -> Iterator[AccessRequest]:
    """The requests of all pages."""
    cursor = None
    while True:
        page = page_at(cursor)
        yield from page.requests
        if page.cursor is None:
            return
        cursor = page.cursor


def _batches(
    ports: Ports, portion: Portion, grantee: Person, held: Counter[tuple[str, str]]
) -> tuple[Batch, ...]:
    """The portion cut by integration. Adds its weight to `held`, or raises and adds nothing."""
    integrations = ports.flows.integrations()
    batches: list[Batch] = []
    weight: Counter[tuple[str, str]] = Counter()
    for integration_id, entitlements in _by_integration(portion):
        integration = integrations[integration_id]
        connector = ports.connectors[integration.kind]
        principal = connector.principal(integration, grantee)
        for chunk in _chunks(entitlements, connector.capabilities().batch_size):
            batch = Batch(
                request_id="",
                number=len(batches) + 1,
                integration=integration_id,
                family=integration.kind,
                principal=principal,
                entitlements=chunk,
            )
            batches.append(batch.but(size=connector.size(batch)))
        key = (integration_id, principal)
        weight[key] = sum(b.size for b in batches if b.integration == integration_id)
        connector.check_quota(principal, weight[key], held[key])
        if len(batches) > MOST_BATCHES_OF_A_REQUEST:
            raise BadInput("too many entitlements for one request; ask for fewer at once")
    held.update(weight)
    return tuple(batches)


def _by_integration(portion: Portion) -> Iterator[tuple[str, list[Entitlement]]]:
    grouped: dict[str, list[Entitlement]] = defaultdict(list)
    for entitlement in sorted(portion.entitlements, key=lambda e: (resource_key(e), e.permission)):
        grouped[entitlement.integration].append(entitlement)
    yield from grouped.items()


def _chunks(entitlements: list[Entitlement], size: int) -> Iterator[tuple[Entitlement, ...]]:
    step = min(size, MOST_ENTITLEMENTS_OF_A_BATCH)
    for start in range(0, len(entitlements), step):
        yield tuple(entitlements[start : start + step])


def _held_weight(ports: Ports, grantee_id: str) -> Counter[tuple[str, str]]:
    """What the grantee's live grants weigh, by (integration, principal)."""
    held: Counter[tuple[str, str]] = Counter()
    cursor = None
    while True:
        page = ports.requests.of_grantee(grantee_id, statuses=_LIVE, cursor=cursor)
        for request in page.requests:
            for batch in request.batches:
                held[(batch.integration, batch.principal)] += batch.size
        if page.cursor is None:
            return held
        cursor = page.cursor


def _raise_refused(refused: tuple[Refused, ...]) -> None:
    if not refused:
        return
    first = refused[0]
    raise _REFUSALS.get(first.type, NoAccessFlow)(
        first.message, refused=[refusal.to_data() for refusal in refused]
    )


def _submission_id(caller_id: str, key: str) -> str:
    return hashlib.sha256(f"{caller_id}\n{key}".encode()).hexdigest()[:32]
