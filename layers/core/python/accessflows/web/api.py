"""The JSON API: a resolver that knows its caller and answers refusals as problem documents."""

import json
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from aws_lambda_powertools.event_handler.openapi.params import Header

from accessflows.model.person import Person, Role
from accessflows.model.refusal import (
    BadInput,
    Contended,
    NotYours,
    Refusal,
    ScopeMissing,
    VersionMissing,
)
from accessflows.model.service import acting_service
from accessflows.ports import Directory, Lost
from accessflows.rules.scopes import scope_of
from accessflows.web.invalid import invalid
from accessflows.web.problems import (
    CONTENT_TYPE,
    document,
    nothing_there,
    problem,
    retry_after,
)

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        description="The same key with the same body is done once, however often it is sent.",
    ),
]
IfMatch = Annotated[
    str | None,
    Header(alias="If-Match", description="The ETag of what was read; `*` for whatever is there."),
]

# Of a version in a header.
MOST_DIGITS = 9

logger = Logger()


def resolver() -> APIGatewayHttpResolver:
    """A validating resolver whose errors are problem documents."""
    app = APIGatewayHttpResolver(enable_validation=True)

    @app.exception_handler(Refusal)
    def refused(refusal: Refusal) -> Response[str]:
        logger.warning("refused", refusal=refusal.type())
        return _answer(*problem(refusal), retry_after(refusal))

    @app.exception_handler(Lost)
    def contended(_: Lost) -> Response[str]:
        logger.warning("refused", refusal=Contended.type())
        said = "others kept changing the same thing at this moment; nothing was done, try again"
        return _answer(*problem(Contended(said)))

    @app.exception_handler(RequestValidationError)
    def not_valid(error: RequestValidationError) -> Response[str]:
        bodies = app.context["_route"].dependant.body_params
        schema = bodies[0].field_info.annotation if bodies else None
        return _answer(*invalid(list(error.errors()), schema, app.current_event.body))

    @app.not_found
    def unknown_route(_: NotFoundError) -> Response[str]:
        return _answer(*nothing_there())

    return app


def caller(app: APIGatewayHttpResolver, directory: Directory) -> Person:
    """The signed-in person, with roles and groups as the directory holds them now.

    Raises NotYours for a service, which is nobody.
    """
    said = _authorized(app.current_event.raw_event)
    if "service" in said:
        raise NotYours("this is for people, and a token of a service was sent: sign in instead")
    return directory.person(said["person_id"])


def acting(app: APIGatewayHttpResolver, directory: Directory) -> Person:
    """Who acts: the caller, or a service that sent its token."""
    service = _authorized(app.current_event.raw_event).get("service")
    return acting_service(service) if service else caller(app, directory)


def came_by_token(app: APIGatewayHttpResolver) -> bool:
    """Whether a token of the caller's was sent, instead of their sign-in."""
    return "scopes" in _authorized(app.current_event.raw_event)


def admin(app: APIGatewayHttpResolver, directory: Directory) -> Person:
    """Who acts, and is an admin now or a service. Raises NotYours."""
    person = acting(app, directory)
    if Role.ADMIN not in person.roles:
        raise NotYours("only admins may do this; ask one of them, or to become one")
    return person


def version_read(tag: str | None) -> int | None:
    """The version that a change is made to, from If-Match; none for `*`, whichever there is.

    Raises VersionMissing, BadInput.
    """
    if tag is None:
        raise VersionMissing(
            "send the ETag of what you read as If-Match, so that no other change is lost; "
            "`If-Match: *` changes whatever is there"
        )
    if tag == "*":
        return None
    number = tag.strip('"')
    if not number.isdecimal() or len(number) > MOST_DIGITS:
        raise BadInput(f'If-Match is {tag}: write the ETag as it was given, such as "3"')
    return int(number)


def versioned(
    body: Mapping[str, Any], version: int, status: HTTPStatus = HTTPStatus.OK
) -> Response[dict[str, Any]]:
    """An answer that carries its version as ETag."""
    return Response(
        status_code=int(status),
        content_type="application/json",
        headers={"ETag": f'"{version}"'},
        body=dict(body),
    )


def refuse_beyond_scope(event: Mapping[str, Any]) -> None:
    """Whoever sent a token is held to its scopes. Raises ScopeMissing.

    A person who signed in comes without scopes, and is not limited but by what they may do.
    """
    given = _authorized(event).get("scopes")
    if given is None:
        return
    needed = scope_of(event["routeKey"])
    if needed is None:
        raise ScopeMissing("no token may do this: sign in instead")
    if needed not in given.split():
        raise ScopeMissing(
            f"this takes a token with the scope {needed}; the one sent has {given}: make another",
            scope=needed,
        )


def _authorized(event: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the authorizer said of the call."""
    said: Mapping[str, Any] = event["requestContext"].get("authorizer") or {}
    return said.get("lambda") or {}


def handle(app: APIGatewayHttpResolver) -> Callable[[dict[str, Any], Any], dict[str, Any]]:
    """The Lambda handler of a resolver. A fault is logged, and answered without its insides."""

    @logger.inject_lambda_context(clear_state=True)
    def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
        try:
            refuse_beyond_scope(event)
            return app.resolve(event, context)
        except ScopeMissing as refusal:
            logger.warning("refused", refusal=refusal.type())
            return _plain(*problem(refusal))
        except Exception:
            logger.exception("the call failed")
            status = HTTPStatus.INTERNAL_SERVER_ERROR
            detail = "something went wrong on our side; nothing was lost, please try again"
            return _plain(status, document(status, "fault", detail))

    return handler


def _plain(status: HTTPStatus, body: Mapping[str, Any]) -> dict[str, Any]:
    """An answer that no resolver gave."""
    return {
        "statusCode": int(status),
        "headers": {"content-type": CONTENT_TYPE},
        "body": json.dumps(body),
    }


def _answer(
    status: HTTPStatus, body: dict[str, Any], headers: Mapping[str, str] | None = None
) -> Response[str]:
    return Response(
        status_code=int(status),
        content_type=CONTENT_TYPE,
        headers=dict(headers or {}),
        body=json.dumps(body),
    )
