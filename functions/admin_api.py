"""The API of admins: what the product works by."""

from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Query

from accessflows import wiring
from accessflows.actions import look_up
from accessflows.web.api import admin, handle, resolver
from accessflows.web.configuration_views import page_view

app = resolver()

Cursor = Annotated[str | None, Query()]


@app.get("/configuration/access-flows")
def list_flows(cursor: Cursor = None) -> dict[str, Any]:
    admin(app, wiring.directory())
    return page_view("access_flows", look_up.flows(wiring.flows(), cursor))


handler = handle(app)
