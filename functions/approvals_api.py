"""The API of approvals: a signed-in approver decides."""

from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Body

from accessflows import wiring
from accessflows.actions.decide import decide
from accessflows.model.value import Value
from accessflows.web.api import caller, handle, resolver
from accessflows.web.views import request_view

app = resolver()


class Vote(Value):
    """What an approver says."""

    reason: str | None = None


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
