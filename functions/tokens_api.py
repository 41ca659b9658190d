"""Tokens: everybody their own, admins those of services and identity sources, and a view of all."""

from datetime import timedelta
from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Body, Query

from accessflows import wiring
from accessflows.actions import tokens
from accessflows.model.value import Duration, Name, Value
from accessflows.web.api import admin, caller, handle, resolver
from accessflows.web.token_views import made_view, token_view, tokens_view

SOURCES = "/configuration/identity-sources/<source_id>/tokens"

app = resolver()


class SourceToken(Value):
    """name: what it is called in lists. lives_for: a year at most."""

    name: Name
    lives_for: Duration = timedelta(days=365)


@app.post("/me/tokens", status_code=HTTPStatus.CREATED)
def make_mine(wanted: Annotated[tokens.WantedToken, Body()]) -> tuple[dict[str, Any], int]:
    person = caller(app, wiring.directory())
    made = tokens.make_personal_token(
        wiring.tokens(),
        person,
        wanted,
        actor=person.id,
        now=wiring.now(),
        new_id=wiring.new_id,
    )
    return made_view(made), HTTPStatus.CREATED


@app.get("/me/tokens")
def list_mine() -> dict[str, Any]:
    person = caller(app, wiring.directory())
    return tokens_view(wiring.tokens().of(f"person:{person.id}"))


@app.delete("/me/tokens/<token_id>")
def revoke_mine(token_id: str) -> dict[str, Any]:
    person = caller(app, wiring.directory())
    return _revoke(f"person:{person.id}", token_id, person.id)


@app.get("/tokens")
def list_all(cursor: Annotated[str | None, Query()] = None) -> dict[str, Any]:
    admin(app, wiring.directory())
    return tokens_view(*wiring.tokens().every(cursor))


@app.post("/tokens", status_code=HTTPStatus.CREATED)
def make_for_service(
    wanted: Annotated[tokens.WantedServiceToken, Body()],
) -> tuple[dict[str, Any], int]:
    person = admin(app, wiring.directory())
    made = tokens.make_service_token(
        wiring.tokens(),
        wiring.directory(),
        wanted,
        actor=person.id,
        now=wiring.now(),
        new_id=wiring.new_id,
    )
    return made_view(made), HTTPStatus.CREATED


@app.delete("/tokens/<token_id>")
def revoke_any(token_id: str) -> dict[str, Any]:
    return _revoke(None, token_id, admin(app, wiring.directory()).id)


@app.post(SOURCES, status_code=HTTPStatus.CREATED)
def make(source_id: str, wanted: Annotated[SourceToken, Body()]) -> tuple[dict[str, Any], int]:
    person = admin(app, wiring.directory())
    made = tokens.make_source_token(
        wiring.tokens(),
        wiring.flows().current_set().settings,
        source=source_id,
        name=wanted.name,
        lives_for=wanted.lives_for,
        actor=person.id,
        now=wiring.now(),
        new_id=wiring.new_id,
    )
    return made_view(made), HTTPStatus.CREATED


@app.get(SOURCES)
def list_of_source(source_id: str) -> dict[str, Any]:
    admin(app, wiring.directory())
    return tokens_view(wiring.tokens().of(f"source:{source_id}"))


@app.delete(SOURCES + "/<token_id>")
def revoke_of_source(source_id: str, token_id: str) -> dict[str, Any]:
    return _revoke(f"source:{source_id}", token_id, admin(app, wiring.directory()).id)


def _revoke(holder: str | None, token_id: str, actor: str) -> dict[str, Any]:
    revoked = tokens.revoke_token(wiring.tokens(), holder, token_id, actor=actor, now=wiring.now())
    return token_view(revoked)


handler = handle(app)
