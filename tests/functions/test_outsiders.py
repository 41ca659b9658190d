"""People without an account, from an access link to access and its end, as browsers call."""

import html
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from moto import mock_aws

from accessflows import wiring
from accessflows.actions.end import revoke
from accessflows.actions.visit import outsider_id
from accessflows.model.account import AccountSettings
from accessflows.model.limits import PAGE_SIZE
from accessflows.model.notice import Notice, ProofNotice
from accessflows.model.person import OUTSIDER, Role
from accessflows.model.request import AccessRequest, Cause, Status
from accessflows.notices.links import Purpose, sign
from accessflows.stores.directory import DynamoDirectory
from accessflows.stores.directory_rows import DirectoryRow
from functions import links_api, outsider_page, send_notice
from tests.doubles.mail import KEYS, SITE, MemoryMailer, Sent, notices_of
from tests.doubles.memory import MemoryAccessLinks
from tests.doubles.tables import TEST_SETTINGS, create_tables, put_people
from tests.factories import a_link_flow, a_person, a_resource, an_approval, an_integration
from tests.forms import Form
from tests.functions.calls import CONTEXT, call, wire
from tests.worlds import World

OLGA = "olga@partner.example"
HOSTILE = "<script>alert(1)</script>"


class Queue:
    """Keeps what waits, as messages."""

    def __init__(self) -> None:
        self.messages: list[str] = []

    def put(self, notices: list[Notice | ProofNotice]) -> None:
        self.messages += [notice.model_dump_json() for notice in notices]


class Browser:
    """A browser and a mailbox, which is all that an outsider has."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.source = "203.0.113.7"
        self.queue, self.mailer = Queue(), MemoryMailer()

    def go(self, method: str, address: str, form: Any = None, **query: str) -> dict[str, Any]:
        page, token = address.removeprefix(SITE).strip("/").split("/")
        return outsider_page.handler(
            {
                "routeKey": f"{method} /{page}/{{token}}",
                "pathParameters": {"token": token},
                "requestContext": {"http": {"method": method, "sourceIp": self.source}},
                "queryStringParameters": query or None,
                "body": urlencode(form, doseq=True) if form is not None else None,
                "isBase64Encoded": False,
            },
            CONTEXT,
        )

    def read(self, address: str, **query: str) -> str:
        answer = self.go("GET", address, **query)
        assert answer["statusCode"] == 200, words(answer)
        return str(answer["body"])

    def deliver(self) -> list[Sent]:
        """Have all that waits sent; what this brought."""
        before = len(self.mailer.sent)
        records = [
            {"messageId": str(n), "body": body, "eventSource": "aws:sqs"}
            for n, body in enumerate(self.queue.messages)
        ]
        self.queue.messages.clear()
        answer = send_notice.handler({"Records": records}, CONTEXT)
        assert answer == {"batchItemFailures": []}
        return self.mailer.sent[before:]

    def prove(self, link: str, email: str = OLGA, name: str = "Olga") -> str:
        """The address of the request form."""
        asked = self.go("POST", link, {"name": name, "email": email})
        assert asked["statusCode"] == 200, words(asked)
        (mail,) = self.deliver()
        assert mail.to == email
        proved = self.go("POST", address_in(mail, "confirm"), {})
        assert proved["statusCode"] == 303, words(proved)
        return str(proved["headers"]["Location"])

    def ask(self, form_at: str, **changes: Any) -> dict[str, Any]:
        offered = Form(self.read(form_at)).offered
        form = {"key": offered["key"], "want": offered["want"][0], "duration": "PT30M", **changes}
        return self.go("POST", form_at, form)


def words(answer: dict[str, Any]) -> str:
    """What a page says, without its tags."""
    said = re.sub(r"<style>.*?</style>|<[^>]+>", " ", str(answer["body"]), flags=re.DOTALL)
    return " ".join(html.unescape(said).split())


def address_in(mail: Sent, page: str) -> str:
    found = re.search(rf"{SITE}/{page}/\S+", mail.text)
    assert found, mail.text
    return found[0]


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    flow = a_link_flow(approval=an_approval("leads"), settings={"max_extensions": 1})
    world = World(
        flows=[flow],
        integrations=[an_integration(principal={"attribute": "email"})],
        resources=[a_resource(), a_resource("ledger")],
    )
    with mock_aws():
        create_tables()
        directory = DynamoDirectory(TEST_SETTINGS)
        put_people(
            directory, a_person("ada", roles=(Role.ADMIN,)), a_person("anna", groups=("leads",))
        )
        world.directory = directory  # type: ignore[assignment]
        world.ports = world.ports._replace(directory=directory)
        wire(monkeypatch, world)
        monkeypatch.setattr(wiring, "requests", lambda: world.requests)
        monkeypatch.setattr(wiring, "flows", lambda: world.flow_store)
        links = MemoryAccessLinks(world.requests)
        monkeypatch.setattr(wiring, "access_links", lambda: links)
        monkeypatch.setattr(wiring, "link_keys", lambda: KEYS)
        monkeypatch.setattr(wiring, "public_url", lambda: SITE)
        yield world


@pytest.fixture
def browser(world: World, monkeypatch: pytest.MonkeyPatch) -> Browser:
    browser = Browser(world)
    monkeypatch.setattr(wiring, "notice_queue", lambda: browser.queue)
    monkeypatch.setattr(wiring, "mailer", lambda: browser.mailer)
    return browser


LINKS = "/configuration/access-flows/partners/links"


def make_link(**limits: Any) -> dict[str, Any]:
    status, link = call(links_api, "POST", LINKS, {"name": "Partners", **limits}, caller="ada")
    assert status == 201, link
    return link


def only_request(world: World) -> AccessRequest:
    (request,) = world.requests.requests.values()
    return request


def mails_about(browser: Browser, request: AccessRequest) -> list[Sent]:
    """What the last event of a request has sent."""
    world = browser.world
    browser.queue.put(notices_of(world, world.requests.events(request.subject)[-1]))  # type: ignore[arg-type]
    return browser.deliver()


@pytest.mark.req("R119", "R120", "R121.proof", "R4.access_link", "R56.link")
def test_an_outsider_asks_gets_in_and_gives_back_with_a_browser_and_a_mailbox(
    world: World, browser: Browser
) -> None:
    link = make_link(domains=["partner.example"])["url"]
    assert "Partners" in browser.read(link)
    form_at = browser.prove(link)
    assert browser.ask(form_at, justification="a migration")["statusCode"] == 303
    request = only_request(world)
    assert (request.status, request.requester_id) == (Status.PENDING_APPROVAL, request.grantee_id)
    to_approver, to_olga = sorted(mails_about(browser, request), key=lambda mail: mail.to)
    assert (to_approver.to, to_olga.to) == ("anna@example.com", OLGA)
    status_at = address_in(to_olga, "status")
    assert "Somebody has to agree" in words({"body": browser.read(status_at)})

    world.approve(request, "anna")
    world.run()
    assert world.status(request) is Status.ACTIVE
    assert world.target.has_access(OLGA, "invoices", "read")
    (told,) = mails_about(browser, request)
    assert f"use {OLGA}" in told.text
    page = words({"body": browser.read(address_in(told, "status"))})
    assert f"use {OLGA}" in page

    assert browser.go("POST", status_at, {"do": "extend"})["statusCode"] == 303
    assert world.request(request).extensions_used == 1
    assert browser.go("POST", status_at, {"do": "end"})["statusCode"] == 303
    world.run()
    assert world.status(request) is Status.REVOKED
    assert world.request(request).cause is Cause.PERSON
    assert not world.target.has_access(OLGA, "invoices", "read")
    assert f"use {OLGA}" not in words({"body": browser.read(status_at)})


@pytest.mark.req("R121.proof")
def test_f15_reading_any_of_the_pages_changes_nothing(world: World, browser: Browser) -> None:
    link = make_link()["url"]
    browser.go("POST", link, {"name": "Olga", "email": OLGA})
    (mail,) = browser.deliver()
    proof_at = address_in(mail, "confirm")
    events, writes = dict(world.requests.event_rows), world.requests.writes
    for address in (link, proof_at):
        for method in ("HEAD", "GET", "GET"):
            answer = browser.go(method, address)
            assert answer["statusCode"] == 200
            assert bool(answer["body"]) == (method == "GET")
    assert (world.requests.event_rows, world.requests.writes) == (events, writes)
    assert world.ports.directory.people(["ada", "anna"]).keys() == {"ada", "anna"}
    form_at = browser.go("POST", proof_at, {})["headers"]["Location"]
    again = browser.go("POST", proof_at, {})
    assert again["statusCode"] == 410
    assert "it works once" in words(again)
    browser.ask(form_at)
    status_at = f"/status/{sign(only_request(world).id, KEYS, Purpose.STATUS)}"
    writes = world.requests.writes
    browser.read(form_at)
    browser.read(status_at)
    assert world.requests.writes == writes


@pytest.mark.req("R121.uses")
def test_a_link_takes_as_many_submissions_as_it_says(world: World, browser: Browser) -> None:
    link = make_link(uses=1)["url"]
    mine, theirs = browser.prove(link), browser.prove(link, "otto@partner.example", "Otto")
    assert browser.ask(mine)["statusCode"] == 303
    late = browser.go("POST", theirs, {"key": "x", "want": "[]", "duration": ""})
    assert late["statusCode"] == 410
    assert "as often as it may be" in words(late)
    assert browser.go("GET", link)["statusCode"] == 410
    assert len(world.requests.requests) == 1


@pytest.mark.req("R121.uses")
def test_the_last_use_goes_to_one_of_two_who_ask_at_once(world: World, browser: Browser) -> None:
    link = make_link(uses=1)["url"]
    mine, theirs = browser.prove(link), browser.prove(link, "otto@partner.example", "Otto")
    want = Form(browser.read(mine)).offered["want"][0]

    def other_first() -> None:
        world.requests.before_write = lambda: None
        assert browser.ask(theirs)["statusCode"] == 303

    world.requests.before_write = other_first
    late = browser.go("POST", mine, {"key": "k", "want": want, "duration": "PT30M"})
    assert late["statusCode"] == 410
    (request,) = world.requests.requests.values()
    assert world.ports.directory.person(request.requester_id).name == "Otto"
    (link_row,) = world.requests.access_links.values()
    assert link_row.used == 1


@pytest.mark.req("R121.uses")
def test_a_double_click_is_one_use(world: World, browser: Browser) -> None:
    form_at = browser.prove(make_link(uses=2)["url"])
    offered = Form(browser.read(form_at)).offered
    form = {"key": offered["key"], "want": offered["want"][0], "duration": "PT30M"}
    first, second = (browser.go("POST", form_at, form) for _ in range(2))
    assert first["headers"]["Location"] == second["headers"]["Location"]
    (link_row,) = world.requests.access_links.values()
    assert link_row.used == 1


@pytest.mark.req("R121.end")
def test_a_link_that_ended_lets_nobody_in_at_any_step(world: World, browser: Browser) -> None:
    ends = world.now + timedelta(minutes=20)
    link = make_link(ends_at=ends.isoformat())["url"]
    form_at = browser.prove(link)
    browser.go("POST", link, {"name": "Otto", "email": "otto@partner.example"})
    (mail,) = browser.deliver()
    world.now = ends
    for answer in (
        browser.go("GET", link),
        browser.go("POST", link, {"name": "Eva", "email": "eva@partner.example"}),
        browser.go("POST", address_in(mail, "confirm"), {}),
        browser.go("GET", form_at),
        browser.go("POST", form_at, {"key": "x", "want": "[]"}),
    ):
        assert answer["statusCode"] == 410
        assert "ended on 2026-03-02 at 12:20 UTC" in words(answer)
    assert browser.queue.messages == []
    assert world.requests.requests == {}


@pytest.mark.req("R121.domains")
def test_an_address_of_another_domain_gets_no_mail(world: World, browser: Browser) -> None:
    link = make_link(domains=["partner.example"])["url"]
    answer = browser.go("POST", link, {"name": "Eve", "email": "eve@evil.example"})
    assert answer["statusCode"] == 422
    assert "This link is for addresses at partner.example" in words(answer)
    assert browser.queue.messages == []


@pytest.mark.req("R120")
def test_a_link_that_was_withdrawn_is_closed_and_what_was_asked_goes_on(
    world: World, browser: Browser
) -> None:
    link = make_link()
    form_at = browser.prove(link["url"])
    browser.ask(form_at)
    for _ in range(2):
        status, gone = call(links_api, "DELETE", f"{LINKS}/{link['id']}", caller="ada")
        assert (status, bool(gone["revoked_at"])) == (200, True)
    assert "withdrawn" in words(browser.go("GET", link["url"]))
    assert "withdrawn" in words(browser.go("GET", form_at))
    request = only_request(world)
    world.approve(request, "anna")
    world.run()
    assert world.status(request) is Status.ACTIVE


@pytest.mark.req("R121.proof")
def test_a_proof_is_good_for_half_an_hour_and_a_visit_for_one(
    world: World, browser: Browser
) -> None:
    link = make_link()["url"]
    browser.go("POST", link, {"name": "Olga", "email": OLGA})
    (mail,) = browser.deliver()
    asked_at = world.now
    world.now = asked_at + timedelta(minutes=30)
    assert browser.go("POST", address_in(mail, "confirm"), {})["statusCode"] == 410
    world.now = asked_at + timedelta(minutes=30, seconds=-1)
    form_at = browser.go("POST", address_in(mail, "confirm"), {})["headers"]["Location"]
    proved_at = world.now
    world.now = proved_at + timedelta(hours=1, seconds=-1)
    browser.read(form_at)
    world.now = proved_at + timedelta(hours=1)
    assert "over" in words(browser.go("GET", form_at))


def test_one_address_is_mailed_once_in_a_while_and_told_the_same(browser: Browser) -> None:
    link = make_link()["url"]
    first, second = (
        browser.go("POST", link, {"name": "Olga", "email": email}) for email in (OLGA, OLGA.upper())
    )
    assert words(first).casefold() == words(second).casefold()
    assert len(browser.queue.messages) == 1


@pytest.mark.req("R112.external")
def test_whoever_signs_in_here_is_no_outsider(world: World, browser: Browser) -> None:
    link = make_link()["url"]
    browser.go("POST", link, {"name": "Somebody", "email": "Anna@example.com"})
    (mail,) = browser.deliver()
    answer = browser.go("POST", address_in(mail, "confirm"), {})
    assert answer["statusCode"] == 410
    assert "belongs to somebody who signs in here" in words(answer)


def test_proving_an_address_writes_rows_of_an_outsider_only(browser: Browser) -> None:
    link = make_link()["url"]
    before = {(row.pk, row.sk) for row in DirectoryRow.scan()}
    browser.prove(link)
    written = {row.pk for row in DirectoryRow.scan() if (row.pk, row.sk) not in before}
    # As `WRITES_ONLY` of cdk/grants.py lets its function.
    assert written == {f"person:{outsider_id(OLGA)}"}
    assert outsider_id(OLGA).startswith("outsider-")


@pytest.mark.req("R112.external", "R120")
def test_who_proves_an_address_is_one_person_who_is_external_and_nothing_else(
    world: World, browser: Browser
) -> None:
    link = make_link()["url"]
    browser.prove(link)
    world.now += timedelta(hours=2)
    world.requests.notices.clear()
    browser.prove(link, OLGA.upper(), "Olga Orlova")
    (proof, later) = wiring.access_links().proofs.values()  # type: ignore[attr-defined]
    assert proof.person_id == later.person_id
    olga = world.ports.directory.person(proof.person_id)
    assert (olga.name, olga.roles, olga.source) == ("Olga Orlova", (Role.EXTERNAL,), OUTSIDER)


def test_a_token_of_one_page_opens_no_other(world: World, browser: Browser) -> None:
    link = make_link()["url"]
    form_at = browser.prove(link)
    browser.ask(form_at)
    status_at = f"/status/{sign(only_request(world).id, KEYS, Purpose.STATUS)}"
    pages = ("join", "confirm", "ask", "status")
    for address in (link, form_at, status_at):
        mine, token = address.removeprefix(SITE).strip("/").split("/")
        for page in pages:
            answer = browser.go("GET", f"/{page}/{token}")
            assert answer["statusCode"] == (200 if page == mine else 404)
            assert answer["headers"]["Cache-Control"] == "no-store"
            assert answer["headers"]["Referrer-Policy"] == "no-referrer"


def test_the_status_page_is_an_outsiders_and_closes_long_after_the_request(
    world: World, browser: Browser
) -> None:
    form_at = browser.prove(make_link()["url"])
    browser.ask(form_at)
    request = only_request(world)
    status_at = f"/status/{sign(request.id, KEYS, Purpose.STATUS)}"
    assert browser.go("POST", status_at, {"do": "end"})["statusCode"] == 303
    assert world.status(request) is Status.CANCELLED
    again = browser.go("POST", status_at, {"do": "end"})
    assert again["statusCode"] == 422
    assert "Withdrawn" in words(again)
    closed_at = world.request(request).closed_at
    assert closed_at
    world.now = closed_at + timedelta(days=30, seconds=-1)
    browser.read(status_at)
    world.now = closed_at + timedelta(days=30)
    assert browser.go("GET", status_at)["statusCode"] == 410


def test_a_form_that_is_sent_back_keeps_what_was_typed(world: World, browser: Browser) -> None:
    flow = a_link_flow(version=2, settings={"require_justification": True})
    world.flow_store.change(flow)
    form_at = browser.prove(make_link()["url"])
    answer = browser.ask(form_at, justification="")
    assert answer["statusCode"] == 422
    assert "asks for a justification" in words(answer)
    assert answer["body"].count(" checked") == 1
    assert 'value="PT30M" selected' in answer["body"]
    nothing = browser.go("POST", form_at, {"key": "k", "duration": "PT30M"})
    assert "Choose at least one permission" in words(nothing)
    assert world.requests.requests == {}


@pytest.mark.parametrize(
    "form",
    [
        {"key": "k", "want": "no json"},
        {"key": "k", "want": '["aws-demo"]'},
        {"key": "k", "want": '["aws-demo","s3_bucket","invoices","read"]', "duration": "long"},
        {"key": "k", "grantee_id": "anna"},
        {"want": '["aws-demo","s3_bucket","invoices","read"]'},
        {"key": "k", "want": '["aws-demo","s3_bucket","invoices","admin"]'},
        {"key": "k", "want": '["aws-demo","s3_bucket","invoices","read"]', "duration": "P300D"},
    ],
)
def test_what_no_form_of_ours_would_send_is_sent_back(
    world: World, browser: Browser, form: dict[str, str]
) -> None:
    form_at = browser.prove(make_link()["url"])
    assert browser.go("POST", form_at, form)["statusCode"] == 422
    assert world.requests.requests == {}


@pytest.mark.req("R121.proof")
def test_what_outsiders_write_stays_text_everywhere(world: World, browser: Browser) -> None:
    link = make_link()["url"]
    browser.go("POST", link, {"name": HOSTILE, "email": "a<b>@partner.example"})
    (mail,) = browser.deliver()
    assert "script" not in mail.text, "nobody sends words of their own to somebody else's mailbox"
    confirm_at = address_in(mail, "confirm")
    pages = [browser.read(confirm_at)]
    form_at = browser.go("POST", confirm_at, {})["headers"]["Location"]
    pages.append(browser.read(form_at, name=f'"><{HOSTILE}'))
    pages.append(browser.go("POST", form_at, {"key": HOSTILE, "justification": HOSTILE})["body"])
    browser.ask(form_at, justification=HOSTILE)
    request = only_request(world)
    pages.append(browser.read(f"/status/{sign(request.id, KEYS, Purpose.STATUS)}"))
    for page in pages:
        assert not Form(page).tags & {"script", "img", "b"}
    for mail in mails_about(browser, request):
        assert not Form(mail.html).tags & {"script", "img", "b"}


def test_what_may_be_asked_is_searched_and_paged(world: World, browser: Browser) -> None:
    many = [a_resource(f"bucket-{n:03}") for n in range(PAGE_SIZE + 1)]
    for each in many:
        world.ports.inventory.rows[each.integration, each.resource_type, each.name] = each  # type: ignore[attr-defined]
    form_at = browser.prove(make_link()["url"])
    page = browser.read(form_at, name="bucket")
    assert (page.count('class="thing"'), "ledger" in page) == (PAGE_SIZE, False)
    cursor = re.search(r"cursor=([^\"]+)", page)
    assert cursor
    rest = browser.read(form_at, name="bucket", cursor=html.unescape(cursor[1]))
    assert rest.count('class="thing"') == 1
    assert "Nothing is called like that" in browser.read(form_at, name="nothing-like-it")
    assert browser.read(form_at, cursor="no cursor").count('class="thing"') == PAGE_SIZE


@pytest.mark.req("N18.submissions", "N18.links")
def test_a_visitor_who_asks_too_often_keeps_the_form_and_learns_when_to_send_it(
    world: World, browser: Browser
) -> None:
    world.flow_store.account = AccountSettings(submissions_per_hour=1)
    form_at = browser.prove(make_link()["url"])
    assert browser.ask(form_at)["statusCode"] == 303
    refused = browser.ask(form_at, justification="a second time")
    assert (refused["statusCode"], refused["headers"]["Retry-After"]) == (429, "3600")
    assert "more is not taken; try again at 13:00:00 UTC" in words(refused)
    assert "a second time" in words(refused)
    world.flow_store.account = AccountSettings(link_posts_per_quarter_hour=2)
    refused = browser.ask(form_at)
    assert (refused["statusCode"], refused["headers"]["Retry-After"]) == (429, "900")
    assert "That was too often" in words(refused)


@pytest.mark.req("R56.link")
def test_without_approvers_it_is_granted_at_once_and_an_admin_can_end_it(
    world: World, browser: Browser
) -> None:
    world.flow_store.change(a_link_flow(version=2))
    form_at = browser.prove(make_link()["url"])
    browser.ask(form_at)
    world.run()
    request = only_request(world)
    assert world.status(request) is Status.ACTIVE
    revoke(world.ports, request.id, world.ports.directory.person("ada"), "wrong", world.now)
    world.run()
    assert world.status(request) is Status.REVOKED


def test_admins_make_list_and_withdraw_links(world: World, browser: Browser) -> None:
    key = {"Idempotency-Key": "k1"}
    body = {"name": "Partners", "uses": 3, "domains": ["Partner.example"]}
    status, made = call(links_api, "POST", LINKS, body, caller="ada", headers=key)
    assert (status, made["domains"], made["used"]) == (201, ["partner.example"], 0)
    assert call(links_api, "POST", LINKS, body, caller="ada", headers=key) == (201, made)
    status, problem = call(links_api, "POST", LINKS, {"name": "X"}, caller="ada", headers=key)
    assert (status, problem["title"]) == (409, "Idempotency conflict")
    status, listed = call(links_api, "GET", LINKS, caller="ada")
    assert (status, listed) == (200, {"links": [made], "cursor": None})
    assert "Partners" in browser.read(made["url"])


@pytest.mark.parametrize(
    ("method", "path", "body", "caller", "status"),
    [
        ("GET", LINKS, None, "anna", 403),
        ("POST", LINKS, {"name": "Partners"}, "anna", 403),
        ("DELETE", f"{LINKS}/x", None, "anna", 403),
        ("DELETE", f"{LINKS}/x", None, "ada", 404),
        ("GET", LINKS.replace("partners", "nothing"), None, "ada", 404),
        ("POST", LINKS.replace("partners", "nothing"), {"name": "Partners"}, "ada", 404),
        ("POST", LINKS, {"name": "Partners", "ends_at": "2020-01-01T00:00:00Z"}, "ada", 400),
        ("POST", LINKS, {"name": "Partners", "uses": 0}, "ada", 400),
        ("POST", LINKS, {"name": "Partners", "used": 3}, "ada", 400),
    ],
)
def test_what_the_api_of_links_refuses(
    world: World, method: str, path: str, body: Any, caller: str, status: int
) -> None:
    assert call(links_api, method, path, body, caller=caller)[0] == status
    assert world.requests.access_links == {}
