"""What doubles of JSON APIs are asked, and how they are served."""

import json
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.services import server


class Asked(NamedTuple):
    """A request. headers: by name in lower case; body: JSON, form fields, or none."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any


# Its status, and what becomes JSON; none for an empty body.
Reply = tuple[int, Any]


@contextmanager
def serving(answer: Callable[[Asked], Reply], tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """Its address, until the block ends."""

    def respond(asked: server.Asked) -> server.Answer:
        status, body = answer(_read(asked))
        return server.Answer(status, b"" if body is None else body)

    with server.Server.running(tls) as running:
        running.respond = respond
        yield running.url


def _read(asked: server.Asked) -> Asked:
    parts = urlsplit(asked.path)
    headers = {name.lower(): value for name, value in asked.headers.items()}
    sent = asked.body.decode()
    if headers.get("content-type") == "application/x-www-form-urlencoded":
        body: Any = dict(parse_qsl(sent))
    else:
        body = json.loads(sent) if sent else None
    return Asked(asked.method, unquote(parts.path), dict(parse_qsl(parts.query)), headers, body)
