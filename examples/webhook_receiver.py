"""A system of your own behind Access Flows: the web server to begin with.

    SIGNING_KEY=... python examples/webhook_receiver.py 8600

This one keeps its grants in memory. Put calls to your system in their place, and whatever serves
your web pages in front. What each message holds, and what it must be answered, is in
docs/own-systems.md."""

import hashlib
import hmac
import json
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock
from typing import Any

# How far the clock of a message may be from ours.
TOLERANCE_SECONDS = 300

Answer = dict[str, Any]


class Distrusted(Exception):
    """The message is not known to be from Access Flows, or is not its last word."""


class Receiver:
    """keys: those that a signature may be of. resources: what there is, as `discover` answers it.

    clock: seconds since 1970.
    """

    def __init__(
        self,
        keys: Sequence[str],
        resources: Sequence[Answer],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._keys = keys
        self._resources = list(resources)
        self._clock = clock
        self._lock = Lock()
        self._said_at: dict[str, int] = {}
        self.grants: dict[str, dict[str, Any]] = {}

    def handle(self, headers: Mapping[str, str], body: bytes) -> tuple[int, Answer]:
        """The status and JSON to answer a POST with."""
        try:
            said_at = self._verified(headers, body)
            with self._lock:
                return 200, self._do(json.loads(body), said_at)
        except Distrusted as error:
            return 401, {"error": str(error)}

    def _verified(self, headers: Mapping[str, str], body: bytes) -> int:
        """When the message was signed. Raises Distrusted, before anything of it is read."""
        timestamp = headers.get("Accessflows-Timestamp", "")
        signatures = headers.get("Accessflows-Signature", "").split(",")
        signed = timestamp.encode() + b"." + body
        for key in self._keys:
            wanted = "v1=" + hmac.new(key.encode(), signed, hashlib.sha256).hexdigest()
            if any(hmac.compare_digest(wanted.encode(), each.encode()) for each in signatures):
                break
        else:
            raise Distrusted("the signature is of none of our keys")
        if abs(self._clock() - int(timestamp)) > TOLERANCE_SECONDS:
            raise Distrusted("the message is too old, or its clock is wrong")
        return int(timestamp)

    def _do(self, message: dict[str, Any], said_at: int) -> Answer:
        if message["action"] == "discover":
            return {"resources": self._resources, "cursor": None}
        grant_id = message["grant_id"]
        if message["action"] == "observe":
            held = self.grants.get(grant_id)
            return {"holds": True, "until": held["until"], "evidence": held} if held else _NOTHING
        # A grant that somebody recorded may not come back after it was revoked.
        if said_at < self._said_at.get(grant_id, 0):
            raise Distrusted("a later message about this grant has come already")
        self._said_at[grant_id] = said_at
        return self._grant(message) if message["action"] == "grant" else self._revoke(grant_id)

    def _grant(self, message: dict[str, Any]) -> Answer:
        """The same grant again, perhaps with a later end, replaces itself."""
        who = message["principal"]
        if who.startswith("blocked-"):
            return {"status": "refused", "message": f"{who} is blocked here"}
        kept = {key: message[key] for key in ("principal", "entitlements", "until")}
        self.grants[message["grant_id"]] = kept
        return {"status": "granted", "access_details": f"Sign in as {who}."}

    def _revoke(self, grant_id: str) -> Answer:
        """Gone already is success."""
        self.grants.pop(grant_id, None)
        return {"status": "revoked"}


_NOTHING: Answer = {"holds": False}


def server(receiver: Receiver, port: int = 0) -> ThreadingHTTPServer:
    """Bound to this machine only: put your web server with its certificate in front."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, answer = receiver.handle(dict(self.headers), body)
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        def log_message(self, *_: Any) -> None:
            """Messages tell who has which access: not for a log of every call."""

    return ThreadingHTTPServer(("127.0.0.1", port), Handler)


if __name__ == "__main__":
    rooms = {"resource_type": "room", "name": "blue", "permissions": ["enter"]}
    server(Receiver([os.environ["SIGNING_KEY"]], [rooms]), int(sys.argv[1])).serve_forever()
