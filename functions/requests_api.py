"""The API of access requests: ask, look, cancel, revoke, extend, review."""

from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body, Query

from accessflows import wiring
from accessflows.actions import (
    ask_again,
    end,
    extend,
    grantees,
    my_access,
    rate,
    read,
    review,
    show_resource,
    submit,
    use_access,
)
from accessflows.actions.answer import answer
from accessflows.model.rating import Opinion
from accessflows.model.refusal import BadInput
from accessflows.model.request import Status
from accessflows.model.value import Text, Value
from accessflows.model.wish import Wish
from accessflows.rules.grantees import usable
from accessflows.web.access_views import access_view, usage_view
from accessflows.web.api import IdempotencyKey, caller, handle, resolver
from accessflows.web.flow_views import flow_view
from accessflows.web.people_views import grantees_view
from accessflows.web.rating_views import rating_view
from accessflows.web.resource_views import resource_view
from accessflows.web.views import answer_view, detail_view, request_view

app = resolver()


class Reason(Value):
    """Why access is taken away."""

    reason: Text | None = None


class Findings(Value):
    """What an admin found when looking into an emergency."""

    text: Text


@app.get("/me")
def me() -> dict[str, Any]:
    return caller(app, wiring.directory()).to_data()


@app.get("/me/access")
def access() -> dict[str, Any]:
    now = wiring.now()
    held = my_access.my_access(wiring.ports(), caller(app, wiring.directory()), now)
    return access_view(held, now)


@app.get("/access-flows")
def access_flows() -> dict[str, Any]:
    """The flows that the caller may use."""
    counts = wiring.ports().flows.snapshot()
    mine = usable(counts.flows, caller(app, wiring.directory()))
    return {"access_flows": [flow_view(flow, counts.integrations) for flow in mine]}


@app.put("/access-flows/<flow_id>/description/rating")
def put_rating(flow_id: str, opinion: Annotated[Opinion, Body()]) -> dict[str, Any]:
    """What the caller thinks of the generated description as it is now."""
    person = caller(app, wiring.directory())
    return rating_view(
        rate.rate(wiring.ports(), wiring.ratings(), person, flow_id, opinion, wiring.now())
    )


@app.get("/me/grantees")
def my_grantees(
    name: Annotated[str | None, Query()] = None,
    cursor: Annotated[str | None, Query()] = None,
) -> dict[str, Any]:
    person = caller(app, wiring.directory())
    mine = usable(wiring.ports().flows.current(), person)
    return grantees_view(grantees.grantees(wiring.ports(), mine, person, name, cursor))


@app.get("/resources")
def get_resource(
    integration: Annotated[str, Query()],
    resource_type: Annotated[str, Query()],
    resource: Annotated[str, Query()],
) -> dict[str, Any]:
    now, person = wiring.now(), caller(app, wiring.directory())
    place = (integration, resource_type, resource)
    return resource_view(show_resource.show_resource(wiring.ports(), person, place, now), now)


@app.post("/access-requests", status_code=HTTPStatus.CREATED)
def post_request(
    wish: Annotated[Wish, Body()], idempotency_key: IdempotencyKey = None
) -> dict[str, Any]:
    now = wiring.now()
    requests = submit.submit(
        wiring.ports(),
        wish,
        caller_id=caller(app, wiring.directory()).id,
        idempotency_key=idempotency_key,
        now=now,
        new_id=wiring.new_id,
    )
    return {"requests": [request_view(request, now) for request in requests]}


@app.post("/access-requests/dry-run")
def dry_run(wish: Annotated[Wish, Body()]) -> dict[str, Any]:
    person = caller(app, wiring.directory())
    return answer_view(answer(wiring.ports(), wish, caller_id=person.id, now=wiring.now()))


@app.get("/access-requests")
def list_requests(
    role: Annotated[str, Query(pattern="^(requester|grantee)$")] = "requester",
    status: Annotated[list[Status] | None, Query()] = None,
    cursor: Annotated[str | None, Query()] = None,
    favorite: Annotated[bool, Query()] = False,
) -> dict[str, Any]:
    now, person = wiring.now(), caller(app, wiring.directory())
    if favorite:
        starred = my_access.favourites(wiring.ports(), person)
        wanted = [r for r in starred if not status or r.status in status]
        return {"requests": [request_view(r, now) for r in wanted], "cursor": None}
    page = read.list_requests(
        wiring.ports(),
        person,
        as_grantee=role == "grantee",
        statuses=status or (),
        cursor=cursor,
    )
    return {"requests": [request_view(r, now) for r in page.requests], "cursor": page.cursor}


@app.get("/access-requests/<request_id>")
def show(request_id: str) -> dict[str, Any]:
    now = wiring.now()
    detail = read.show(wiring.ports(), request_id, caller(app, wiring.directory()), now)
    return detail_view(detail, now)


@app.get("/access-requests/<request_id>/access-details")
def show_access_details(request_id: str) -> Response[dict[str, Any]]:
    """How the caller uses what was granted to them, with the passwords that were made for them."""
    person, seal = caller(app, wiring.directory()), wiring.login_seal()
    usage = use_access.use_access(wiring.ports(), seal, request_id, person, wiring.now())
    return Response(
        status_code=int(HTTPStatus.OK),
        content_type="application/json",
        headers={"Cache-Control": "no-store"},
        body=usage_view(usage),
    )


@app.post("/access-requests/<request_id>/request-again", status_code=HTTPStatus.CREATED)
def request_again(
    request_id: str,
    again: Annotated[ask_again.Again | None, Body()] = None,
    idempotency_key: IdempotencyKey = None,
) -> dict[str, Any]:
    now = wiring.now()
    requests = ask_again.ask_again(
        wiring.ports(),
        request_id,
        caller(app, wiring.directory()),
        again or ask_again.Again(),
        idempotency_key=idempotency_key,
        now=now,
        new_id=wiring.new_id,
    )
    return {"requests": [request_view(request, now) for request in requests]}


@app.post("/access-requests/<request_id>/favorite")
def star(request_id: str) -> dict[str, Any]:
    person = caller(app, wiring.directory())
    request = my_access.star(wiring.ports(), request_id, person)
    return {**request_view(request, wiring.now()), "favorite": True}


@app.delete("/access-requests/<request_id>/favorite")
def unstar(request_id: str) -> dict[str, Any]:
    my_access.unstar(wiring.ports(), request_id, caller(app, wiring.directory()))
    return {"id": request_id, "favorite": False}


@app.post("/access-requests/<request_id>/cancel")
def cancel(request_id: str) -> dict[str, Any]:
    now = wiring.now()
    person = caller(app, wiring.directory())
    return request_view(end.cancel(wiring.ports(), request_id, person, now), now)


@app.post("/access-requests/<request_id>/revoke")
def revoke(request_id: str, body: Annotated[Reason, Body()]) -> dict[str, Any]:
    now = wiring.now()
    person = caller(app, wiring.directory())
    return request_view(end.revoke(wiring.ports(), request_id, person, body.reason, now), now)


@app.post("/access-requests/<request_id>/extend")
def post_extension(request_id: str) -> dict[str, Any]:
    if app.current_event.body:
        raise BadInput("an extension takes no body: how long it lasts is for the flow to say")
    now = wiring.now()
    person = caller(app, wiring.directory())
    extend.extend(wiring.ports(), request_id, person, now)
    return detail_view(read.show(wiring.ports(), request_id, person, now), now)


@app.post("/access-requests/<request_id>/review")
def post_review(request_id: str, body: Annotated[Findings, Body()]) -> dict[str, Any]:
    now = wiring.now()
    person = caller(app, wiring.directory())
    return request_view(review.review(wiring.ports(), request_id, person, body.text, now), now)


handler = handle(app)
