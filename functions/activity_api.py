"""The API of activity: admins see all requests, and end several at once."""

from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Body, Query
from pydantic import AwareDatetime

from accessflows import wiring
from accessflows.actions.activity import Sought, activity
from accessflows.actions.end_many import Ending, end_many
from accessflows.model.request import Status
from accessflows.web.activity_views import activity_view, ended_view
from accessflows.web.api import admin, handle, resolver

app = resolver()


@app.get("/activity")
def list_activity(
    status: Annotated[list[Status] | None, Query()] = None,
    flow: Annotated[str | None, Query()] = None,
    grantee: Annotated[str | None, Query()] = None,
    requester: Annotated[str | None, Query()] = None,
    integration: Annotated[str | None, Query()] = None,
    since: Annotated[AwareDatetime | None, Query()] = None,
    until: Annotated[AwareDatetime | None, Query()] = None,
    cursor: Annotated[str | None, Query()] = None,
) -> dict[str, Any]:
    now = wiring.now()
    admin(app, wiring.directory())
    sought = Sought(
        statuses=tuple(status or ()),
        flow_id=flow,
        grantee_id=grantee,
        requester_id=requester,
        integration=integration,
        since=since,
        until=until,
    )
    return activity_view(activity(wiring.ports(), sought, cursor), now)


@app.post("/activity/revoke")
def revoke(body: Annotated[Ending, Body()]) -> dict[str, Any]:
    now = wiring.now()
    person = admin(app, wiring.directory())
    return ended_view(end_many(wiring.ports(), body, person, now), now)


handler = handle(app)
