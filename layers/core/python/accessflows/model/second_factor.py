"""Second factors: what is kept of the authenticator app with which a person confirms requests."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from accessflows.model.value import Count, Instant, Value

CODE_PATTERN = r"^[0-9]{6}$"


class Enrolment(StrEnum):
    """Whether a person's app is known. pending: until they have shown a first code of it."""

    NONE = "none"
    PENDING = "pending"
    ENROLLED = "enrolled"


class SecondFactor(Value):
    """A person's second factor, blank where they have none.

    sealed_secret: what the codes are made of, readable only with the key and the person's id.
    last_step: the time step of the last code that was taken; it and those before are used up.
    passed_at: when a request was last confirmed.
    wrong_at: refused codes since the last good one, as far as they count.
    """

    person_id: str
    version: Annotated[Count, Field(ge=0)] = 0
    sealed_secret: str | None = Field(default=None, repr=False)
    confirmed_at: Instant | None = None
    last_step: Annotated[Count, Field(ge=0)] = 0
    passed_at: Instant | None = None
    wrong_at: tuple[Instant, ...] = ()
    locked_until: Instant | None = None

    @property
    def enrolment(self) -> Enrolment:
        if self.sealed_secret is None:
            return Enrolment.NONE
        return Enrolment.ENROLLED if self.confirmed_at else Enrolment.PENDING
