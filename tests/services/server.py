"""A small HTTP server on this machine, which answers what a test says and keeps what it heard."""

import json
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple


class Asked(NamedTuple):
    """A request. path: with its query."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


class Answer(NamedTuple):
    """body: bytes as they are, all else as JSON."""

    status: int
    body: Any
    headers: Mapping[str, str] = {}


class Server:
    """respond: what it answers. tls: with its certificate, for https."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.asked: list[Asked] = []
        self.respond: Callable[[Asked], Answer] = lambda _: Answer(404, {})
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        if tls:
            self._http.socket = tls.wrap_socket(self._http.socket, server_side=True)
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self._http.server_port}"

    @classmethod
    @contextmanager
    def running(cls, tls: ssl.SSLContext | None = None) -> "Iterator[Server]":
        server = cls(tls)
        threading.Thread(target=server._http.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield server
        finally:
            server._http.shutdown()
            server._http.server_close()

    def hear(self, asked: Asked) -> Answer:
        self.asked.append(asked)
        return self.respond(asked)


def _handler(server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            answer = server.hear(Asked(self.command, self.path, dict(self.headers), body))
            text = answer.body
            if not isinstance(text, bytes):
                text = json.dumps(text).encode()
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _answer  # noqa: N815 (http.server's)

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    return Handler
