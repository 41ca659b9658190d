"""Reading JSON over HTTP, within a time that holds for several reads together."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPRedirectHandler, Request, build_opener

from accessflows.ports import NoAnswer

MOST_SECONDS = 4.0
_MOST_BYTES = 2_000_000

_WHY = {
    401: "it does not take the API key: put a valid one into the source's secret",
    403: "the API key may not read who is on call",
    404: "it has no such schedule: look at the ids of the source",
    429: "it was asked too often",
}


class _NoRedirects(HTTPRedirectHandler):
    """A key sent to one host is not for another."""

    def redirect_request(self, *_args: Any) -> None:
        return None


class JsonReader:
    """Reads from one service. seconds: for everything that one reader reads."""

    def __init__(
        self,
        base_url: str,
        headers: Mapping[str, str],
        *,
        seconds: float = MOST_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._base_url = base_url
        self._headers = headers
        self._clock = clock
        self._stop_at = clock() + seconds
        self._opener = build_opener(_NoRedirects)

    def get(self, path: str, query: Sequence[tuple[str, str]] = ()) -> dict[str, Any]:
        """The object at the path. Raises NoAnswer."""
        left = self._stop_at - self._clock()
        if left <= 0:
            raise NoAnswer("it took too long")
        request = Request(  # noqa: S310 (the base address is ours)
            f"{self._base_url}{path}?{urlencode(query)}", headers=dict(self._headers)
        )
        try:
            with self._opener.open(request, timeout=left) as response:
                found = json.loads(response.read(_MOST_BYTES))
        except HTTPError as error:
            said = _WHY.get(error.code, "it could not answer")
            raise NoAnswer(f"{said} (HTTP {error.code})") from error
        except (OSError, HTTPException) as error:
            raise NoAnswer(f"it could not be reached: {error}") from error
        except ValueError as error:
            raise NoAnswer("it answered no JSON") from error
        if not isinstance(found, dict):
            raise NoAnswer("it answered something else than an object")
        return found
