"""Sessions of the portal, in memory."""

from accessflows.model.session import Session
from accessflows.ports import Lost


class MemorySessions:
    """Sessions in a dictionary."""

    def __init__(self) -> None:
        self.rows: dict[str, Session] = {}

    def session(self, session_id: str) -> Session | None:
        return self.rows.get(session_id)

    def begin(self, session: Session) -> None:
        self.rows[session.id] = session

    def note_use(self, session: Session) -> None:
        if session.id not in self.rows:
            raise Lost
        self.rows[session.id] = session

    def end(self, session_id: str) -> None:
        self.rows.pop(session_id, None)
