"""Work out who is told of what happened to a request, a person or a proposed change, or of a limit
that was reached, and queue one notice a person."""

from collections.abc import Sequence
from typing import Any

from aws_lambda_powertools import Logger

from accessflows import wiring
from accessflows.actions.approvers import flow_asking_by
from accessflows.actions.guard import limit_notices
from accessflows.actions.notify import notices_for
from accessflows.actions.notify_change import change_notices
from accessflows.actions.notify_person import notices_about
from accessflows.model.event import Event
from accessflows.model.notice import AnyNotice

logger = Logger()


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    event_id = event["detail"]["event_id"]
    subject, _, number = event_id.rpartition("#")
    happened = wiring.requests().event(subject, int(number))
    notices = _notices(happened)
    if notices:
        wiring.notice_queue().put(notices)
    logger.info("notices queued", event_id=event_id, kind=happened.kind, notices=len(notices))
    return {"event_id": event_id, "notices": len(notices)}


def _notices(happened: Event) -> Sequence[AnyNotice]:
    kind, _, name = happened.subject.partition(":")
    if kind == "person":
        return notices_about(happened, wiring.directory())
    if kind == "change":
        return change_notices(happened, wiring.flows().change(name), wiring.directory())
    if kind == "limit":
        return limit_notices(happened, wiring.directory())
    request = wiring.requests().get(name)
    flow = flow_asking_by(wiring.flows(), wiring.directory(), request)
    return notices_for(happened, request, flow, wiring.directory())
