"""The API of access requests: ask, look, cancel, revoke."""

from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Body, Query

from accessflows import wiring
from accessflows.actions import end, grantees, read, submit
from accessflows.model.request import Status
from accessflows.model.value import Text, Value
from accessflows.web.api import caller, handle, resolver
from accessflows.web.people_views import grantees_view
from accessflows.web.views import answer_view, detail_view, request_view

app = resolver()


class Reason(Value):
    """Why access is taken away."""

    reason: Text | None = None


@app.get("/me")
def me() -> dict[str, Any]:
    return caller(app, wiring.directory()).to_data()


@app.get("/me/grantees")
def my_grantees(
    name: Annotated[str | None, Query()] = None,
    cursor: Annotated[str | None, Query()] = None,
) -> dict[str, Any]:
    person = caller(app, wiring.directory())
    return grantees_view(grantees.grantees(wiring.ports(), person, name, cursor))


@app.post("/access-requests")
def post_request(wish: Annotated[submit.Wish, Body()]) -> tuple[dict[str, Any], int]:
    now = wiring.now()
    requests = submit.submit(
        wiring.ports(),
        wish,
        caller_id=caller(app, wiring.directory()).id,
        idempotency_key=app.current_event.headers.get("idempotency-key"),
        now=now,
        new_id=wiring.new_id,
    )
    return {"requests": [request_view(request, now) for request in requests]}, 201


@app.post("/access-requests/dry-run")
def dry_run(wish: Annotated[submit.Wish, Body()]) -> dict[str, Any]:
    person = caller(app, wiring.directory())
    return answer_view(submit.answer(wiring.ports(), wish, caller_id=person.id, now=wiring.now()))


@app.get("/access-requests")
def list_requests(
    role: Annotated[str, Query(pattern="^(requester|grantee)$")] = "requester",
    status: Annotated[list[Status] | None, Query()] = None,
    cursor: Annotated[str | None, Query()] = None,
) -> dict[str, Any]:
    page = read.list_requests(
        wiring.ports(),
        caller(app, wiring.directory()),
        as_grantee=role == "grantee",
        statuses=status or (),
        cursor=cursor,
    )
    now = wiring.now()
    return {"requests": [request_view(r, now) for r in page.requests], "cursor": page.cursor}


@app.get("/access-requests/<request_id>")
def show(request_id: str) -> dict[str, Any]:
    detail = read.show(wiring.ports(), request_id, caller(app, wiring.directory()))
    return detail_view(detail, wiring.now())


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


handler = handle(app)
