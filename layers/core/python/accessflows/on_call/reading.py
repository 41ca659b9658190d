"""Reading a service, within a time that holds for several reads together."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from accessflows.http_json import BadStatus, HttpJson, NotAnswered
from accessflows.ports import NoAnswer

MOST_SECONDS = 4.0

_WHY = {
    401: "it does not take the API key: put a valid one into the source's secret",
    403: "the API key may not read who is on call",
    404: "it has no such schedule: look at the ids of the source",
    429: "it was asked too often",
}


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
        self._http = HttpJson(base_url, headers=headers)
        self._clock = clock
        self._stop_at = clock() + seconds

    def get(self, path: str, query: Sequence[tuple[str, str]] = ()) -> dict[str, Any]:
        """The object at the path. Raises NoAnswer."""
        left = self._stop_at - self._clock()
        if left <= 0:
            raise NoAnswer("it took too long")
        try:
            found = self._http.call("GET", path, query=query, seconds=left)
        except BadStatus as error:
            said = _WHY.get(error.status, "it could not answer")
            raise NoAnswer(f"{said} (HTTP {error.status})") from error
        except NotAnswered as error:
            raise NoAnswer(str(error)) from error
        if not isinstance(found, dict):
            raise NoAnswer("it answered something else than an object")
        return found
