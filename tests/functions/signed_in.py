"""People who are signed in to the portal, in a world in memory."""

import pytest

from accessflows.actions.session import begin_session
from accessflows.web.cookies import SESSION
from tests.doubles.sessions import MemorySessions
from tests.functions.browser import Browser
from tests.functions.calls import portal_at
from tests.worlds import World


def keep_sessions(monkeypatch: pytest.MonkeyPatch) -> MemorySessions:
    """Have the pages be somewhere, with nobody signed in."""
    return portal_at("https://access.example.com", monkeypatch)


def visit(world: World, sessions: MemorySessions, person_id: str = "rita") -> Browser:
    """Somebody who is signed in."""
    browser, secret = Browser(), f"the secret of {person_id}"
    begin_session(sessions, world.directory.person(person_id), secret, world.now)
    browser.cookies[f"__Host-{SESSION}"] = secret
    return browser
