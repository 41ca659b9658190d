"""The pages of people without an account: an access link, a proof, a request form, a status page.

Nobody signs in here: the signed link says what it is good for, and reading it changes nothing."""

import base64
from collections.abc import Callable, Mapping
from typing import Any

from aws_lambda_powertools import Logger

from accessflows import wiring
from accessflows.notices.links import new_link_id
from accessflows.web.answer_status import answer_status
from accessflows.web.answer_visit import (
    Answer,
    Call,
    Desk,
    answer_link,
    answer_proof,
    answer_visit,
    unless_too_often,
)
from accessflows.web.pages import answer_with

logger = Logger()

_ANSWERS: Mapping[str, Callable[[Desk, Call], Answer]] = {
    "/join/{token}": answer_link,
    "/confirm/{token}": answer_proof,
    "/ask/{token}": answer_visit,
    "/status/{token}": answer_status,
}
# Outcomes that need nobody's attention.
_CHANGES = frozenset({"proof asked", "proved", "asked", "end", "extend"})


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    method, path = event["routeKey"].split(" ")
    call = Call(
        token=event["pathParameters"]["token"],
        query=event.get("queryStringParameters") or {},
        body=_body(event) if method == "POST" else None,
        source=event["requestContext"]["http"].get("sourceIp", ""),
    )
    answer = unless_too_often(_ANSWERS[path], _desk(), call)
    _log(method, path, answer)
    return answer_with(answer.page, method)


def _desk() -> Desk:
    return Desk(
        ports=wiring.ports(),
        links=wiring.access_links(),
        people=wiring.directory(),
        queue=wiring.notice_queue(),
        keys=wiring.link_keys(),
        now=wiring.now(),
        new_id=wiring.new_id,
        new_link_id=new_link_id,
    )


def _body(event: dict[str, Any]) -> str:
    body = str(event.get("body") or "")
    if not event.get("isBase64Encoded"):
        return body
    return base64.b64decode(body).decode(errors="replace")


def _log(method: str, path: str, answer: Answer) -> None:
    """Which page and which ids, never the token or what was written."""
    about = {"method": method, "page": path, "outcome": answer.outcome, **answer.about}
    if answer.outcome in _CHANGES:
        logger.info("outsider answered", extra=about)
    elif answer.outcome != "shown":
        logger.warning("outsider turned away", extra=about)
