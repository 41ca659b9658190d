"""PagerDuty: who is on call, by its REST API v2 (`GET /oncalls`).

It tells of schedules that an escalation policy uses; nobody is on call for any other."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from accessflows.model.on_call import Region
from accessflows.on_call.reading import JsonReader
from accessflows.ports import NoAnswer

BASE_URLS = {Region.US: "https://api.pagerduty.com", Region.EU: "https://api.eu.pagerduty.com"}
_PAGE = 100
_MOST_PAGES = 20


class PagerDuty:
    """An account, as of one question."""

    def __init__(self, base_url: str, api_key: str) -> None:
        self._reader = JsonReader(
            base_url,
            {
                "Authorization": f"Token token={api_key}",
                "Accept": "application/vnd.pagerduty+json;version=2",
            },
        )

    def on_call(self, schedule_ids: Sequence[str]) -> Mapping[str, frozenset[str]]:
        people: dict[str, set[str]] = defaultdict(set)
        for entry in self._entries(schedule_ids):
            try:
                schedule, email = entry["schedule"], entry["user"].get("email")
                if schedule and email:
                    people[schedule["id"]].add(email.casefold())
            except (KeyError, TypeError, AttributeError) as error:
                raise NoAnswer("its answer reads otherwise than documented") from error
        return {schedule_id: frozenset(people[schedule_id]) for schedule_id in schedule_ids}

    def _entries(self, schedule_ids: Sequence[str]) -> Iterator[dict[str, Any]]:
        """Of all pages. Raises NoAnswer rather than leave somebody out."""
        query = [("include[]", "users"), *(("schedule_ids[]", each) for each in schedule_ids)]
        for page in range(_MOST_PAGES):
            answer = self._reader.get(
                "/oncalls", [*query, ("limit", str(_PAGE)), ("offset", str(page * _PAGE))]
            )
            entries = answer.get("oncalls")
            if not isinstance(entries, list):
                raise NoAnswer("its answer reads otherwise than documented")
            yield from entries
            if not answer.get("more"):
                return
        raise NoAnswer(f"more than {_MOST_PAGES * _PAGE} entries: name fewer schedules")
