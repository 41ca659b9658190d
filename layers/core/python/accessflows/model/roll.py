"""The roll: who is on call at one instant, and what that says of a person."""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

ON_CALL = "on_call"


class Shift(NamedTuple):
    """Who is on call for one schedule. people: ids or addresses, casefolded; none if unknown."""

    schedule: str
    name: str
    people: frozenset[str] | None

    @property
    def words(self) -> frozenset[str]:
        """What conditions may call the schedule."""
        return frozenset({self.schedule.casefold(), self.name.casefold()})


class Held(NamedTuple):
    """Casefolded values of an attribute. in_doubt: those that may be held besides."""

    values: frozenset[str]
    in_doubt: frozenset[str] = frozenset()


class Roll:
    """Who is on call at one instant, asked for when the first condition wants to know.

    Any two are equal: people are compared by who they are, not by when they were read.
    """

    def __init__(self, read: Callable[[], Sequence[Shift]] | None = None) -> None:
        self._read = read

    @cached_property
    def shifts(self) -> tuple[Shift, ...] | None:
        """None where nobody was told whom to ask."""
        return tuple(self._read()) if self._read else None

    def held_by(self, words: frozenset[str]) -> Held | None:
        """The schedules on which whoever these words mean is on call; none if nothing is known."""
        if self.shifts is None:
            return None
        sure = [s.words for s in self.shifts if s.people is not None and s.people & words]
        doubted = [s.words for s in self.shifts if s.people is None]
        return Held(frozenset().union(*sure), frozenset().union(*doubted))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Roll)

    def __hash__(self) -> int:
        return hash(Roll)

    @classmethod
    def __get_pydantic_core_schema__(cls, _: Any, __: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(_a_roll)


def _a_roll(value: object) -> Roll:
    if not isinstance(value, Roll):
        raise ValueError("follows from the on-call schedules: leave it out")  # noqa: TRY004 (pydantic reports ValueError only)
    return value
