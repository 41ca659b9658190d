"""MFA through the API: what is shown, once, and what is refused how."""

import logging
from datetime import timedelta

import pytest

from accessflows import wiring
from accessflows.model.person import Role
from functions import mfa_api, requests_api
from tests.doubles.mfa import SECRET, PaperSeal, code_at, wrong_at
from tests.factories import a_flow, a_person
from tests.functions.calls import a_wish, call, send, wire
from tests.worlds import World

HALF_A_MINUTE = timedelta(seconds=30)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    ada = a_person("ada", roles=(Role.ADMIN,))
    world = World(flows=[a_flow(settings={"require_mfa": True})], people=[ada])
    wire(monkeypatch, world)
    monkeypatch.setattr(wiring, "seal", PaperSeal)
    monkeypatch.setattr(wiring, "new_mfa_secret", lambda: SECRET)
    return world


def enrol(world: World) -> None:
    call(mfa_api, "POST", "/me/mfa")
    call(mfa_api, "POST", "/me/mfa/confirm", {"code": code_at(world.now)})
    world.now += HALF_A_MINUTE


@pytest.mark.req("R64.enrol")
def test_the_secret_is_shown_once_and_stored_by_nobody_on_the_way(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    assert call(mfa_api, "GET", "/me/mfa") == (200, {"enrolment": "none"})
    begun = send(mfa_api, "POST", "/me/mfa")
    assert (begun.status, begun.headers["Cache-Control"]) == (201, "no-store")
    assert begun.body["secret"] == SECRET
    assert begun.body["uri"].startswith("otpauth://totp/Access%20Flows:rita%40example.com?secret=")
    assert begun.body["qr_svg"].startswith("<svg ")
    assert "<title>QR code for your authenticator app</title>" in begun.body["qr_svg"]
    assert call(mfa_api, "GET", "/me/mfa") == (200, {"enrolment": "pending"})
    status, shown = call(mfa_api, "POST", "/me/mfa/confirm", {"code": code_at(world.now)})
    assert (status, shown["enrolment"]) == (200, "enrolled")
    assert shown["confirmed_at"] == world.now.isoformat()
    assert SECRET not in str(shown)
    again, problem = call(mfa_api, "POST", "/me/mfa")
    assert (again, problem["type"]) == (409, "urn:accessflows:problem:already-enrolled")
    assert SECRET not in caplog.text
    assert code_at(world.now) not in caplog.text


@pytest.mark.req("R64.enrol")
def test_a_wrong_first_code_confirms_nothing(world: World) -> None:
    call(mfa_api, "POST", "/me/mfa")
    status, problem = call(mfa_api, "POST", "/me/mfa/confirm", {"code": wrong_at(world.now)})
    assert (status, problem["type"]) == (403, "urn:accessflows:problem:wrong-code")
    assert problem["tries_left"] == 4
    assert call(mfa_api, "GET", "/me/mfa")[1]["enrolment"] == "pending"


@pytest.mark.req("R63.once", "R63.valid_for", "R63.pending")
def test_a_request_is_shown_to_wait_and_to_go_on(world: World) -> None:
    _, dry = call(requests_api, "POST", "/access-requests/dry-run", a_wish())
    assert [(r["needs_mfa"], r["asks_for_code"]) for r in dry["requests"]] == [(True, True)]
    _, submitted = call(requests_api, "POST", "/access-requests", a_wish())
    (request,) = submitted["requests"]
    assert request["status"] == "Pending MFA"
    path = f"/access-requests/{request['id']}/pass-mfa"
    status, problem = call(mfa_api, "POST", path, {"code": "123456"})
    assert (status, problem["type"]) == (409, "urn:accessflows:problem:not-enrolled")
    enrol(world)
    status, shown = call(mfa_api, "POST", path, {"code": code_at(world.now)})
    assert (status, shown["status"]) == (200, "Granting")
    assert shown["mfa_passed_at"] == "2026-03-02T12:00:30Z"
    until = (world.now + timedelta(hours=1)).isoformat()
    assert call(mfa_api, "GET", "/me/mfa")[1]["passed_until"] == until
    _, dry = call(requests_api, "POST", "/access-requests/dry-run", a_wish())
    assert [(r["needs_mfa"], r["asks_for_code"]) for r in dry["requests"]] == [(True, False)]


@pytest.mark.req("R63.lock")
def test_a_lock_is_told_with_its_end(world: World) -> None:
    enrol(world)
    _, submitted = call(requests_api, "POST", "/access-requests", a_wish())
    path = f"/access-requests/{submitted['requests'][0]['id']}/pass-mfa"
    for _ in range(4):
        assert call(mfa_api, "POST", path, {"code": wrong_at(world.now)})[0] == 403
    status, problem = call(mfa_api, "POST", path, {"code": wrong_at(world.now)})
    assert (status, problem["type"]) == (429, "urn:accessflows:problem:mfa-locked")
    until = world.now + timedelta(minutes=15)
    assert problem["locked_until"] == str(until)
    assert call(mfa_api, "GET", "/me/mfa")[1]["locked_until"] == until.isoformat()
    world.now = until
    assert "locked_until" not in call(mfa_api, "GET", "/me/mfa")[1]


@pytest.mark.parametrize("body", [{"code": "12345"}, {"code": "12345a"}, {"code": 123456}, {}])
def test_what_is_no_code_is_refused_before_it_counts(world: World, body: object) -> None:
    enrol(world)
    status, problem = call(mfa_api, "POST", "/me/mfa/confirm", body)
    assert (status, problem["errors"][0]["field"]) == (400, "code")
    assert world.second_factors.get("rita").wrong_at == ()


@pytest.mark.req("R64.reset")
def test_only_admins_reset(world: World) -> None:
    enrol(world)
    path = "/users/rita/mfa/reset"
    status, problem = call(mfa_api, "POST", path)
    assert (status, problem["type"]) == (403, "urn:accessflows:problem:not-yours")
    assert call(mfa_api, "POST", path, caller="ada") == (200, {"enrolment": "none"})
    assert call(mfa_api, "POST", path, caller="ada")[0] == 409
    assert call(mfa_api, "POST", "/users/nobody/mfa/reset", caller="ada")[0] == 404
    assert call(mfa_api, "GET", "/me/mfa") == (200, {"enrolment": "none"})
