"""What the API shows of requests: names of the schema, no row keeping."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from accessflows.actions.answer import Answer
from accessflows.actions.apps import App
from accessflows.actions.browse import Found
from accessflows.actions.inbox import Inbox
from accessflows.actions.outcomes import Outcome
from accessflows.actions.read import Detail
from accessflows.model.flow import AccessFlow
from accessflows.model.limits import MOST_LISTED_APPROVERS
from accessflows.model.person import Person
from accessflows.model.refusal import Refusal
from accessflows.model.request import AccessRequest, Batch
from accessflows.model.value import format_duration
from accessflows.rules.explaining import explain
from accessflows.rules.lifecycle import standing
from accessflows.web.problems import problem

_KEPT_INSIDE = {"event_hash", "version", "tries", "warn_at", "due_at", "batches", "status", "cause"}


def request_view(request: AccessRequest, now: datetime) -> dict[str, Any]:
    """A request, its status as it binds now."""
    status, cause = standing(request, now)
    data = {key: value for key, value in request.to_data().items() if key not in _KEPT_INSIDE}
    return {**data, "status": status, "cause": cause}


def detail_view(detail: Detail, now: datetime) -> dict[str, Any]:
    """A request with its resources, history, explanation and use."""
    return {
        **request_view(detail.request, now),
        "batches": [batch_view(batch) for batch in detail.batches],
        "events": [event.to_data() for event in detail.events],
        "trace": detail.trace.to_data(),
        "access_details": list(detail.access_details),
        "extensions_left": detail.extensions_left,
        "extension_duration": format_duration(detail.extension_for),
    }


def listed_view(request: AccessRequest, now: datetime) -> dict[str, Any]:
    """A request in a list, with where it gives how many entitlements."""
    shown = {"integration", "principal", "entitlements"}
    access = [batch.model_dump(include=shown) for batch in request.batches]
    return {**request_view(request, now), "access": access}


def inbox_view(page: Inbox, now: datetime) -> dict[str, Any]:
    """Requests that await a decision, each with in whose place it would be, if in anybody's."""
    requests = [
        {
            **listed_view(one.request, now),
            "on_behalf_of": _called(one.on_behalf_of) if one.on_behalf_of else None,
        }
        for one in page.awaiting
    ]
    return {"requests": requests, "cursor": page.cursor}


def _called(person: Person) -> dict[str, str]:
    return {"id": person.id, "name": person.name}


def outcomes_view(outcomes: Sequence[Outcome], now: datetime) -> list[dict[str, Any]]:
    """What became of each: the request as it stands, or a problem document."""
    return [
        {"request_id": one.request_id, "problem": problem(one.outcome)[1]}
        if isinstance(one.outcome, Refusal)
        else {"request_id": one.request_id, "request": request_view(one.outcome, now)}
        for one in outcomes
    ]


def answer_view(answer: Answer) -> dict[str, Any]:
    """What a submission would come to: requests, approvers by name, and every refusal."""
    return {
        "would_be_submitted": not answer.refused,
        "requests": prospects_view(answer),
        "refused": [refusal.to_data() for refusal in answer.refused],
        "trace": explain(answer.ask, answer.decisions, answer.at).to_data(),
    }


def prospects_view(answer: Answer) -> list[dict[str, Any]]:
    """The requests that a submission would become, each with the terms of its flow."""
    return [
        {
            "flow": prospect.portion.flow.reference.to_data(),
            "flow_name": prospect.portion.flow.name,
            "entitlements": [e.to_data() for e in prospect.portion.entitlements],
            "duration": prospect.portion.to_data()["duration"],
            "begins_at": answer.ask.to_data()["begins_at"],
            "longest_duration": prospect.portion.flow.to_data()["grant_duration"],
            "duration_presets": prospect.portion.flow.to_data()["duration_presets"],
            "needs_preset": prospect.portion.flow.settings.require_preset,
            "needs_duration": prospect.portion.flow.settings.require_duration,
            "ticket": ticket_view(prospect.portion.flow),
            "needs_justification": prospect.portion.flow.settings.require_justification,
            "needs_mfa": prospect.portion.flow.settings.require_mfa,
            "asks_for_code": asks_for_code(answer, prospect.portion.flow),
            "approval": _approval_view(answer, index),
        }
        for index, prospect in enumerate(answer.prospects)
    ]


def asks_for_code(answer: Answer, flow: AccessFlow) -> bool:
    """Whether the request would wait for a one-time code: one is needed, and none counts still."""
    return flow.settings.require_mfa and answer.mfa_passed_at is None


def app_view(app: App) -> dict[str, Any]:
    """An app: the id that a submission names, its resource, and what may be asked of it."""
    return {
        "id": app.integration.id,
        "name": app.integration.name,
        "resource": app.holding.resource.to_data(),
        "permissions": list(app.holding.permissions),
    }


def found_view(found: Found) -> dict[str, Any]:
    """A page of resources, each with the permissions that are meant; none of the target's own."""
    return {
        "resources": [
            {**holding.resource.to_data(), "permissions": list(holding.permissions)}
            for holding in found.holdings
        ],
        "cursor": found.cursor,
    }


def ticket_view(flow: AccessFlow) -> dict[str, Any] | None:
    """The ticket that the flow demands: its type, and what the id must match."""
    return flow.settings.ticket.to_data() if flow.settings.ticket else None


def _approval_view(answer: Answer, index: int) -> dict[str, Any] | None:
    prospect = answer.prospects[index]
    approval = prospect.portion.flow.approval
    if approval is None:
        return None
    return {
        "mode": approval.mode,
        "groups": [
            {
                "condition": str(group),
                "approvers": [person.name for person in people[:MOST_LISTED_APPROVERS]],
                "count": len(people),
            }
            for group, people in zip(approval.groups, prospect.approvers, strict=True)
        ],
    }


def batch_view(batch: Batch) -> dict[str, Any]:
    """A batch, without what only the product needs."""
    shown = {
        "number",
        "integration",
        "principal",
        "entitlements",
        "state",
        "until",
        "observed_at",
        "residual_until",
        "evidence",
        "message",
    }
    return batch.model_dump(mode="json", include=shown, exclude_none=True)
