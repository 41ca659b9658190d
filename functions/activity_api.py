"""The API of activity and reports: admins see all requests and who could reach what, read the
audit, and end several requests at once."""

from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Body, Query
from pydantic import AwareDatetime

from accessflows import wiring
from accessflows.actions import access_graph, summary
from accessflows.actions.activity import Sought, activity
from accessflows.actions.audit import SETTINGS, audit
from accessflows.actions.end_many import Ending, end_many
from accessflows.actions.holders import at_place, holders
from accessflows.model.refusal import BadInput
from accessflows.model.request import Status
from accessflows.rules.planning import ResourceKey
from accessflows.web.activity_files import summary_data
from accessflows.web.activity_views import activity_view, ended_view
from accessflows.web.api import admin, handle, resolver
from accessflows.web.report_views import audit_view, person_graph_view, resource_graph_view

app = resolver()

Word = Annotated[str | None, Query()]


@app.get("/activity")
def list_activity(
    status: Annotated[list[Status] | None, Query()] = None,
    flow: Word = None,
    grantee: Word = None,
    requester: Word = None,
    integration: Word = None,
    since: Annotated[AwareDatetime | None, Query()] = None,
    until: Annotated[AwareDatetime | None, Query()] = None,
    cursor: Word = None,
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
    found = activity(wiring.ports(), sought, cursor)
    concerned = {person_id for request in found.requests for person_id in request.concerned}
    return activity_view(found, wiring.ports().directory.people(concerned), now)


@app.post("/activity/revoke")
def revoke(body: Annotated[Ending, Body()]) -> dict[str, Any]:
    now = wiring.now()
    person = admin(app, wiring.directory())
    return ended_view(end_many(wiring.ports(), body, person, now), now)


@app.get("/reports/summary")
def summarise(
    person: Word = None,
    group: Word = None,
    integration: Word = None,
    resource_type: Word = None,
    resource: Word = None,
) -> dict[str, Any]:
    """How a person, a group or a resource is configured, and who has what of it now."""
    admin(app, wiring.directory())
    now, ports = wiring.now(), wiring.ports()
    place = _place(integration, resource_type, resource)
    match person, group, place:
        case str(person_id), None, None:
            told = summary.of_person(ports, wiring.users().person(person_id), now)
        case None, str(group_id), None:
            told = summary.of_group(ports, wiring.users().group(group_id), now)
        case None, None, (_, _, _):
            told = summary.of_resource(ports, place, now)
        case _:
            raise BadInput(
                "say of what: `person`, `group`, or `integration`, `resource_type` and `resource`"
            )
    return summary_data(told)


@app.get("/reports/access-graph")
def draw(
    person: Word = None,
    integration: Word = None,
    resource_type: Word = None,
    resource: Word = None,
    cursor: Word = None,
) -> dict[str, Any]:
    """By which flows a person could reach what, or who could reach a resource and who has it."""
    admin(app, wiring.directory())
    ports = wiring.ports()
    place = _place(integration, resource_type, resource)
    if person and place is None:
        known = wiring.users().person(person)
        return person_graph_view(access_graph.could_reach(ports, known, cursor))
    if place and person is None:
        reach = access_graph.could_be_reached_by(ports, place)
        held = holders(ports, at_place(place), cursor)
        return resource_graph_view(reach, held, wiring.now())
    raise BadInput("say of what: `person`, or `integration`, `resource_type` and `resource`")


@app.get("/audit")
def show_audit(subject: Word = None, cursor: Word = None) -> dict[str, Any]:
    """What happened to a subject, such as `request:01H...` or `flow:buckets`, the latest first,
    and whether its chain of events holds. Without one: the configuration as a whole."""
    admin(app, wiring.directory())
    ports, flows, users = wiring.ports(), wiring.flows(), wiring.users()
    return audit_view(audit(ports, flows, users, subject or SETTINGS, cursor))


def _place(
    integration: str | None, resource_type: str | None, resource: str | None
) -> ResourceKey | None:
    """Raises BadInput where a part of it is missing."""
    match integration, resource_type, resource:
        case None, None, None:
            return None
        case str(), str(), str():
            return integration, resource_type, resource
    raise BadInput("a resource takes all of `integration`, `resource_type` and `resource`")


handler = handle(app)
