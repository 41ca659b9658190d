"""The JSON API: a resolver that knows its caller and answers refusals as problem documents."""

import json
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError

from accessflows.model.person import Person, Role
from accessflows.model.refusal import NotYours, Refusal
from accessflows.ports import Directory
from accessflows.web.problems import CONTENT_TYPE, document, problem

logger = Logger()


def resolver() -> APIGatewayHttpResolver:
    """A validating resolver whose errors are problem documents."""
    app = APIGatewayHttpResolver(enable_validation=True)

    @app.exception_handler(Refusal)
    def refused(refusal: Refusal) -> Response[str]:
        logger.warning("refused", refusal=refusal.type())
        return _answer(*problem(refusal))

    @app.exception_handler(RequestValidationError)
    def invalid(error: RequestValidationError) -> Response[str]:
        errors = [
            {"field": ".".join(str(part) for part in e["loc"][1:]), "message": e["msg"]}
            for e in error.errors()
        ]
        detail = "; ".join(f"{e['field'] or 'body'}: {e['message']}" for e in errors)
        status = HTTPStatus.BAD_REQUEST
        return _answer(status, document(status, "bad-input", detail, errors=errors))

    @app.not_found
    def unknown_route(_: NotFoundError) -> Response[str]:
        status = HTTPStatus.NOT_FOUND
        return _answer(status, document(status, "not-found", "there is no such resource"))

    return app


def caller(app: APIGatewayHttpResolver, directory: Directory) -> Person:
    """The signed-in person, with roles and groups as the directory holds them now."""
    context: Mapping[str, Any] = app.current_event.request_context.authorizer.get_lambda or {}
    return directory.person(context["person_id"])


def admin(app: APIGatewayHttpResolver, directory: Directory) -> Person:
    """The caller, who is an admin now. Raises NotYours."""
    person = caller(app, directory)
    if Role.ADMIN not in person.roles:
        raise NotYours("only admins may do this; ask one of them, or to become one")
    return person


def handle(app: APIGatewayHttpResolver) -> Callable[[dict[str, Any], Any], dict[str, Any]]:
    """The Lambda handler of a resolver. A fault is logged, and answered without its insides."""

    @logger.inject_lambda_context(clear_state=True)
    def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
        try:
            return app.resolve(event, context)
        except Exception:
            logger.exception("the call failed")
            status = HTTPStatus.INTERNAL_SERVER_ERROR
            detail = "something went wrong on our side; nothing was lost, please try again"
            return {
                "statusCode": int(status),
                "headers": {"content-type": CONTENT_TYPE},
                "body": json.dumps(document(status, "fault", detail)),
            }

    return handler


def _answer(status: HTTPStatus, body: dict[str, Any]) -> Response[str]:
    return Response(status_code=int(status), content_type=CONTENT_TYPE, body=json.dumps(body))
