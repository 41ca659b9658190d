"""JSON over HTTPS: one call, and its answer or none.

No redirects, and no tries of its own. What it raises tells neither bodies nor headers, which hold
keys. Plain HTTP goes to this machine only."""

import json
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from http.client import HTTPException, HTTPResponse
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, HTTPSHandler, Request, build_opener

_LOOPBACK = ("127.0.0.1", "localhost")
_MOST_BYTES = 2_000_000
_AT_ONCE = 65_536


class BadStatus(Exception):
    """The answer's status is none of 2xx. body: its JSON, none where it held none."""

    def __init__(self, host: str, status: int, body: Any) -> None:
        super().__init__(f"{host} answered with HTTP {status}")
        self.status = status
        self.body = body


class NotAnswered(Exception):
    """There was no answer in time, or none in JSON. What the call did is not known."""


class HttpJson:
    """One server. base_url: without a slash at its end. ca: PEM, in place of the public CAs.

    headers: of every call. Raises ValueError for an address that `address_problem` objects to.
    """

    def __init__(
        self,
        base_url: str,
        *,
        headers: Mapping[str, str] | None = None,
        ca: str | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if problem := address_problem(base_url):
            raise ValueError(problem)
        self._base_url = base_url
        self._host = urlsplit(base_url).netloc
        self._headers = {"Accept": "application/json", "User-Agent": "accessflows"}
        self._headers |= headers or {}
        self._clock = clock
        self._opener = build_opener(_NoRedirects, HTTPSHandler(context=_trusting(ca)))

    def call(
        self,
        method: str,
        path: str = "",
        *,
        seconds: float,
        query: Sequence[tuple[str, str]] = (),
        headers: Mapping[str, str] | None = None,
        body: object = None,
    ) -> Any:
        """The JSON of the answer, none where it is empty.

        body: what becomes JSON; bytes are JSON already. seconds: for the whole call, about.
        Raises BadStatus, and NotAnswered where the outcome is not known.
        """
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        typed = {"Content-Type": "application/json"} if data is not None else {}
        request = Request(  # noqa: S310 (the scheme was looked at when this was made)
            f"{self._base_url}{path}{'?' if query else ''}{urlencode(query)}",
            data=data,
            headers={**self._headers, **typed, **(headers or {})},
            method=method,
        )
        stop_at = self._clock() + seconds
        try:
            with self._opener.open(request, timeout=seconds) as response:
                return _parsed(self._read(response, stop_at))
        except HTTPError as error:
            raise BadStatus(self._host, error.code, self._said(error, stop_at)) from None
        except (OSError, HTTPException) as error:
            raise NotAnswered(f"{self._host} could not be reached: {error}") from error
        except ValueError as error:
            raise NotAnswered(f"{self._host} answered no JSON") from error

    def _read(self, response: HTTPResponse | HTTPError, stop_at: float) -> bytes:
        """Raises NotAnswered for an answer without end, in time or size."""
        read = bytearray()
        while part := response.read1(_AT_ONCE):
            read += part
            if len(read) > _MOST_BYTES or self._clock() > stop_at:
                raise NotAnswered(f"{self._host} did not come to the end of its answer")
        if getattr(response, "length", None):
            raise NotAnswered(f"{self._host} broke off its answer")
        return bytes(read)

    def _said(self, error: HTTPError, stop_at: float) -> Any:
        """Why it was refused, as far as that can be read."""
        try:
            with error:
                return _parsed(self._read(error, stop_at))
        except (NotAnswered, OSError, HTTPException, ValueError):
            return None


def address_problem(url: object) -> str | None:
    """What is wrong with the address of a server, in words that follow its name."""
    wanted = "write an address such as https://access.example.com"
    try:
        parts = urlsplit(str(url))
        host = parts.hostname
        _ = parts.port
    except ValueError:
        return f"is {url!r}: {wanted}"
    if parts.scheme == "http" and host not in _LOOPBACK:
        return f"is {url!r}: plain HTTP can be read and changed on the way; {wanted}"
    if parts.scheme not in ("http", "https") or not host or not str(url).isprintable():
        return f"is {url!r}: {wanted}"
    if parts.username or parts.password is not None or parts.fragment or " " in str(url):
        return f"is {url!r}: leave out user, password, fragment and spaces"
    return None


@lru_cache(maxsize=16)
def _trusting(ca: str | None) -> ssl.SSLContext:
    """Reading the public CAs takes longer than many a call."""
    return ssl.create_default_context(cadata=ca)


class _NoRedirects(HTTPRedirectHandler):
    """What is sent to one host is not for another."""

    def redirect_request(self, *_args: Any) -> None:
        return None


def _parsed(text: bytes) -> Any:
    return json.loads(text) if text.strip() else None
