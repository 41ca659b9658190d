"""Answer: what would become of a wish, with every refusal. Nothing is stored."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from accessflows.actions.apps import apps_in
from accessflows.actions.batching import batches_of, held_weight
from accessflows.actions.browse import bundle_in
from accessflows.actions.expand import contents_of
from accessflows.model.access_link import AccessLink
from accessflows.model.condition import Group
from accessflows.model.flow import AccessFlow
from accessflows.model.limits import (
    LONGEST_AHEAD,
    MOST_ENTITLEMENTS,
    MOST_REQUESTS_OF_A_SUBMISSION,
)
from accessflows.model.person import Person
from accessflows.model.refusal import (
    BadInput,
    NobodyCanApprove,
    Refusal,
    StandingAccess,
    UnreviewedEmergency,
)
from accessflows.model.request import Batch
from accessflows.model.roll import ON_CALL
from accessflows.model.target import Entitlement
from accessflows.model.trace import Decision
from accessflows.model.wish import Wish
from accessflows.ports import Directory, Ports, Requests, Snapshot, resource_key
from accessflows.rules.access_links import refuse_closed
from accessflows.rules.approval import unfillable_group
from accessflows.rules.approvers import by_owner
from accessflows.rules.fallback import with_fallback
from accessflows.rules.planning import Ask, Plan, Portion, Refused, plan
from accessflows.rules.second_factor import passed_at
from accessflows.rules.tickets import filed


class Prospect(NamedTuple):
    """A request as it would come to be. The batches lack their request's id."""

    portion: Portion
    batches: tuple[Batch, ...]
    approvers: tuple[tuple[Person, ...], ...]


class Answer(NamedTuple):
    """What a wish comes to at an instant, before anything is stored.

    mfa_passed_at: when the grantee last gave a code, if some request needs one and that one counts.
    """

    at: datetime
    ask: Ask
    prospects: tuple[Prospect, ...]
    refused: tuple[Refused, ...]
    decisions: tuple[Decision, ...]
    mfa_passed_at: datetime | None = None


def answer(
    ports: Ports, wish: Wish, *, caller_id: str, now: datetime, link: AccessLink | None = None
) -> Answer:
    """What would become of a wish, by what counts at one moment. Changes nothing.

    link: by which the caller came, else none: then only its flow is asked.
    Raises NotFound for an unknown grantee, bundle or app, BadInput past the limits and for an
    unknown type of ticket, LinkRefused for a link that lets nobody in.
    """
    counts = ports.flows.snapshot()
    flows = _behind(link, counts, now) if link else counts.flows
    ask = _ask(ports, counts, wish, caller_id, now).but(by_link=link is not None)
    resources = ports.inventory.resources({resource_key(e) for e in ask.entitlements})
    planned = plan(ask, flows, resources, counts.catalogue)
    if counts.settings.fallback_flow:
        planned = with_fallback(planned, ask, counts.catalogue.integrations)
    refused = _without_needless(planned, wish)
    prospects = []
    held = held_weight(ports.requests, ask.grantee.id)
    portions = by_owner(
        planned.portions,
        integrations=counts.integrations,
        grantee=ask.grantee,
        resources=resources,
        matching=ports.directory.matching,
    )
    for portion in portions:
        try:
            _check_reviewed(ports.requests, portion, ask)
            batches = batches_of(
                portion,
                ask.grantee,
                integrations=counts.integrations,
                connectors=ports.connectors,
                held=held,
            )
            approvers = _approvers(ports.directory, portion, ask)
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
    confirmed_at = _mfa_passed_at(ports, counts, prospects, ask.grantee, now)
    return Answer(now, ask, tuple(prospects), tuple(refused), planned.decisions, confirmed_at)


def _mfa_passed_at(
    ports: Ports,
    counts: Snapshot,
    prospects: Sequence[Prospect],
    grantee: Person,
    now: datetime,
) -> datetime | None:
    if not any(prospect.portion.flow.settings.require_mfa for prospect in prospects):
        return None
    factor = ports.second_factors.get(grantee.id)
    return passed_at(factor, counts.settings.mfa_valid_for, now)


def _behind(link: AccessLink, counts: Snapshot, now: datetime) -> tuple[AccessFlow, ...]:
    """The one flow that the link opens."""
    found = tuple(flow for flow in counts.flows if flow.id == link.flow_id)
    refuse_closed(link, found[0] if found else None, now)
    return found


def _ask(ports: Ports, counts: Snapshot, wish: Wish, caller_id: str, now: datetime) -> Ask:
    requester = ports.directory.person(caller_id)
    in_bundles = _in_bundles(ports, counts, wish, requester)
    in_apps = _in_apps(ports, counts, wish, requester)
    entitlements = tuple(dict.fromkeys((*wish.entitlements, *in_bundles, *in_apps)))
    if len(entitlements) > MOST_ENTITLEMENTS:
        raise BadInput(
            f"{len(entitlements)} entitlements in one submission; at most {MOST_ENTITLEMENTS}"
        )
    _check_start(wish, now)
    grantee = requester
    if wish.grantee_id not in (None, caller_id):
        grantee = ports.directory.person(wish.grantee_id or caller_id)
    return Ask(
        requester=requester,
        grantee=grantee,
        entitlements=entitlements,
        begins_at=wish.starts_at or now,
        duration=wish.duration,
        justification=wish.justification,
        ticket=filed(wish.ticket, counts.settings.ticket_types) if wish.ticket else None,
    )


def _in_bundles(
    ports: Ports, counts: Snapshot, wish: Wish, requester: Person
) -> Iterator[Entitlement]:
    for name in wish.bundles:
        bundle = bundle_in(ports, counts, requester, name, grantee_id=wish.grantee_id)
        yield from contents_of(ports.inventory, bundle, counts.catalogue)


def _in_apps(
    ports: Ports, counts: Snapshot, wish: Wish, requester: Person
) -> Iterator[Entitlement]:
    if wish.apps:
        found = apps_in(ports, counts, requester, wish.apps, grantee_id=wish.grantee_id)
        yield from (entitlement for app in found for entitlement in app.holding.entitlements)


def _without_needless(planned: Plan, wish: Wish) -> list[Refused]:
    """The refusals, without what only a bundle or an app brought along and the grantee has anyway.

    All of it, where nothing else would be left to ask for.
    """
    if not planned.portions:
        return list(planned.refused)
    by_name = frozenset(wish.entitlements)
    return [
        refused
        for refused in planned.refused
        if refused.type != StandingAccess.type() or by_name.intersection(refused.entitlements)
    ]


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


def _check_reviewed(requests: Requests, portion: Portion, ask: Ask) -> None:
    """Raises UnreviewedEmergency for a further emergency of whoever has one unreviewed."""
    if not portion.flow.emergency:
        return
    unreviewed = requests.unreviewed({ask.requester.id, ask.grantee.id})
    if unreviewed:
        raise UnreviewedEmergency(
            f"flow {portion.flow.name!r} is for emergencies, and an admin has yet to review "
            f"request {unreviewed[0]}; ask one to, then ask again",
            unreviewed=unreviewed,
        )


def _approvers(directory: Directory, portion: Portion, ask: Ask) -> tuple[tuple[Person, ...], ...]:
    """For each approver group, who could approve. Raises NobodyCanApprove."""
    approval = portion.flow.approval
    if approval is None:
        return ()
    barred: frozenset[str] = frozenset()
    if portion.flow.settings.requester_cannot_approve_self:
        barred = frozenset({ask.requester.id, ask.grantee.id})
    people = tuple(
        tuple(p for p in directory.matching(group) if p.id not in barred)
        for group in approval.groups
    )
    unfilled = unfillable_group(approval, [{p.id for p in group} for group in people])
    if unfilled is not None:
        raise NobodyCanApprove(
            f"flow {portion.flow.name!r} needs an approver with {approval.groups[unfilled]}, "
            f"and there is nobody (left) who could be one; {_remedy(approval.groups[unfilled])}"
        )
    return people


def _remedy(group: Group) -> str:
    if any(condition.attribute == ON_CALL for condition in group.conditions):
        return (
            "nobody suitable is on call now, or the service that knows did not answer: ask again "
            "later, or ask an admin to mend the schedule"
        )
    return "ask an admin to mend the group"
