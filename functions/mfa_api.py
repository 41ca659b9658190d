"""The API of MFA: one's authenticator app, its codes, and its reset by admins.

The only function that can read what the codes are made of."""

from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body
from pydantic import Field

from accessflows import wiring
from accessflows.actions.enrol import begin_enrolment, confirm_enrolment
from accessflows.actions.pass_mfa import pass_mfa
from accessflows.actions.reset_mfa import reset_mfa
from accessflows.model.second_factor import CODE_PATTERN, SecondFactor
from accessflows.model.value import Value
from accessflows.web.api import admin, caller, handle, resolver
from accessflows.web.mfa_views import factor_view, secret_view
from accessflows.web.views import request_view

app = resolver()


class GivenCode(Value):
    """What an authenticator app shows now: six digits. Never in a log."""

    code: Annotated[str, Field(pattern=CODE_PATTERN, repr=False)]


def _shown(factor: SecondFactor) -> dict[str, Any]:
    return factor_view(factor, wiring.ports().flows.settings(), wiring.now())


@app.get("/me/mfa")
def show() -> dict[str, Any]:
    person = caller(app, wiring.directory())
    return _shown(wiring.ports().second_factors.get(person.id))


@app.post("/me/mfa", status_code=HTTPStatus.CREATED)
def begin() -> Response[dict[str, Any]]:
    """A new secret, in this answer and never again."""
    person, secret = caller(app, wiring.directory()), wiring.new_mfa_secret()
    factor = begin_enrolment(wiring.ports(), wiring.seal(), person, secret)
    return Response(
        status_code=int(HTTPStatus.CREATED),
        content_type="application/json",
        headers={"Cache-Control": "no-store"},
        body=secret_view(factor, person, secret),
    )


@app.post("/me/mfa/confirm")
def confirm(given: Annotated[GivenCode, Body()]) -> dict[str, Any]:
    person = caller(app, wiring.directory())
    return _shown(
        confirm_enrolment(wiring.ports(), wiring.seal(), person, given.code, wiring.now())
    )


@app.post("/access-requests/<request_id>/pass-mfa")
def confirm_request(request_id: str, given: Annotated[GivenCode, Body()]) -> dict[str, Any]:
    now, person = wiring.now(), caller(app, wiring.directory())
    request = pass_mfa(wiring.ports(), wiring.seal(), request_id, person, given.code, now)
    return request_view(request, now)


@app.post("/users/<person_id>/mfa/reset")
def reset(person_id: str) -> dict[str, Any]:
    person = admin(app, wiring.directory())
    return _shown(reset_mfa(wiring.ports(), person, person_id, wiring.now()))


handler = handle(app)
