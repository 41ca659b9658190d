"""Functions called directly, as whoever triggers them calls them: what they log is then seen."""

import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit

from local.company import Company
from tests.stack.privilege.inside.answering import RAISED


class Act(NamedTuple):
    """A call of the API. person: none where the header says who calls.

    body: a text is a form's. path and body: may name what a test made, as `{pending}`.
    """

    person: str | None
    method: str
    path: str
    body: Any = None
    headers: Mapping[str, str] = {}

    def about(self, made: Mapping[str, str]) -> "Act":
        """The same, with the names of what was made filled in."""

        def fill(text: str) -> str:
            for name, value in made.items():
                text = text.replace(f"{{{name}}}", value)
            return text

        body = self.body if self.body is None else json.loads(fill(json.dumps(self.body)))
        headers = {name: fill(value) for name, value in self.headers.items()}
        return self._replace(path=fill(self.path), body=body, headers=headers)


def runs(company: Company, function: str, event: Any) -> Callable[[], Any]:
    """What the function answers; none where it fails."""

    def run() -> Any:
        try:
            answer = company.invoke(f"accessflows-{function.replace('_', '-')}", event)
        except RuntimeError:
            return None
        return None if answer == RAISED else answer

    return run


def answers(run: Callable[[], Any], **expected: Any) -> Callable[[], bool]:
    """Whether what was answered says this."""
    return lambda: expected.items() <= (run() or {}).items()


def api(company: Company, function: str, act: Act) -> Callable[[], bool]:
    """Whether the function did what a call of the API asks of it."""
    return _is_fine(runs(company, function, http_event(act)))


def page(
    company: Company, function: str, method: str, address: str, **form: str
) -> Callable[[], bool]:
    """Whether the page behind a signed link, at `.../{what}/{token}`, answers."""
    parts = urlsplit(address)
    what, _, token = parts.path.strip("/").partition("/")
    event = {
        "routeKey": f"{method} /{what}/{{token}}",
        "pathParameters": {"token": token},
        "queryStringParameters": dict(parse_qsl(parts.query)),
        "requestContext": {"http": {"method": method}},
        "body": urlencode(form),
    }
    return _is_fine(runs(company, function, event))


def messages(*bodies: str) -> dict[str, Any]:
    """What a queue hands over."""
    record = {"receiptHandle": "", "attributes": {}, "messageAttributes": {}, "md5OfBody": ""}
    return {
        "Records": [
            {**record, "messageId": str(number), "body": body, "eventSource": "aws:sqs"}
            for number, body in enumerate(bodies)
        ]
    }


def http_event(act: Act) -> dict[str, Any]:
    """As API Gateway writes it, its authorizer asked."""
    path, _, query = act.path.partition("?")
    is_form = isinstance(act.body, str)
    authority = {"authorizer": {"lambda": {"person_id": act.person}}} if act.person else {}
    return {
        "version": "2.0",
        "routeKey": f"{act.method} {path}",
        "rawPath": path,
        "rawQueryString": query,
        "queryStringParameters": dict(parse_qsl(query)),
        "headers": {"content-type": "application/json", **act.headers},
        "requestContext": {
            "http": {"method": act.method, "path": path},
            "stage": "$default",
            **authority,
        },
        "body": act.body if act.body is None or is_form else json.dumps(act.body),
        "isBase64Encoded": False,
    }


def _is_fine(run: Callable[[], Any]) -> Callable[[], bool]:
    return lambda: (run() or {"statusCode": 500})["statusCode"] < 400
