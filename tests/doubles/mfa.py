"""Second factors in memory, a seal that only shows who may open it, and an authenticator app."""

from collections.abc import Callable
from datetime import datetime

import pyotp

from accessflows.model.second_factor import SecondFactor
from accessflows.ports import Happened, Lost

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


class MemorySecondFactors:
    """Second factors in a dictionary; `told` are the events of their people.

    `before_put` lets a test put another writer between a read and its write.
    """

    def __init__(self) -> None:
        self.before_put: Callable[[], None] = lambda: None
        self.rows: dict[str, SecondFactor] = {}
        self.told: list[tuple[str, Happened]] = []

    def get(self, person_id: str) -> SecondFactor:
        return self.rows.get(person_id, SecondFactor(person_id=person_id))

    def put(
        self, before: SecondFactor, after: SecondFactor, happened: Happened | None = None
    ) -> None:
        self.before_put()
        if self.get(after.person_id).version != before.version:
            raise Lost
        self.rows[after.person_id] = after
        if happened:
            self.told.append((after.person_id, happened))


class PaperSeal:
    """Keeps the text readable, and refuses it to anybody else."""

    def close(self, text: str, owner_id: str) -> str:
        return f"{owner_id}:{text}"

    def open(self, sealed: str, owner_id: str) -> str:
        owner, _, text = sealed.partition(":")
        assert owner == owner_id, f"a secret of {owner} is opened for {owner_id}"
        return text


def code_at(at: datetime, secret: str = SECRET) -> str:
    """What the app shows then."""
    return pyotp.TOTP(secret).at(at)


def wrong_at(at: datetime) -> str:
    """Six digits that the app does not show around then."""
    near = {pyotp.TOTP(SECRET).at(at, counter_offset=step) for step in range(-3, 4)}
    return next(code for code in ("000000", "111111", "222222", "333333") if code not in near)
