"""People who are signed in to the portal, in a world in memory."""

from datetime import datetime

import pytest

from accessflows import wiring
from accessflows.actions.session import Sessions, begin_session
from accessflows.model.person import Person, Role
from accessflows.web.cookies import SESSION
from tests.doubles.sessions import MemorySessions
from tests.functions.browser import Browser
from tests.functions.calls import portal_at
from tests.worlds import World


def keep_sessions(monkeypatch: pytest.MonkeyPatch) -> MemorySessions:
    """Have the pages be somewhere, with nobody signed in. Such a world has no spaces."""
    monkeypatch.setattr(wiring, "looks_after", lambda person: Role.ADMIN in person.roles)
    return portal_at("https://access.example.com", monkeypatch)


def visit(world: World, sessions: MemorySessions, person_id: str = "rita") -> Browser:
    """Somebody of the world who is signed in."""
    return browser_of(world.directory.person(person_id), sessions, world.now)


def browser_of(person: Person, sessions: Sessions, now: datetime) -> Browser:
    """A browser in which a person is signed in."""
    browser, secret = Browser(), f"the secret of {person.id}"
    begin_session(sessions, person, secret, now)
    browser.cookies[f"__Host-{SESSION}"] = secret
    return browser
