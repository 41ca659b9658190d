"""The filter of the activity, as the form sends it and the address carries it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from urllib.parse import urlencode

from accessflows.actions.activity import Sought
from accessflows.model.refusal import BadInput
from accessflows.web.request_filter import chosen

_TEXTS = ("flow", "grantee", "requester", "integration", "since", "until")

# The id of whom somebody means by an address or an id.
IdOf = Callable[[str], str]


class ActivityFilter(NamedTuple):
    """As typed; empty where nothing was. since, until: days in UTC, both included."""

    status: tuple[str, ...] = ()
    flow: str = ""
    grantee: str = ""
    requester: str = ""
    integration: str = ""
    since: str = ""
    until: str = ""

    @classmethod
    def of(cls, asked: Mapping[str, Sequence[str]]) -> "ActivityFilter":
        texts = {name: asked.get(name, [""])[0].strip() for name in _TEXTS}
        return cls(tuple(asked.get("status", ())), **texts)

    def sought(self, id_of: IdOf) -> Sought:
        """Raises BadInput for what does not read."""
        until = _day(self.until, "until", "Through")
        return Sought(
            statuses=chosen(self.status),
            flow_id=self.flow or None,
            grantee_id=id_of(self.grantee) if self.grantee else None,
            requester_id=id_of(self.requester) if self.requester else None,
            integration=self.integration or None,
            since=_day(self.since, "since", "From"),
            until=until + timedelta(days=1) if until else None,
        )

    def query(self, **more: str | None) -> str:
        """As it stands in an address, without a question mark."""
        fields = [("status", status) for status in self.status]
        fields += [(name, getattr(self, name)) for name in _TEXTS if getattr(self, name)]
        fields += [(name, value) for name, value in more.items() if value]
        return urlencode(fields)

    @property
    def is_set(self) -> bool:
        return self != ActivityFilter()


def _day(text: str, field: str, label: str) -> datetime | None:
    if not text:
        return None
    try:
        return datetime.combine(date.fromisoformat(text), time(), UTC)
    except ValueError as error:
        raise BadInput(f"{label}: {text[:40]} is no day such as 2026-03-31", field=field) from error
