"""Passwords that were made for a grant: shown to its grantee, while it lasts, when they ask."""

from datetime import timedelta
from typing import Any

import pytest

from accessflows import wiring
from accessflows.model.person import Role
from accessflows.model.request import AccessRequest, Batch, Status
from functions import requests_api
from tests.doubles.mail import mails_of
from tests.doubles.mfa import PaperSeal
from tests.doubles.sessions import MemorySessions
from tests.factories import a_flow, a_person, in_group
from tests.functions.calls import call, wire
from tests.functions.signed_in import keep_sessions, visit
from tests.worlds import World

PASSWORD = "not-a-real-password"


def with_login(batch: Batch) -> dict[str, Any]:
    sealed = PaperSeal().close(PASSWORD, batch.grant_id)
    return {"login": {"username": f"accessflows-{batch.grant_id}", "password": sealed}}


@pytest.fixture
def sessions(monkeypatch: pytest.MonkeyPatch) -> MemorySessions:
    return keep_sessions(monkeypatch)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    grantees = {"scopes": ["self", "others"], "grantees": in_group("engineers")}
    world = World(
        flows=[a_flow(request_for=grantees)],
        people=[
            a_person("olga", groups=("engineers",)),
            a_person("ada", roles=(Role.ADMIN,)),
        ],
    )
    world.target.state = with_login
    wire(monkeypatch, world)
    monkeypatch.setattr(wiring, "login_seal", PaperSeal)
    return world


def granted(world: World, **wish: Any) -> AccessRequest:
    request = world.submit(duration=timedelta(hours=1), **wish)
    world.run()
    assert world.status(request) is Status.ACTIVE
    return request


@pytest.mark.req("R39.postgresql", "R93.details")
def test_the_grantee_is_told_user_name_and_password_while_the_access_lasts(world: World) -> None:
    request = granted(world)
    path = f"/access-requests/{request.id}/access-details"
    assert call(requests_api, "GET", path) == (
        200,
        {
            "access_details": ["use user/demo-rita"],
            "logins": [
                {
                    "integration": "Demo account",
                    "username": f"accessflows-{request.id}-1",
                    "password": PASSWORD,
                }
            ],
        },
    )
    world.run(timedelta(hours=1))
    assert call(requests_api, "GET", path) == (200, {"access_details": [], "logins": []})


@pytest.mark.req("R39.postgresql")
def test_nobody_else_is_told_neither_who_asked_nor_an_admin(world: World) -> None:
    request = granted(world, grantee_id="olga")
    path = f"/access-requests/{request.id}/access-details"
    assert call(requests_api, "GET", path, caller="olga")[0] == 200
    for other in ("rita", "ada"):
        status, problem = call(requests_api, "GET", path, caller=other)
        assert (status, PASSWORD in str(problem)) == (404, False)


@pytest.mark.req("R39.postgresql")
def test_no_mail_and_no_other_answer_holds_the_password_sealed_or_not(world: World) -> None:
    request = granted(world)
    sealed = with_login(world.requests.batches(request)[0])["login"]["password"]
    mails = mails_of(world, request).sent
    assert mails
    paths = (f"/access-requests/{request.id}", "/me/access", "/access-requests")
    answers = [call(requests_api, "GET", path) for path in paths]
    assert [status for status, _ in answers] == [200, 200, 200]
    for said in (mails, world.requests.events(request.subject), answers):
        assert PASSWORD not in str(said)
        assert sealed not in str(said)


@pytest.mark.req("R39.postgresql")
def test_the_page_shows_the_password_by_a_form_only(world: World, sessions: MemorySessions) -> None:
    request = granted(world)
    browser = visit(world, sessions)
    before = browser.get(f"/requests/{request.id}")
    assert "Show the password" in before.text
    assert PASSWORD not in before.text
    shown = browser.press(f"/requests/{request.id}/access-details")
    assert shown.status == 200
    assert f"accessflows-{request.id}-1" in shown.text
    assert PASSWORD in shown.text
    assert shown.headers["Cache-Control"] == "no-store"


def test_without_a_login_there_is_nothing_to_show(world: World, sessions: MemorySessions) -> None:
    world.target.state = lambda _: None
    request = granted(world)
    browser = visit(world, sessions)
    assert "Show the password" not in browser.get(f"/requests/{request.id}").text
    shown = browser.press(f"/requests/{request.id}/access-details")
    assert "Nothing else is needed to use it." in shown.text
