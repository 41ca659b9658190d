"""The page behind a mailed approval link. Reading it changes nothing; its form decides.

Nobody signs in here: the signed link names the approver, whose authority is checked again."""

import base64
from typing import Any

from aws_lambda_powertools import Logger

from accessflows import wiring
from accessflows.web.answer_link import Answer, Post, post_link, show_link
from accessflows.web.pages import answer_with

logger = Logger()


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    method = event["requestContext"]["http"]["method"]
    ports, keys, now = wiring.ports(), wiring.link_keys(), wiring.now()
    token = event["pathParameters"]["token"]
    if method == "POST":
        post = Post(_body(event), event["requestContext"]["http"].get("sourceIp", ""))
        answer = post_link(ports, keys, token=token, post=post, now=now, new_id=wiring.new_id)
    else:
        answer = show_link(ports, keys, token=token, now=now)
    _log(method, answer)
    return answer_with(answer.page, method)


def _body(event: dict[str, Any]) -> str:
    body = str(event.get("body") or "")
    if not event.get("isBase64Encoded"):
        return body
    return base64.b64decode(body).decode(errors="replace")


def _log(method: str, answer: Answer) -> None:
    """Who and which request, never the token or what was written."""
    known = answer.link
    about = {
        "method": method,
        "outcome": answer.outcome,
        "request_id": known.request_id if known else None,
        "approver": known.approver_id if known else None,
    }
    if answer.decided:
        logger.info("request decided by link", extra=about)
    elif method == "POST" or known is None:
        logger.warning("approval link refused", extra=about)
