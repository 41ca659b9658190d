"""The API of approvals: who is signed in sees what awaits them, decides, and names delegates."""

from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Body, Query
from pydantic import Field

from accessflows import wiring
from accessflows.actions.decide import decide
from accessflows.actions.decide_many import Decision, decide_many
from accessflows.actions.delegate import delegate, delegations, end_delegation
from accessflows.actions.inbox import inbox
from accessflows.model.delegation import Period
from accessflows.model.limits import MOST_DECISIONS_AT_ONCE
from accessflows.model.value import Value
from accessflows.web.api import caller, came_by_token, handle, resolver
from accessflows.web.delegation_views import delegation_view, delegations_view
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
    decided = decide_many(
        wiring.ports(), body.decisions, person.id, now, by_token=came_by_token(app)
    )
    return {"decisions": outcomes_view(decided, now)}


@app.post("/approvals/<request_id>/approve")
def approve(request_id: str, vote: Annotated[Vote, Body()]) -> dict[str, Any]:
    return _decide(request_id, vote, approves=True)


@app.post("/approvals/<request_id>/reject")
def reject(request_id: str, vote: Annotated[Vote, Body()]) -> dict[str, Any]:
    return _decide(request_id, vote, approves=False)


@app.get("/me/delegations")
def list_delegations() -> dict[str, Any]:
    """Who decides in the caller's place, and in whose the caller does; what is not over."""
    now, directory = wiring.now(), wiring.directory()
    both = delegations(wiring.delegations(), caller(app, directory), now)
    named = {i for one in (*both.given, *both.taken) for i in (one.delegator_id, one.delegate_id)}
    return delegations_view(both, directory.people(named), now)


@app.post("/me/delegations", status_code=HTTPStatus.CREATED)
def post_delegation(period: Annotated[Period, Body()]) -> dict[str, Any]:
    """The same words again make no second one."""
    now, directory = wiring.now(), wiring.directory()
    made = delegate(
        wiring.delegations(),
        directory,
        caller(app, directory),
        period,
        delegation_id=wiring.new_id(),
        now=now,
    )
    return delegation_view(made, now)


@app.delete("/me/delegations/<delegation_id>")
def delete_delegation(delegation_id: str) -> dict[str, Any]:
    """Ends it before its time, for whoever gave or took it."""
    now, directory = wiring.now(), wiring.directory()
    ended = end_delegation(
        wiring.delegations(), directory, caller(app, directory), delegation_id, now
    )
    return delegation_view(ended, now)


def _decide(request_id: str, vote: Vote, *, approves: bool) -> dict[str, Any]:
    now = wiring.now()
    request = decide(
        wiring.ports(),
        request_id,
        caller(app, wiring.directory()).id,
        approves=approves,
        reason=vote.reason,
        now=now,
        by_token=came_by_token(app),
    )
    return request_view(request, now)


handler = handle(app)
