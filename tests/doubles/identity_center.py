"""An identity store that answers over HTTP as IAM Identity Center does, page-less."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any


class Listed:
    """What it lists: people by name, and groups with their members' names."""

    def __init__(self) -> None:
        self.people: dict[str, str] = {}
        self.groups: dict[str, tuple[str, ...]] = {}

    def answer(self, operation: str, asked: Mapping[str, str]) -> dict[str, Any]:
        match operation:
            case "ListUsers":
                return {"Users": [_user(name, title) for name, title in self.people.items()]}
            case "ListGroups":
                return {"Groups": [{"GroupId": n, "DisplayName": n} for n in self.groups]}
            case _:
                members = self.groups[asked["GroupId"]]
                return {"GroupMemberships": [{"MemberId": {"UserId": n}} for n in members]}


@contextmanager
def serving(listed: Listed) -> Iterator[str]:
    """Its address, until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            _, _, operation = self.headers["X-Amz-Target"].partition(".")
            body = json.dumps(listed.answer(operation, asked)).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/x-amz-json-1.1")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Nothing is said of single calls."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _user(name: str, title: str) -> dict[str, Any]:
    address = f"{name}@center.example"
    emails = [{"Value": address, "Primary": True}]
    return {"UserId": name, "UserName": address, "Title": title, "Emails": emails}
