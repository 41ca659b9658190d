"""The API of admins: the configuration, section by section, and the account settings.

Who looks after a space sees and changes that part of it."""

from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body, Query

from accessflows import wiring
from accessflows.actions import configure, look_up
from accessflows.actions.change_settings import change_settings
from accessflows.actions.decide_change import approve_change, proposed_changes, reject_change
from accessflows.actions.editor import Editor
from accessflows.actions.rate import rated
from accessflows.actions.realm import realm_of
from accessflows.model.account import AccountSettings
from accessflows.model.configuration import MODELS, Section
from accessflows.model.flow import AccessFlow
from accessflows.model.person import Person
from accessflows.model.proposed_change import ProposedChange
from accessflows.model.refusal import BadInput
from accessflows.model.value import Text, Value
from accessflows.rules.spaces import Realm
from accessflows.web.api import (
    IdempotencyKey,
    IfMatch,
    acting,
    admin,
    handle,
    resolver,
    version_read,
    versioned,
)
from accessflows.web.change_views import change_view, changes_view
from accessflows.web.configuration_views import (
    content_view,
    description_of,
    history_view,
    page_view,
    placed_view,
    settings_view,
)
from accessflows.web.rating_views import ratings_view

app = resolver()


class Rejection(Value):
    """Why a proposed change is not to count."""

    reason: Text | None = None


Cursor = Annotated[str | None, Query()]
Answer = Response[dict[str, Any]]

# Where each section stands under /configuration.
PATHS = {
    Section.FLOWS: "access-flows",
    Section.BUNDLES: "bundles",
    Section.ACCESS_SCOPES: "access-scopes",
    Section.INTEGRATIONS: "integrations",
    Section.ON_CALL_SCHEDULES: "on-call-schedules",
    Section.SPACES: "spaces",
    Section.RESOURCE_ACCESS: "resource-access",
}


def _editor(person: Person) -> Editor:
    """The person at work, in what they look after. Raises NotYours."""
    return Editor(
        wiring.flows(),
        wiring.directory(),
        wiring.requests(),
        wiring.connectors(),
        person.id,
        wiring.now(),
        wiring.new_id,
        realm_of(wiring.flows(), person),
    )


def _seen() -> Realm:
    """What the caller looks after. Raises NotYours."""
    return realm_of(wiring.flows(), acting(app, wiring.directory()))


def _shown(placed: look_up.Placed | ProposedChange, status: HTTPStatus = HTTPStatus.OK) -> Answer:
    if isinstance(placed, ProposedChange):
        return _awaited(placed)
    described = description_of(placed.entry, wiring.flows().integrations())
    return versioned(placed_view(placed, described), placed.version, status)


def _awaited(change: ProposedChange) -> Answer:
    """It does not count yet: another admin has to agree."""
    return Response(
        status_code=int(HTTPStatus.ACCEPTED),
        content_type="application/json",
        body=change_view(change, wiring.now()),
    )


def _serve(section: Section, path: str) -> None:
    """The routes of a section. Their bodies are checked against its own model."""
    model = MODELS[section]
    every, one = f"/configuration/{path}", f"/configuration/{path}/<entry_id>"

    @app.get(every)
    def list_entries(cursor: Cursor = None) -> dict[str, Any]:
        return page_view(look_up.entries(wiring.flows(), section, cursor, _seen()))

    @app.post(every, status_code=HTTPStatus.CREATED)
    def create(entry: Annotated[model, Body()], idempotency_key: IdempotencyKey = None) -> Answer:  # type: ignore[valid-type]  # one model a section
        editor = _editor(acting(app, wiring.directory()))
        return _shown(configure.create(editor, section, entry, idempotency_key), HTTPStatus.CREATED)

    @app.get(one)
    def show(entry_id: str) -> Answer:
        found = look_up.entry(wiring.flows(), wiring.requests(), section, entry_id, _seen())
        return _shown(found)

    @app.put(one)
    def update(entry_id: str, entry: Annotated[model, Body()], if_match: IfMatch = None) -> Answer:  # type: ignore[valid-type]  # as above
        editor = _editor(acting(app, wiring.directory()))
        if entry.id != entry_id:  # type: ignore[attr-defined]  # every entry has one
            raise BadInput(f"id: the address says {entry_id}; an id stays for ever", field="id")
        return _shown(configure.update(editor, section, entry, version_read(if_match)))

    @app.delete(one)
    def close(entry_id: str, if_match: IfMatch = None) -> Answer:
        editor = _editor(acting(app, wiring.directory()))
        closed = configure.close(editor, section, entry_id, version_read(if_match))
        if isinstance(closed, ProposedChange):
            return _awaited(closed)
        return versioned({**closed._asdict(), "closed": True}, closed.version)

    @app.get(f"{one}/versions")
    def list_versions(entry_id: str, cursor: Cursor = None) -> dict[str, Any]:
        found = look_up.history(
            wiring.flows(), wiring.requests(), section, entry_id, cursor, _seen()
        )
        return history_view(found)

    @app.get(f"{one}/versions/<version>")
    def show_version(entry_id: str, version: int) -> dict[str, Any]:
        entry = look_up.version_of(wiring.flows(), section, entry_id, version, _seen())
        return {"id": entry_id, "version": version, "content": content_view(entry)}


for section, path in PATHS.items():
    _serve(section, path)


@app.post("/configuration/access-flows/describe")
def describe_draft(flow: Annotated[AccessFlow, Body()]) -> dict[str, Any]:
    """The description of a flow as it is sent, which is stored nowhere."""
    _seen()
    return {"description_generated": description_of(flow, wiring.flows().integrations())}


@app.get("/configuration/access-flows/<flow_id>/ratings")
def list_ratings(flow_id: str, cursor: Cursor = None) -> dict[str, Any]:
    """What people said of the flow's generated description, by version of the text."""
    admin(app, wiring.directory())
    return ratings_view(rated(wiring.ratings(), flow_id, cursor))


@app.get("/configuration/settings")
def show_settings() -> Answer:
    admin(app, wiring.directory())
    placed = look_up.settings(wiring.flows())
    return versioned(settings_view(placed), placed.version)


@app.patch("/configuration/settings")
def patch_settings(changes: Annotated[AccountSettings, Body()], if_match: IfMatch = None) -> Answer:
    """Only what is named changes."""
    editor = _editor(admin(app, wiring.directory()))
    placed = change_settings(editor, changes, version_read(if_match))
    if isinstance(placed, ProposedChange):
        return _awaited(placed)
    return versioned(settings_view(placed), placed.version)


@app.get("/configuration/changes")
def list_changes(cursor: Cursor = None) -> dict[str, Any]:
    """What admins proposed where the account wants two people for a change, the newest first."""
    admin(app, wiring.directory())
    return changes_view(proposed_changes(wiring.flows(), cursor), wiring.now())


@app.get("/configuration/changes/<change_id>")
def show_change(change_id: str) -> dict[str, Any]:
    admin(app, wiring.directory())
    return change_view(wiring.flows().change(change_id), wiring.now())


@app.post("/configuration/changes/<change_id>/approve")
def approve(change_id: str) -> dict[str, Any]:
    """Lets it count, for an admin who is not its author."""
    person = admin(app, wiring.directory())
    return change_view(approve_change(_editor(person), person, change_id), wiring.now())


@app.post("/configuration/changes/<change_id>/reject")
def reject(change_id: str, rejection: Annotated[Rejection, Body()]) -> dict[str, Any]:
    """Lets it never count; its author withdraws it so."""
    person = admin(app, wiring.directory())
    rejected = reject_change(wiring.flows(), person, change_id, rejection.reason, wiring.now())
    return change_view(rejected, wiring.now())


handler = handle(app)
