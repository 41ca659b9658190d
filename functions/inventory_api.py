"""The API of what can be asked for: resources, apps, bundles, access scopes, and what they hold."""

from typing import Annotated, Any
from urllib.parse import parse_qs

from aws_lambda_powertools.event_handler.openapi.params import Query

from accessflows import wiring
from accessflows.actions import apps, browse
from accessflows.model.refusal import BadInput
from accessflows.web.api import caller, handle, resolver
from accessflows.web.views import app_view, found_view

app = resolver()

# May be written more than once.
Texts = Annotated[list[str] | None, Query()]
Text = Annotated[str | None, Query()]
Name = Annotated[str, Query()]


@app.get("/inventory/resources")
def find_resources(
    name: Name = "",
    resource_type: Texts = None,
    permission: Texts = None,
    tag: Texts = None,
    integration: Texts = None,
    grantee_id: Text = None,
    cursor: Text = None,
) -> dict[str, Any]:
    search = browse.Search(
        name=name,
        resource_types=resource_type or (),
        permissions=permission or (),
        tags=_tags() if tag else {},
        integrations=integration or (),
    )
    person = caller(app, wiring.directory())
    return found_view(
        browse.find_resources(wiring.ports(), person, search, grantee_id=grantee_id, cursor=cursor)
    )


@app.get("/apps")
def list_apps(name: Name = "", grantee_id: Text = None) -> dict[str, Any]:
    person = caller(app, wiring.directory())
    found = apps.list_apps(wiring.ports(), person, name, grantee_id=grantee_id)
    return {"apps": [app_view(each) for each in found]}


@app.get("/bundles")
def list_bundles(name: Name = "", grantee_id: Text = None) -> dict[str, Any]:
    person = caller(app, wiring.directory())
    bundles = browse.list_bundles(wiring.ports(), person, name, grantee_id=grantee_id)
    return {"bundles": [bundle.to_data() for bundle in bundles]}


@app.get("/bundles/<bundle_id>/contents")
def bundle_contents(bundle_id: str, grantee_id: Text = None, cursor: Text = None) -> dict[str, Any]:
    person = caller(app, wiring.directory())
    return found_view(
        browse.bundle_contents(
            wiring.ports(), person, bundle_id, grantee_id=grantee_id, cursor=cursor
        )
    )


@app.get("/access-scopes")
def list_scopes(name: Name = "", grantee_id: Text = None) -> dict[str, Any]:
    person = caller(app, wiring.directory())
    scopes = browse.list_scopes(wiring.ports(), person, name, grantee_id=grantee_id)
    return {"access_scopes": [scope.to_data() for scope in scopes]}


@app.get("/access-scopes/<scope_id>/contents")
def scope_contents(scope_id: str, grantee_id: Text = None, cursor: Text = None) -> dict[str, Any]:
    person = caller(app, wiring.directory())
    return found_view(
        browse.scope_contents(
            wiring.ports(), person, scope_id, grantee_id=grantee_id, cursor=cursor
        )
    )


def _tags() -> dict[str, list[str]]:
    """`key:value` pairs; the values of one key are alternatives, and may hold colons.

    Read from the address itself, since the event joins repeated parameters by commas.
    """
    tags: dict[str, list[str]] = {}
    for pair in parse_qs(app.current_event.raw_query_string, keep_blank_values=True)["tag"]:
        key, colon, value = pair.partition(":")
        if not key or not colon:
            raise BadInput(f"{pair!r} is no tag: write key:value", field="tag")
        tags.setdefault(key, []).append(value)
    return tags


handler = handle(app)
