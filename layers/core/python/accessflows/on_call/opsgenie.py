"""Opsgenie: who is on call, by its API v2 (`GET /v2/schedules/{id}/on-calls`)."""

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from accessflows.model.on_call import Region
from accessflows.on_call.reading import JsonReader
from accessflows.ports import NoAnswer

BASE_URLS = {Region.US: "https://api.opsgenie.com", Region.EU: "https://api.eu.opsgenie.com"}


class Opsgenie:
    """An account, as of one question. Its people are named by their addresses."""

    def __init__(self, base_url: str, api_key: str) -> None:
        self._reader = JsonReader(base_url, {"Authorization": f"GenieKey {api_key}"})

    def on_call(self, schedule_ids: Sequence[str]) -> Mapping[str, frozenset[str]]:
        return {schedule_id: self._people(schedule_id) for schedule_id in schedule_ids}

    def _people(self, schedule_id: str) -> frozenset[str]:
        query = [("scheduleIdentifierType", "id"), ("flat", "true")]
        answer = self._reader.get(f"/v2/schedules/{quote(schedule_id, safe='')}/on-calls", query)
        try:
            return frozenset(name.casefold() for name in answer["data"]["onCallRecipients"])
        except (KeyError, TypeError, AttributeError) as error:
            raise NoAnswer("its answer reads otherwise than documented") from error
