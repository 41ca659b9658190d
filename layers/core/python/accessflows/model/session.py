"""A session of the portal: that a person signed in with a browser, and until when that counts."""

from datetime import datetime

from accessflows.model.limits import SESSION_FOR, SESSION_IDLE_FOR
from accessflows.model.value import Instant, Value


class Session(Value):
    """id: the digest of the secret in the browser's cookie, which is kept nowhere else.

    seen_at: when it was last used, to within SESSION_SEEN_EVERY.
    """

    id: str
    person_id: str
    started_at: Instant
    seen_at: Instant

    @property
    def ends_at(self) -> datetime:
        """The end of the day's work, or of a pause that was too long; it counts no more then."""
        return min(self.started_at + SESSION_FOR, self.seen_at + SESSION_IDLE_FOR)
