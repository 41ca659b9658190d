"""The API of access links, for admins. It signs their addresses, and can do nothing else."""

from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Body, Query

from accessflows import wiring
from accessflows.actions import access_links
from accessflows.model.access_link import NewLink
from accessflows.web.api import IdempotencyKey, admin, handle, resolver
from accessflows.web.link_views import link_view

app = resolver()

EVERY = "/configuration/access-flows/<flow_id>/links"


@app.post(EVERY, status_code=HTTPStatus.CREATED)
def make_link(
    flow_id: str, wanted: Annotated[NewLink, Body()], idempotency_key: IdempotencyKey = None
) -> dict[str, Any]:
    """A new link; its `url` is for whoever is to ask by it."""
    person = admin(app, wiring.directory())
    link = access_links.make(
        wiring.flows(),
        wiring.access_links(),
        flow_id,
        wanted,
        actor=person.id,
        idempotency_key=idempotency_key,
        now=wiring.now(),
        new_id=wiring.new_id,
    )
    return link_view(link, wiring.link_keys(), wiring.public_url())


@app.get(EVERY)
def list_links(flow_id: str, cursor: Annotated[str | None, Query()] = None) -> dict[str, Any]:
    """The flow's links, the oldest first, withdrawn ones too."""
    admin(app, wiring.directory())
    page = access_links.list_links(wiring.flows(), wiring.access_links(), flow_id, cursor)
    keys, url = wiring.link_keys(), wiring.public_url()
    return {"links": [link_view(link, keys, url) for link in page.links], "cursor": page.cursor}


@app.delete(f"{EVERY}/<link_id>")
def revoke_link(flow_id: str, link_id: str) -> dict[str, Any]:
    """Nobody asks by it any more; what was asked by it goes on."""
    person = admin(app, wiring.directory())
    link = access_links.revoke(
        wiring.access_links(), flow_id, link_id, actor=person.id, now=wiring.now()
    )
    return link_view(link, wiring.link_keys(), wiring.public_url())


handler = handle(app)
