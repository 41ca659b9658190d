"""Signing in and out of the portal: what a code is worth, whose session begins, when it ends."""

import base64
import hashlib
import io
import json
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from email.message import Message
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from moto import mock_aws

from accessflows import wiring
from accessflows.hosted_pages import HostedPages
from accessflows.model.limits import (
    SESSION_FOR,
    SESSION_IDLE_FOR,
    SESSION_SEEN_EVERY,
    SIGN_IN_WITHIN,
)
from accessflows.model.person import Role
from accessflows.stores.directory import DynamoDirectory
from accessflows.stores.directory_rows import DirectoryRow
from accessflows.stores.sessions import DynamoSessions
from accessflows.web.portal import logger
from tests.doubles.mail import KEYS
from tests.doubles.pool import CLIENT_ID, Pool
from tests.doubles.tables import TEST_SETTINGS, create_tables, put_people
from tests.factories import NOON, a_person
from tests.functions.browser import Browser, Seen

FOREIGN_KEY = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
SITE = "https://access.example.com"
HOSTED = "https://sign-in.auth.eu-central-1.amazoncognito.com"
SESSION, SIGN_IN = "__Host-accessflows", "__Host-accessflows-sign-in"
SECOND = timedelta(seconds=1)


class Hosted:
    """The pool's hosted pages as far as a browser and the portal meet them."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.codes: dict[str, dict[str, str]] = {}
        self.tokens: dict[str, str] = {}
        self.access: dict[str, Any] = {}
        self.id: dict[str, Any] = {}

    def answer(self, address: str, code: str = "a-code") -> str:
        """Somebody signs in at the address: where the browser is sent back to."""
        assert address.startswith(f"{HOSTED}/oauth2/authorize?")
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert asked["redirect_uri"] == f"{SITE}/callback"
        assert (asked["response_type"], asked["client_id"]) == ("code", CLIENT_ID)
        assert asked["code_challenge_method"] == "S256"
        self.codes[code] = asked
        return f"/callback?{urlencode({'code': code, 'state': asked['state']})}"

    def exchange(self, request: urllib.request.Request, timeout: float) -> io.BytesIO:
        """POST /oauth2/token: a code is good once, and with its verifier only."""
        assert request.full_url == f"{HOSTED}/oauth2/token"
        assert isinstance(request.data, bytes)
        form = {name: values[0] for name, values in parse_qs(request.data.decode()).items()}
        asked = self.codes.pop(form["code"], None)
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if asked is None or asked["code_challenge"] != challenge:
            raise urllib.error.HTTPError(request.full_url, 400, "bad", Message(), None)
        id_claims = {
            "token_use": "id",
            "aud": CLIENT_ID,
            "nonce": asked["nonce"],
            "client_id": None,
        }
        given = {
            "access_token": self.pool.token(**self.access),
            "id_token": self.pool.token(**{**id_claims, **self.id}),
        }
        return io.BytesIO(json.dumps(given).encode())


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch) -> Iterator[Pool]:
    with mock_aws():
        create_tables()
        pool = Pool(monkeypatch)
        changes = {"user_pool_id": pool.id, "user_pool_client_id": CLIENT_ID, "public_url": SITE}
        settings = TEST_SETTINGS.model_copy(update=changes)
        directory = DynamoDirectory(settings)
        put_people(directory, a_person("rita"), a_person("olga"))
        pool.add("rita", "rita@example.com")
        monkeypatch.setattr(wiring, "settings", lambda: settings)
        monkeypatch.setattr(wiring, "directory", lambda: directory)
        yield pool


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(wiring, "now", clock)
    return clock


@pytest.fixture
def hosted(pool: Pool, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Hosted:
    hosted = Hosted(pool)
    pages = HostedPages(HOSTED, CLIENT_ID, SITE)
    sessions = DynamoSessions(wiring.settings())
    monkeypatch.setattr(urllib.request, "urlopen", hosted.exchange)
    monkeypatch.setattr(wiring, "hosted_pages", lambda: pages)
    monkeypatch.setattr(wiring, "sessions", lambda: sessions)
    monkeypatch.setattr(wiring, "link_keys", lambda: KEYS)
    return hosted


def sign_in(browser: Browser, hosted: Hosted, wanted: str = "/admin") -> Seen:
    return browser.get(hosted.answer(browser.get(f"/sign-in?next={wanted}").location))


def is_signed_in(browser: Browser) -> bool:
    """The page asked for needs a session and nothing of any request."""
    seen = browser.get("/admin")
    assert seen.status in (303, 403)
    return seen.status == 403


@pytest.mark.req("R77.sign_in")
def test_whoever_signs_in_at_the_hosted_pages_has_a_session_and_goes_where_they_wanted(
    hosted: Hosted,
) -> None:
    browser = Browser()
    asked = browser.get("/admin")
    assert (asked.status, asked.location) == (303, "/sign-in?next=/admin")
    assert not is_signed_in(browser)
    back = sign_in(browser, hosted)
    assert (back.status, back.location) == (303, "/admin")
    assert is_signed_in(browser)
    assert "Rita" in browser.get("/admin").text


def test_cookies_are_bound_to_the_host_and_out_of_reach_of_scripts(hosted: Hosted) -> None:
    browser = Browser()
    sign_in(browser, hosted)
    (cookie,) = [line for line in browser.set if line.startswith(f"{SESSION}=")]
    assert set(cookie.split("; ")[1:]) == {"Path=/", "HttpOnly", "Secure", "SameSite=Lax"}


def test_the_table_holds_no_session_that_a_reader_could_use(hosted: Hosted) -> None:
    browser = Browser()
    sign_in(browser, hosted)
    held = str([row.to_dynamodb_dict() for row in DirectoryRow.scan()])
    assert hashlib.sha256(browser.cookies[SESSION].encode()).hexdigest() in held
    assert browser.cookies[SESSION] not in held


FORGERIES: dict[str, Callable[[Hosted], object]] = {
    "access token of another pool": lambda it: it.access.update(iss=it.pool.issuer + "x"),
    "access token signed by another": lambda it: it.access.update(key=FOREIGN_KEY),
    "access token expired": lambda it: it.access.update(exp=int(time.time()) - 1),
    "access token of another client": lambda it: it.access.update(client_id="their-client"),
    "an id token instead": lambda it: it.access.update(token_use="id"),
    "id token of another sign-in": lambda it: it.id.update(nonce="another"),
    "id token without nonce": lambda it: it.id.update(nonce=None),
    "id token for another client": lambda it: it.id.update(aud="their-client"),
    "id token of another person": lambda it: it.id.update(sub="subject-olga"),
    "id token expired": lambda it: it.id.update(exp=int(time.time()) - 1),
    "id token signed by another": lambda it: it.id.update(key=FOREIGN_KEY),
    "an access token instead of the id token": lambda it: it.id.update(token_use="access"),
}


@pytest.mark.req("R77.tokens")
@pytest.mark.parametrize("forgery", FORGERIES)
def test_with_any_other_token_nobody_is_signed_in(hosted: Hosted, forgery: str) -> None:
    FORGERIES[forgery](hosted)
    browser = Browser()
    seen = sign_in(browser, hosted)
    assert seen.status == 403
    assert "The sign-in did not work" in seen.text
    assert SESSION not in browser.cookies
    assert not is_signed_in(browser)


def test_a_code_is_good_once(hosted: Hosted) -> None:
    browser = Browser()
    back = hosted.answer(browser.get("/sign-in").location)
    ticket = browser.cookies[SIGN_IN]
    assert browser.get(back).status == 303
    second = Browser()
    second.cookies[SIGN_IN] = ticket
    assert second.get(back).status == 403
    assert SESSION not in second.cookies


def test_a_stolen_code_is_worth_nothing_in_another_browser(hosted: Hosted) -> None:
    victim, thief = Browser(), Browser()
    back = hosted.answer(victim.get("/sign-in").location)
    assert thief.get(back).status == 403
    thief.get("/sign-in")
    assert thief.get(back).status == 403
    code = parse_qs(urlsplit(back).query)["code"][0]
    own_state = parse_qs(urlsplit(thief.get("/sign-in").location).query)["state"][0]
    assert thief.get(f"/callback?code={code}&state={own_state}").status == 403
    assert SESSION not in thief.cookies


def test_a_sign_in_has_to_come_back_in_time(hosted: Hosted, clock: Clock) -> None:
    late, in_time = Browser(), Browser()
    too_late = hosted.answer(late.get("/sign-in").location, "one code")
    just_so = hosted.answer(in_time.get("/sign-in").location, "another")
    clock.now += SIGN_IN_WITHIN - SECOND
    assert in_time.get(just_so).status == 303
    clock.now += SECOND
    assert late.get(too_late).status == 403


def test_a_ticket_that_was_made_up_is_none(hosted: Hosted) -> None:
    browser = Browser()
    back = hosted.answer(browser.get("/sign-in").location)
    browser.cookies[SIGN_IN] = browser.cookies[SIGN_IN][:-2] + "xx"
    assert browser.get(back).status == 403


@pytest.mark.parametrize("answer", ["/callback", "/callback?error=access_denied&state=x"])
def test_whoever_comes_back_without_a_code_is_told_so(hosted: Hosted, answer: str) -> None:
    browser = Browser()
    browser.get("/sign-in")
    assert browser.get(answer).status == 403


def test_what_the_browser_held_before_does_not_become_a_session(hosted: Hosted) -> None:
    browser = Browser()
    browser.cookies[SESSION] = "planted"
    sign_in(browser, hosted)
    assert browser.cookies[SESSION] != "planted"
    planted = Browser()
    planted.cookies[SESSION] = "planted"
    assert not is_signed_in(planted)


def test_signing_in_again_ends_the_session_before(hosted: Hosted) -> None:
    browser, old = Browser(), Browser()
    sign_in(browser, hosted)
    old.cookies = dict(browser.cookies)
    sign_in(browser, hosted)
    assert is_signed_in(browser)
    assert not is_signed_in(old)


@pytest.mark.req("R77.sign_out")
def test_after_signing_out_the_session_is_worth_nothing_anywhere(hosted: Hosted) -> None:
    browser, copy = Browser(), Browser()
    sign_in(browser, hosted)
    copy.cookies = dict(browser.cookies)
    out = browser.press("/sign-out", on="/admin")
    assert out.location.startswith(f"{HOSTED}/logout?")
    assert SESSION not in browser.cookies
    assert not is_signed_in(copy)
    assert "You are signed out" in browser.get("/signed-out").text


def test_a_form_of_another_session_does_nothing(hosted: Hosted) -> None:
    browser, other = Browser(), Browser()
    sign_in(browser, hosted)
    sign_in(other, hosted)
    foreign = other.get("/admin").form_token
    for token in (foreign, "", "x"):
        assert browser.post("/sign-out", form=token).status == 403
    assert is_signed_in(browser)


def test_a_session_ends_after_a_day_of_work_however_much_it_is_used(
    hosted: Hosted, clock: Clock
) -> None:
    browser = Browser()
    sign_in(browser, hosted)
    end = clock.now + SESSION_FOR
    while clock.now + SESSION_IDLE_FOR / 2 < end:
        clock.now += SESSION_IDLE_FOR / 2
        assert is_signed_in(browser)
    clock.now = end - SECOND
    assert is_signed_in(browser)
    clock.now = end
    assert not is_signed_in(browser)


def test_a_session_ends_when_it_is_left_alone(hosted: Hosted, clock: Clock) -> None:
    browser, other = Browser(), Browser()
    sign_in(browser, hosted)
    sign_in(other, hosted)
    clock.now += SESSION_IDLE_FOR - SECOND
    assert is_signed_in(browser)
    clock.now += SECOND
    assert not is_signed_in(other)
    assert is_signed_in(browser)


def test_a_page_that_looks_again_by_itself_keeps_no_session_going(
    hosted: Hosted, clock: Clock
) -> None:
    browser = Browser()
    sign_in(browser, hosted)
    clock.now += SESSION_IDLE_FOR - SECOND
    assert browser.get("/admin", hx_trigger="live").status == 403
    clock.now += SECOND
    assert not is_signed_in(browser)


def test_use_is_noted_now_and_then_only(hosted: Hosted, clock: Clock) -> None:
    browser = Browser()
    sign_in(browser, hosted)

    def noted() -> set[str | None]:
        return {row.document for row in DirectoryRow.scan() if row.sk == "SESSION"}

    before = noted()
    clock.now += SESSION_SEEN_EVERY - SECOND
    assert is_signed_in(browser)
    assert noted() == before
    clock.now += SECOND
    assert is_signed_in(browser)
    assert noted() != before


@pytest.mark.req("R77.roles")
def test_roles_and_deactivation_count_from_the_next_page_on(hosted: Hosted) -> None:
    browser = Browser()
    sign_in(browser, hosted)
    assert "This part is for admins" in browser.get("/admin").text
    put_people(wiring.directory(), a_person("rita", roles=(Role.ADMIN,)))
    assert "This part is for admins" not in browser.get("/admin").text
    put_people(wiring.directory(), a_person("rita", active=False))
    assert not is_signed_in(browser)
    assert sign_in(browser, hosted).status == 403


@pytest.mark.req("R77.same_person")
def test_whoever_changes_their_address_at_the_pool_becomes_nobody_else(hosted: Hosted) -> None:
    sign_in(Browser(), hosted)
    hosted.pool.rename("rita", "olga@example.com")
    browser = Browser()
    sign_in(browser, hosted)
    assert "Rita" in browser.get("/admin").text


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "/%09/evil.example",
        "javascript:alert(1)",
        "evil.example",
        "/sign-out",
        "/sign-in",
        "/" + "a" * 200,
        "/a%0d%0aSet-Cookie:x=y",
        "",
    ],
)
def test_after_signing_in_one_stays_here(hosted: Hosted, wanted: str) -> None:
    assert sign_in(Browser(), hosted, wanted).location == "/"


def test_pages_run_no_script_but_their_own_and_are_neither_kept_nor_framed(hosted: Hosted) -> None:
    for seen in (Browser().get("/signed-out"), Browser().get("/nowhere")):
        policy = seen.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self';" in policy
        assert "connect-src 'self';" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert seen.headers["Cache-Control"] == "no-store"
        assert re.findall(r"<script[^>]*>.", seen.html) == re.findall(
            r'<script src="/assets/[a-z]+-[0-9a-f]{16}\.js" defer><', seen.html
        )
        assert "style=" not in seen.html


def test_style_sheet_and_scripts_are_kept_and_named_by_what_is_in_them(hosted: Hosted) -> None:
    hrefs = re.findall(r'"(/assets/[^"]+)"', Browser().get("/signed-out").html)
    assert [href.rpartition(".")[2] for href in hrefs] == ["css", "js", "js"]
    for href in hrefs:
        file = Browser().get(href)
        assert file.status == 200
        assert "immutable" in file.headers["Cache-Control"]
        assert hashlib.sha256(file.html.encode()).hexdigest()[:16] in href
    assert Browser().get("/assets/portal-0.css").status == 404


def test_a_fault_is_told_without_its_insides(
    hosted: Hosted, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = Browser()
    sign_in(browser, hosted)

    def broken(_id: str) -> None:
        raise RuntimeError("table accessflows-directory is away")

    monkeypatch.setattr(wiring.sessions(), "session", broken)
    seen = browser.get("/admin")
    assert seen.status == 500
    assert "Something went wrong on our side" in seen.text
    assert "accessflows-directory" not in seen.html


def test_logs_hold_neither_codes_nor_sessions(
    hosted: Hosted, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(logger.registered_handler, "stream", stream)
    browser = Browser()
    sign_in(browser, hosted)
    secret = browser.cookies[SESSION]
    hosted.id.update(nonce="another")
    sign_in(Browser(), hosted)
    browser.press("/sign-out", on="/admin")
    logged = stream.getvalue()
    assert "signed in" in logged
    assert "sign-in refused" in logged
    for kept in (secret, "a-code", hosted.pool.token()[:20]):
        assert kept not in logged
