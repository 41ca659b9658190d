"""What people did lately, as far as it is limited: one row for each of them and each limit.

pk: guard:{guarded}:{who}   sk: TRIES   besides: tries, a set of "{instant} {mark}"; expires_at

A set, since adding to it and taking away from it need no reading first: of any number of calls at
once, each is counted, and no more of them pass than there is room for. That a row is gone by its
expiry says nothing: what it held counted no more."""

from datetime import datetime

from pynamodb.expressions.condition import size
from pynamodb.expressions.update import Action

from accessflows.model.event import Event
from accessflows.model.guard import Limit
from accessflows.ports import Lost
from accessflows.rules.guard import counts, free_at
from accessflows.settings import Settings
from accessflows.stores.requests import RequestRow, event_row, instant_text
from accessflows.stores.transactions import write

_TRIES = "TRIES"
# What is over is taken away in the first; another is needed where others did so meanwhile.
_ROUNDS = 5


class DynamoTries:
    """Implements ports.Tries."""

    def __init__(self, settings: Settings) -> None:
        RequestRow.Meta.table_name = settings.requests_table

    def count(self, limit: Limit, who: str, mark: str, now: datetime) -> datetime | None:
        row = _row(limit, who)
        for _ in range(_ROUNDS):
            if _added(row, limit, _member(mark, now), now):
                return None
            held = _held(row)
            over = {member for member in held if not counts(_at(member), limit, now)}
            if over:
                row.update(actions=[RequestRow.tries.delete(over)])
            elif (free := free_at(map(_at, held), limit, now)) > now:
                return free
        raise Lost

    def forget(self, limit: Limit, who: str, mark: str, now: datetime) -> None:
        _row(limit, who).update(actions=[RequestRow.tries.delete({_member(mark, now)})])

    def told(self, subject: str) -> Event | None:
        rows = RequestRow.query(
            subject,
            RequestRow.sk.startswith("EVENT#"),
            consistent_read=True,
            scan_index_forward=False,
            limit=1,
        )
        return next((Event.model_validate_json(row.document or "") for row in rows), None)

    def tell(self, event: Event) -> None:
        write(lambda: event_row(event).save(condition=RequestRow.pk.does_not_exist()))


def _added(row: RequestRow, limit: Limit, member: str, now: datetime) -> bool:
    tries = RequestRow.tries
    room = tries.does_not_exist() | (size(tries) < limit.most) | tries.contains(member)
    expires_at = int((now + limit.within).timestamp()) + 1
    actions: list[Action] = [tries.add({member}), RequestRow.expires_at.set(expires_at)]
    try:
        write(lambda: row.update(actions=actions, condition=room))
    except Lost:
        return False
    return True


def _held(row: RequestRow) -> set[str]:
    try:
        read = RequestRow.get(row.pk, row.sk, consistent_read=True)
    except RequestRow.DoesNotExist:
        return set()
    return set(read.tries or ())


def _row(limit: Limit, who: str) -> RequestRow:
    return RequestRow(f"guard:{limit.guarded}:{who}", _TRIES)


def _member(mark: str, at: datetime) -> str:
    return f"{instant_text(at)} {mark}"


def _at(member: str) -> datetime:
    return datetime.fromisoformat(member.partition(" ")[0])
