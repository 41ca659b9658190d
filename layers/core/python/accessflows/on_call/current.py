"""Who is on call, from everything that says so: schedules of the configuration, and services.

Schedules are worked out at each question; a service is asked once a minute at most. While it does
not answer, nobody is waited for again within a quarter of a minute."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from aws_lambda_powertools import Logger

from accessflows.model.on_call import OnCallPlan, OnCallSchedule, OnCallSource
from accessflows.model.roll import Shift
from accessflows.ports import NoAnswer, OnCallService
from accessflows.rules.on_call import people_on_call

ANSWER_HOLDS_FOR = timedelta(minutes=1)
SILENCE_HOLDS_FOR = timedelta(seconds=15)

logger = Logger(child=True)


class _Heard(NamedTuple):
    """What a service said, none if nothing, and until when that is taken for true."""

    said: Mapping[str, frozenset[str]] | None
    until: datetime


class CurrentOnCall:
    """plan: what counts now. service: builds what speaks to a source, or raises NoAnswer."""

    def __init__(
        self, plan: Callable[[], OnCallPlan], service: Callable[[OnCallSource], OnCallService]
    ) -> None:
        self._plan = plan
        self._service = service
        self._heard: dict[OnCallSource, _Heard] = {}

    def shifts(self, at: datetime) -> Sequence[Shift]:
        plan = self._plan()
        own = [_shift(schedule, at) for schedule in plan.schedules]
        return own + [shift for source in plan.sources for shift in self._shifts_of(source, at)]

    def _shifts_of(self, source: OnCallSource, at: datetime) -> list[Shift]:
        heard = self._heard.get(source)
        if heard is None or at >= heard.until:
            heard = self._heard[source] = self._ask(source, at)
        said = heard.said
        return [
            Shift(each.id, each.name, None if said is None else said.get(each.id, frozenset()))
            for each in source.schedules
        ]

    def _ask(self, source: OnCallSource, at: datetime) -> _Heard:
        try:
            said = self._service(source).on_call([each.id for each in source.schedules])
        except NoAnswer as silence:
            logger.warning("on-call service did not answer", source=source.id, why=str(silence))
            return _Heard(None, at + SILENCE_HOLDS_FOR)
        return _Heard(said, at + ANSWER_HOLDS_FOR)


def _shift(schedule: OnCallSchedule, at: datetime) -> Shift:
    people = frozenset(person.casefold() for person in people_on_call(schedule, at))
    return Shift(schedule.id, schedule.name, people)
