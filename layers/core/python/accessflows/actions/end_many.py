"""End many: an admin takes away what a person holds, or requests by their ids, with a reason."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Annotated, NamedTuple, Self

from pydantic import Field, model_validator

from accessflows.actions.end import end, revoke
from accessflows.actions.outcomes import Outcome, outcome_of, refuse_twice
from accessflows.model.limits import MOST_ENDED_AT_ONCE, PAGE_SIZE
from accessflows.model.person import Person
from accessflows.model.request import HELD, NOT_YET_GRANTED
from accessflows.model.value import Flag, Text, Value
from accessflows.ports import Ports


class Ending(Value):
    """What is to end: either everything of one grantee, or requests by their ids.

    cancel_pending: whether what is not granted yet is withdrawn as well.
    """

    person_id: Text | None = None
    request_ids: Annotated[tuple[Text, ...], Field(max_length=MOST_ENDED_AT_ONCE)] = ()
    reason: Annotated[Text, Field(pattern=r"\S")]
    cancel_pending: Flag = False

    @model_validator(mode="after")
    def _names_one_kind(self) -> Self:
        if bool(self.person_id) == bool(self.request_ids):
            raise ValueError("name either a person_id or request_ids, not both and not neither")
        return self


class EndedMany(NamedTuple):
    """What became of each. more: whether the person has further ones; call again for them."""

    outcomes: list[Outcome]
    more: bool


def end_many(ports: Ports, ending: Ending, admin: Person, now: datetime) -> EndedMany:
    """End each on its own; one that is refused hinders no other.

    Raises NotFound for an unknown person; BadInput where a request is named twice.
    """
    request_ids, more = _named(ports, ending)
    act = end if ending.cancel_pending else revoke
    outcomes = [
        outcome_of(one, partial(act, ports, one, admin, ending.reason, now)) for one in request_ids
    ]
    return EndedMany(outcomes, more)


def _named(ports: Ports, ending: Ending) -> tuple[Sequence[str], bool]:
    if ending.person_id is None:
        refuse_twice(ending.request_ids, "request_ids")
        return ending.request_ids, False
    person = ports.directory.person(ending.person_id)
    statuses = HELD | NOT_YET_GRANTED if ending.cancel_pending else HELD
    found = [r.id for r in ports.requests.open_of_grantee(person.id) if r.status in statuses]
    return found[:PAGE_SIZE], len(found) > PAGE_SIZE
