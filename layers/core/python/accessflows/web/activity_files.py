"""Activity and summaries as files: what each row says."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from accessflows.actions.export_activity import Exported
from accessflows.actions.gather import Listed
from accessflows.actions.holders import Held
from accessflows.actions.summary import Summary
from accessflows.model.person import Person
from accessflows.model.request import AccessRequest, Vote
from accessflows.model.target import Entitlement
from accessflows.rules.description import describe
from accessflows.rules.lifecycle import standing
from accessflows.web.files import Row

ACTIVITY_COLUMNS = (
    *("request", "status", "cause", "reason", "emergency"),
    *("requester", "requester_name", "grantee", "grantee_name"),
    *("flow", "flow_version", "flow_name", "duration", "justification", "ticket"),
    *("submitted_at", "starts_at", "granting_at", "activated_at", "ends_at", "closed_at"),
    *("decisions", "access", "entitlements"),
)
SUMMARY_COLUMNS = (
    *("part", "flow", "flow_version", "flow_name", "what", "description"),
    *("person", "person_name", "request", "status", "activated_at", "ends_at", "access"),
)


def activity_rows(exported: Exported, now: datetime) -> Iterator[Row]:
    """One a request. access: of its first batch; entitlements: how many in all."""
    for one in activity_data(exported, now)["requests"]:
        decisions = "; ".join(map(_decision, one["decisions"]))
        yield {
            **one,
            "flow": one["flow"]["id"],
            "flow_version": one["flow"]["version"],
            "decisions": decisions,
            "ticket": one["ticket"] and one["ticket"]["id"],
            "access": "; ".join(one["access"]),
            "emergency": "yes" if one["emergency"] else "",
        }


def activity_data(exported: Exported, now: datetime) -> dict[str, Any]:
    """The same for programs. continues: the cursor of further ones; none if these are all."""
    return {
        "made_at": _said(now),
        "requests": [_request(one, exported.listed, now) for one in exported.requests],
        "continues": exported.cursor,
    }


def summary_rows(summary: Summary) -> Iterator[Row]:
    """The configuration first, then what is held, then the members of a group."""
    data = summary_data(summary)
    for line in data["configuration"]:
        flow = line["flow"]
        yield {
            "part": "configuration",
            "flow": flow["id"],
            "flow_version": flow["version"],
            "flow_name": flow["name"],
            "what": "; ".join(line["what"]),
            "description": line["description"],
        }
    for held in data["access"]:
        yield {
            "part": "access",
            **held,
            "flow": held["flow"]["id"],
            "flow_version": held["flow"]["version"],
            "access": "; ".join(held["access"]),
        }
    for member in data["members"]:
        yield {"part": "member", "person": member["id"], "person_name": member["name"]}
    if not summary.whole:
        yield {"part": "note", "description": _NOT_WHOLE}


def summary_data(summary: Summary) -> dict[str, Any]:
    kind, name = summary.about
    note = {} if summary.whole else {"note": _NOT_WHOLE}
    return {
        "about": {"kind": kind, "id": name},
        "made_at": _said(summary.at),
        "configuration": [
            {
                "flow": {
                    "id": line.flow.id,
                    "version": line.flow.version,
                    "name": line.flow.name,
                    "active": line.flow.active,
                },
                "what": list(line.part),
                "description": describe(line.flow, summary.integrations),
            }
            for line in summary.lines
        ],
        "access": [held_data(one, summary.people, summary.at) for one in summary.held],
        "members": [{"id": one.id, "name": one.name} for one in summary.members],
        "whole": summary.whole,
        **note,
    }


def held_data(held: Held, people: Mapping[str, Person], now: datetime) -> dict[str, Any]:
    """What somebody has by a request, for programs."""
    request = held.request
    return {
        "person": request.grantee_id,
        "person_name": _name(people, request.grantee_id),
        "request": request.id,
        "status": standing(request, now)[0],
        "flow": request.flow.to_data(),
        "flow_name": request.flow_name,
        "activated_at": _said(request.activated_at),
        "ends_at": _said(request.ends_at),
        "access": list(map(_entitlement, held.entitlements)),
    }


_NOT_WHOLE = "not everything was looked at: there may be more access, or people, than told"


def _request(request: AccessRequest, listed: Listed, now: datetime) -> dict[str, Any]:
    status, cause = standing(request, now)
    shown = [e for batch in listed.batches[request.id] for e in batch.entitlements]
    instants = ("submitted_at", "starts_at", "granting_at", "activated_at", "ends_at", "closed_at")
    return {
        "request": request.id,
        "status": status,
        "cause": cause,
        "reason": request.reason,
        "emergency": request.emergency,
        "requester": request.requester_id,
        "requester_name": _name(listed.people, request.requester_id),
        "grantee": request.grantee_id,
        "grantee_name": _name(listed.people, request.grantee_id),
        "flow": request.flow.to_data(),
        "flow_name": request.flow_name,
        "duration": request.to_data()["duration"],
        "justification": request.justification,
        "ticket": request.ticket and request.ticket.to_data(),
        **{name: _said(getattr(request, name)) for name in instants},
        "decisions": [_vote(vote, listed.people) for vote in request.votes],
        "access": list(map(_entitlement, shown)),
        "entitlements": sum(batch.entitlements for batch in request.batches),
    }


def _vote(vote: Vote, people: Mapping[str, Person]) -> dict[str, Any]:
    return {
        "by": vote.person_id,
        "name": _name(people, vote.person_id),
        "on_behalf_of": vote.on_behalf_of,
        "approves": vote.approves,
        "at": _said(vote.at),
        "reason": vote.reason,
    }


def _decision(vote: Mapping[str, Any]) -> str:
    said = "approved" if vote["approves"] else "rejected"
    because = f": {vote['reason']}" if vote["reason"] else ""
    return f"{vote['name'] or vote['by']} {said} at {vote['at']}{because}"


def _entitlement(entitlement: Entitlement) -> str:
    place = f"{entitlement.integration}/{entitlement.resource_type}/{entitlement.resource}"
    return f"{entitlement.permission} on {place}"


def _name(people: Mapping[str, Person], person_id: str) -> str | None:
    return people[person_id].name if person_id in people else None


def _said(at: datetime | None) -> str | None:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}" if at else None
