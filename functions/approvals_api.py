"""The API of approvals: a signed-in approver sees what awaits them, and decides."""

from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Body, Query
from pydantic import Field

from accessflows import wiring
from accessflows.actions.decide import decide
from accessflows.actions.decide_many import Decision, decide_many
from accessflows.actions.inbox import inbox
from accessflows.model.limits import MOST_DECISIONS_AT_ONCE
from accessflows.model.value import Value
from accessflows.web.api import caller, handle, resolver
from accessflows.web.views import inbox_view, outcomes_view, request_view

app = resolver()


class Vote(Value):
    """What an approver says."""

    reason: str | None = None


class Decisions(Value):
    """What an approver says of several requests."""

    decisions: tuple[Decision, ...] = Field(min_length=1, max_length=MOST_DECISIONS_AT_ONCE)


@app.get("/approvals")
def awaiting(cursor: Annotated[str | None, Query()] = None) -> dict[str, Any]:
    now = wiring.now()
    person = caller(app, wiring.directory())
    return inbox_view(inbox(wiring.ports(), person, now, cursor=cursor), now)


@app.post("/approvals/bulk")
def bulk(body: Annotated[Decisions, Body()]) -> dict[str, Any]:
    now = wiring.now()
    person = caller(app, wiring.directory())
    decided = decide_many(wiring.ports(), body.decisions, person.id, now)
    return {"decisions": outcomes_view(decided, now)}


@app.post("/approvals/<request_id>/approve")
def approve(request_id: str, vote: Annotated[Vote, Body()]) -> dict[str, Any]:
    return _decide(request_id, vote, approves=True)


@app.post("/approvals/<request_id>/reject")
def reject(request_id: str, vote: Annotated[Vote, Body()]) -> dict[str, Any]:
    return _decide(request_id, vote, approves=False)


def _decide(request_id: str, vote: Vote, *, approves: bool) -> dict[str, Any]:
    now = wiring.now()
    request = decide(
        wiring.ports(),
        request_id,
        caller(app, wiring.directory()).id,
        approves=approves,
        reason=vote.reason,
        now=now,
    )
    return request_view(request, now)


handler = handle(app)
