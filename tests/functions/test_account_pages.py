"""The pages of one's own account: authenticator app and codes, delegates, tokens."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from moto import mock_aws

from accessflows import wiring
from accessflows.model.person import Role
from accessflows.model.request import Status
from accessflows.model.token import TokenScope
from functions import authorize
from tests.doubles.mfa import SECRET, PaperSeal, code_at, wrong_at
from tests.doubles.sessions import MemorySessions
from tests.doubles.tables import TEST_SETTINGS, create_tables, put_people
from tests.factories import NOON, a_flow, a_person, in_group
from tests.functions.browser import Browser
from tests.functions.calls import CONTEXT, forget_adapters, wire
from tests.functions.signed_in import browser_of, keep_sessions, visit
from tests.worlds import World

HALF_A_MINUTE = timedelta(seconds=30)
APP = "/account/mfa"


@pytest.fixture
def sessions(monkeypatch: pytest.MonkeyPatch) -> MemorySessions:
    return keep_sessions(monkeypatch)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch, sessions: MemorySessions) -> World:
    request_for = {"scopes": ["self", "others"], "grantees": in_group("engineers")}
    world = World(
        flows=[a_flow(settings={"require_mfa": True}, request_for=request_for)],
        people=[a_person("olga", groups=("engineers",))],
    )
    wire(monkeypatch, world)
    monkeypatch.setattr(wiring, "seal", PaperSeal)
    monkeypatch.setattr(wiring, "new_mfa_secret", lambda: SECRET)
    return world


def enrol(world: World, browser: Browser) -> None:
    browser.press(APP, on=APP)
    browser.press(f"{APP}/confirm", on=APP, code=code_at(world.now))
    world.now += HALF_A_MINUTE


@pytest.mark.req("R64.enrol")
def test_an_app_is_set_up_by_a_secret_that_is_shown_once_and_a_first_code(
    world: World, sessions: MemorySessions
) -> None:
    browser = visit(world, sessions)
    assert "Not set up" in browser.get(APP).text
    begun = browser.press(APP, on=APP)
    assert begun.headers["Cache-Control"] == "no-store"
    assert SECRET in begun.text
    assert "<svg" in begun.html.partition('class="qr"')[2]
    assert " style=" not in begun.html
    assert SECRET not in browser.get(APP).html
    wrong = browser.press(f"{APP}/confirm", on=APP, code=wrong_at(world.now))
    assert wrong.status == 422
    assert "This is not the code that your authenticator app shows now; 4 more tries" in wrong.text
    assert "Write the six digits" in browser.press(f"{APP}/confirm", on=APP, code="12345").text
    digits = code_at(world.now)
    done = browser.press(f"{APP}/confirm", on=APP, code=f"{digits[:3]} {digits[3:]}")
    assert (done.status, done.location) == (303, APP)
    assert "Your app was confirmed on" in browser.get(APP).text
    token = browser.get("/").form_token
    again = browser.post(APP, form=token)
    assert (again.status, again.location) == (303, APP)


@pytest.mark.req("R63.pending", "R64.enrol")
def test_who_has_no_app_is_led_through_setting_one_up_to_confirming_the_request(
    world: World, sessions: MemorySessions
) -> None:
    request = world.submit()
    browser, path = visit(world, sessions), f"/account/confirm/{request.id}"
    for page in ("/requests", f"/requests/{request.id}"):
        assert f'href="{path}"' in browser.get(page).html
    assert "You have no authenticator app set up yet" in browser.get(path).text
    begun = browser.press(APP, on=path, next=path)
    assert f'name="next" value="{path}"' in begun.html
    done = browser.press(f"{APP}/confirm", on=path, next=path, code=code_at(world.now))
    assert done.location == path
    world.now += HALF_A_MINUTE
    wrong = browser.press(path, on=path, code=wrong_at(world.now))
    assert wrong.status == 422
    assert world.status(request) is Status.PENDING_MFA
    passed = browser.press(path, on=path, code=code_at(world.now))
    assert (passed.status, passed.location) == (303, f"/requests/{request.id}")
    assert world.status(request) is Status.GRANTING
    assert browser.get(path).location == f"/requests/{request.id}"
    assert path not in browser.get(f"/requests/{request.id}").html


@pytest.mark.req("R63.lock")
def test_too_many_wrong_codes_lock_and_the_page_says_until_when(
    world: World, sessions: MemorySessions
) -> None:
    request, browser = world.submit(), visit(world, sessions)
    enrol(world, browser)
    path = f"/account/confirm/{request.id}"
    seen = [browser.press(path, on=path, code=wrong_at(world.now)).text for _ in range(5)]
    assert "Too many wrong codes: locked until" in seen[-1]
    assert "no code is taken until" in browser.get(path).text
    browser.press(path, on=path, code=code_at(world.now))
    assert world.status(request) is Status.PENDING_MFA


def test_only_who_receives_access_confirms_it(world: World, sessions: MemorySessions) -> None:
    request = world.submit(by="olga", grantee_id="rita")
    path = f"/account/confirm/{request.id}"
    browser = visit(world, sessions, "olga")
    assert browser.get(path).status == 403
    assert path not in browser.get(f"/requests/{request.id}").html
    other = visit(world, sessions, "rita")
    assert "Olga asked for it for you" in other.get(path).text
    assert other.get("/account/confirm/01ARZ3NDEKTSV4RRFFQ69G5FAV").status == 404


@pytest.mark.parametrize("wanted", ["https://evil.example/", "//evil.example", "/sign-out"])
def test_after_setting_up_one_goes_on_within_the_portal_only(
    world: World, sessions: MemorySessions, wanted: str
) -> None:
    browser = visit(world, sessions)
    browser.press(APP, on=APP)
    done = browser.press(f"{APP}/confirm", on=APP, code=code_at(world.now), next=wanted)
    assert done.location == APP


class Clock:
    now: datetime = NOON


@pytest.fixture
def tables(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    clock = Clock()
    with mock_aws():
        create_tables()
        forget_adapters()
        monkeypatch.setattr(wiring, "settings", lambda: TEST_SETTINGS)
        monkeypatch.setattr(wiring, "now", lambda: clock.now)
        keep_sessions(monkeypatch)
        people = (a_person("anna"), a_person("ben"), a_person("ada", roles=(Role.ADMIN,)))
        put_people(wiring.directory(), *people)
        yield clock
    forget_adapters()


def signed_in(person_id: str) -> Browser:
    person = wiring.directory().person(person_id)
    return browser_of(person, wiring.sessions(), wiring.now())


AWAY = {
    "delegate": "ben@example.com",
    "from": "",
    "to": "2026-03-09T18:00",
    "zone": "Europe/Berlin",
    "reason": "on leave",
}


@pytest.mark.req("N12.period", "R129.delegated")
def test_a_delegate_is_named_by_address_for_a_period_and_either_ends_it(tables: Clock) -> None:
    browser, path = signed_in("anna"), "/account/delegates"
    assert "Nobody does." in browser.get(path).text
    done = browser.press(path, on=path, **AWAY)
    assert (done.status, done.location) == (303, path)
    browser.press(path, on=path, **AWAY)
    (made,) = wiring.delegations().given("anna", NOON)
    assert (made.delegate_id, made.starts_at) == ("ben", NOON)
    assert made.ends_at.isoformat() == "2026-03-09T17:00:00+00:00"
    seen = browser.get(path).text
    for words in ("Ben now", "until Monday 9 March 2026, 17:00 UTC", "on leave"):
        assert words in seen
    other = signed_in("ben")
    assert "Anna now" in other.get(path).text
    other.press(f"{path}/{made.id}/end", on=path)
    assert wiring.delegations().given("anna", NOON) == ()
    assert signed_in("ada").press(f"{path}/{made.id}/end", on=path).status == 404


@pytest.mark.req("N12.period")
@pytest.mark.parametrize(
    ("changes", "said", "about"),
    [
        ({"delegate": "who@example.com"}, "Nobody active has the address", "delegate_id"),
        ({"delegate": ""}, "Say who, by their mail address.", "delegate_id"),
        ({"delegate": "anna@example.com"}, "You decide for yourself anyway", "delegate_id"),
        ({"to": ""}, "Say until when.", "to"),
        ({"to": "soon"}, "Until when must be a day and a time", "to"),
        ({"to": "2026-03-01T10:00"}, "is not after the start", "to"),
        ({"to": "2026-12-01T10:00"}, "lasts 90 days at most", "to"),
        (
            {"from": "2026-03-03T10:00", "zone": "Nowhere"},
            "Until when must be a day and a time",
            "to",
        ),
    ],
)
def test_a_delegation_that_cannot_be_comes_back_with_what_was_typed_and_why(
    tables: Clock, changes: dict[str, str], said: str, about: str
) -> None:
    browser, path = signed_in("anna"), "/account/delegates"
    seen = browser.press(path, on=path, **AWAY | changes)
    assert seen.status == 422
    assert said in seen.text
    assert re.search(rf'<input id="{about}"[^>]*aria-invalid="true"', seen.html)
    assert "on leave</textarea>" in seen.html
    assert wiring.delegations().given("anna", NOON) == ()


SCRIPT = {"name": "Nightly script", "scope": ["requests:read", "approvals"], "lives_for": "30"}


def test_a_token_is_made_shown_once_listed_and_revoked(tables: Clock) -> None:
    browser, path = signed_in("anna"), "/account/tokens"
    assert "You have no token that counts" in browser.get(path).text
    made = browser.press(path, on=path, **SCRIPT)
    assert (made.status, made.headers["Cache-Control"]) == (200, "no-store")
    found = re.search(r"af_[^<]+", made.html)
    assert found
    text = found.group()
    header = {"headers": {"authorization": f"Bearer {text}"}}
    said = authorize.handler(header, CONTEXT)["context"]
    assert (said["person_id"], said["scopes"]) == ("anna", "requests:read approvals")
    seen = browser.get(path)
    assert "Nightly script" in seen.text
    assert "until Wednesday 1 April 2026, 12:00 UTC" in seen.text
    assert text not in seen.html
    (known,) = wiring.tokens().of("person:anna")
    assert signed_in("ben").press(f"{path}/{known.token.id}/revoke", on=path).status == 404
    browser.press(f"{path}/{known.token.id}/revoke", on=path)
    assert authorize.handler(header, CONTEXT) == {"isAuthorized": False}
    assert "1 more is revoked or over" in browser.get(path).text


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": ""}, "Give it a name"),
        ({"name": "<b>"}, "Give it a name"),
        ({"scope": []}, "Choose what it may do."),
        ({"scope": ["scim"]}, "Choose what it may do."),
        ({"scope": ["admin:write"]}, "for tokens of admins only."),
        ({"lives_for": "9999"}, "Choose how long it lives."),
    ],
)
def test_a_token_that_cannot_be_is_not_made_and_the_page_says_why(
    tables: Clock, changes: dict[str, str | list[str]], said: str
) -> None:
    path = "/account/tokens"
    seen = signed_in("anna").press(path, on=path, **SCRIPT | changes)
    assert seen.status == 422
    assert said.casefold() in seen.text.casefold()
    assert wiring.tokens().of("person:anna") == ()


def test_only_admins_are_offered_what_admins_may_do(tables: Clock) -> None:
    path = "/account/tokens"
    assert TokenScope.ADMIN_READ not in signed_in("anna").get(path).html
    assert TokenScope.ADMIN_READ in signed_in("ada").get(path).html


def test_no_form_of_somebody_elses_page_does_anything(tables: Clock) -> None:
    browser, foreign = signed_in("anna"), signed_in("ben").get("/account/tokens").form_token
    for path, sent in (("/account/tokens", SCRIPT), ("/account/delegates", AWAY), (APP, {})):
        assert browser.post(path, form=foreign, **sent).status == 403
    assert wiring.tokens().of("person:anna") == ()
    assert wiring.delegations().given("anna", NOON) == ()


def test_the_account_says_who_one_is(tables: Clock) -> None:
    seen = signed_in("ada").get("/account").text
    for words in ("Ada", "ada@example.com", "admin", "Not set up"):
        assert words in seen
