"""Tokens by which identity providers push people to us: admins make, list and revoke them."""

from datetime import timedelta
from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Body

from accessflows import wiring
from accessflows.actions import tokens
from accessflows.model.token import Token
from accessflows.model.value import Duration, Name, Value
from accessflows.web.api import admin, handle, resolver

PATH = "/configuration/identity-sources/<source_id>/tokens"

app = resolver()


class WantedToken(Value):
    """name: what it is called in lists. lives_for: a year at most."""

    name: Name
    lives_for: Duration = timedelta(days=365)


@app.post(PATH, status_code=HTTPStatus.CREATED)
def make(source_id: str, wanted: Annotated[WantedToken, Body()]) -> tuple[dict[str, Any], int]:
    person = admin(app, wiring.directory())
    made = tokens.make_token(
        wiring.tokens(),
        wiring.flows().current_set().settings,
        source=source_id,
        name=wanted.name,
        lives_for=wanted.lives_for,
        actor=person.id,
        now=wiring.now(),
        new_id=wiring.new_id,
    )
    return {**_shown(made.token), "token": made.text}, HTTPStatus.CREATED


@app.get(PATH)
def every(source_id: str) -> dict[str, Any]:
    admin(app, wiring.directory())
    return {"tokens": [_shown(token) for token in wiring.tokens().of_source(source_id)]}


@app.delete(PATH + "/<token_id>")
def revoke(source_id: str, token_id: str) -> dict[str, Any]:
    person = admin(app, wiring.directory())
    now = wiring.now()
    revoked = tokens.revoke_token(wiring.tokens(), source_id, token_id, actor=person.id, now=now)
    return _shown(revoked)


def _shown(token: Token) -> dict[str, Any]:
    """All but the hash."""
    return {name: value for name, value in token.to_data().items() if name != "hash"}


handler = handle(app)
