"""What the API shows of requests: names of the schema, no row keeping."""

from datetime import datetime
from typing import Any

from accessflows.actions.read import Detail
from accessflows.actions.submit import Answer
from accessflows.model.flow import AccessFlow
from accessflows.model.request import AccessRequest, Batch
from accessflows.rules.lifecycle import standing

_KEPT_INSIDE = {"event_hash", "version", "tries", "due_at", "batches", "status", "cause"}


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
    }


def answer_view(answer: Answer) -> dict[str, Any]:
    """What a submission would come to: requests, approvers by name, and every refusal."""
    return {
        "would_be_submitted": not answer.refused,
        "requests": [
            {
                "flow": prospect.portion.flow.reference.to_data(),
                "flow_name": prospect.portion.flow.name,
                "entitlements": [e.to_data() for e in prospect.portion.entitlements],
                "duration": prospect.portion.to_data()["duration"],
                "longest_duration": prospect.portion.flow.to_data()["grant_duration"],
                "duration_presets": prospect.portion.flow.to_data()["duration_presets"],
                "ticket": ticket_view(prospect.portion.flow),
                "needs_justification": prospect.portion.flow.settings.require_justification,
                "approval": _approval_view(answer, index),
            }
            for index, prospect in enumerate(answer.prospects)
        ],
        "refused": [refusal.to_data() for refusal in answer.refused],
        "trace": answer.trace.to_data(),
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
            {"condition": str(group), "approvers": [person.name for person in people]}
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
