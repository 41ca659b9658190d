"""Floods, as the API and the pages of links answer them."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from accessflows import wiring
from accessflows.actions.visit import place_of
from accessflows.model.access_link import NewLink
from accessflows.model.account import AccountSettings
from accessflows.model.notice import LimitNotice
from accessflows.model.person import Role
from accessflows.model.request import Status
from accessflows.notices.links import Purpose, sign
from accessflows.rules.access_links import make
from functions import approve_page, mfa_api, notify, outsider_page, requests_api, send_notice
from tests.doubles.mail import KEYS, SITE, MemoryMailer, mailed_token
from tests.doubles.memory import MemoryAccessLinks
from tests.doubles.mfa import SECRET, PaperSeal, code_at, wrong_at
from tests.factories import a_flow, a_link_flow, a_person, an_approval
from tests.functions.calls import CONTEXT, a_wish, call, send, wire
from tests.worlds import World

HERE, THERE = "203.0.113.7", "203.0.113.8"


class Queue:
    """Keeps notices."""

    def __init__(self) -> None:
        self.notices: list[LimitNotice] = []

    def put(self, notices: list[LimitNotice]) -> None:
        self.notices += notices


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    people = [a_person("anna", groups=("leads",)), a_person("ada", roles=(Role.ADMIN,))]
    flows = [a_flow(approval=an_approval("leads")), a_link_flow()]
    world = World(flows=flows, people=people)
    world.flow_store.account = AccountSettings(
        submissions_per_hour=2, link_posts_per_quarter_hour=3, mfa_tries=1
    )
    wire(monkeypatch, world)
    links = MemoryAccessLinks(world.requests)
    for name, value in {
        "requests": world.requests,
        "flows": world.flow_store,
        "access_links": links,
        "link_keys": KEYS,
        "public_url": SITE,
        "notice_queue": Queue(),
        "mailer": MemoryMailer(),
    }.items():
        monkeypatch.setattr(wiring, name, lambda value=value: value)
    return world


def ask(**sent: Any) -> Any:
    return send(requests_api, "POST", "/access-requests", a_wish(), **sent)


def post(page: str, token: str, form: dict[str, str], source: str = HERE) -> dict[str, Any]:
    function = approve_page if page == "approve" else outsider_page
    event = {
        "routeKey": f"POST /{page}/{{token}}",
        "requestContext": {"http": {"method": "POST", "sourceIp": source}},
        "pathParameters": {"token": token},
        "body": urlencode(form),
    }
    return function.handler(event, CONTEXT)


def mails_of(event_id: str) -> list[str]:
    """What admins are sent for an event, by way of the bus and the queue."""
    queue, mailer = Queue(), MemoryMailer()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wiring, "notice_queue", lambda: queue)
        patch.setattr(wiring, "mailer", lambda: mailer)
        notify.handler({"detail": {"event_id": event_id}}, CONTEXT)
        records = [
            {"messageId": str(n), "body": notice.model_dump_json(), "eventSource": "aws:sqs"}
            for n, notice in enumerate(queue.notices)
        ]
        answer = send_notice.handler({"Records": records}, CONTEXT)
    assert answer == {"batchItemFailures": []}
    return [f"{mail.to}: {mail.subject}\n{mail.text}" for mail in mailer.sent]


@pytest.mark.req("N18.submissions")
def test_who_asks_too_often_is_answered_429_and_when_to_try_again(world: World) -> None:
    assert [ask().status for _ in range(2)] == [201, 201]
    refused = ask()
    assert refused.status == 429
    assert refused.headers["Retry-After"] == "3600"
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert refused.body == {
        "type": "urn:accessflows:problem:too-often",
        "title": "Too often",
        "status": 429,
        "detail": "you have asked for access 2 times within an hour, more is not taken; "
        "try again at 13:00:00 UTC",
        "limit": 2,
        "within": "PT1H",
        "retry_after": 3600,
    }
    status, _ = call(requests_api, "POST", "/access-requests/dry-run", a_wish())
    assert status == 200
    assert ask(caller="anna").status == 403
    (mail,) = mails_of("limit:submissions:person:rita#1")
    assert mail.startswith("ada@example.com: Rita asked for access too often")


@pytest.mark.req("N18.submissions")
def test_a_repetition_under_its_key_is_answered_over_the_limit_too(world: World) -> None:
    key = {"Idempotency-Key": "k"}
    first = ask(headers=key)
    ask()
    assert ask().status == 429
    assert ask(headers=key).body == first.body


@pytest.mark.req("N18.mfa")
def test_who_is_locked_out_of_mfa_learns_when_to_try_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wiring, "seal", PaperSeal)
    monkeypatch.setattr(wiring, "new_mfa_secret", lambda: SECRET)
    call(mfa_api, "POST", "/me/mfa")
    wrong = {"code": wrong_at(world.now)}
    locked = send(mfa_api, "POST", "/me/mfa/confirm", wrong)
    assert (locked.status, locked.headers["Retry-After"]) == (429, "900")
    again = send(mfa_api, "POST", "/me/mfa/confirm", {"code": code_at(world.now)})
    assert (again.status, again.body["retry_after"]) == (429, 900)


@pytest.mark.req("N18.links")
def test_an_approver_who_posts_too_often_waits_and_the_link_stays_good(world: World) -> None:
    request = world.submit()
    token = mailed_token(world, request, "anna")
    for _ in range(3):
        assert post("approve", token, {"decision": "neither"})["statusCode"] == 422
    refused = post("approve", token, {"decision": "approve"}, source=THERE)
    assert (refused["statusCode"], refused["headers"]["Retry-After"]) == (429, "900")
    assert "That was too often" in refused["body"]
    assert "try again at 12:15:00 UTC" in refused["body"]
    assert world.status(request) is Status.PENDING_APPROVAL
    (mail,) = mails_of("limit:link_posts:person:anna#1")
    assert mail.startswith("ada@example.com: Anna sent too many forms of links")
    world.now += timedelta(minutes=15)
    assert post("approve", token, {"decision": "approve"})["statusCode"] == 200


@pytest.mark.req("N18.links")
@pytest.mark.parametrize("page", ["approve", "join", "confirm", "ask", "status"])
def test_forged_links_count_as_their_senders(world: World, page: str) -> None:
    answers = [post(page, "forged", {})["statusCode"] for _ in range(4)]
    assert answers == [404, 404, 404, 429]
    assert post(page, "forged", {}, source=THERE)["statusCode"] == 404
    (mail,) = mails_of("limit:link_posts:addresses#1")
    assert mail.startswith("ada@example.com: Somebody sent too many forms of links")
    assert f"Network address {HERE}" in mail


@pytest.mark.req("N18.links")
def test_many_addresses_are_worth_one_mail(world: World) -> None:
    for source in (HERE, THERE):
        for _ in range(5):
            post("join", "forged", {}, source=source)
    assert len(world.requests.events("limit:link_posts:addresses")) == 1


@pytest.mark.req("N18.links")
def test_who_floods_an_access_link_waits_and_others_come_in(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue = Queue()
    monkeypatch.setattr(wiring, "notice_queue", lambda: queue)
    flow = world.flow_store.flows["partners"]
    made = make(flow, NewLink(name="Partners"), link_id="01J", actor="ada", now=world.now)
    world.requests.put_access_link(made)
    token = sign(place_of(made.link), KEYS, Purpose.ACCESS)

    def come(n: int, source: str = HERE) -> int:
        who = {"name": "Eva", "email": f"eva{n}@partner.example"}
        return int(post("join", token, who, source)["statusCode"])

    assert [come(n) for n in range(4)] == [200, 200, 200, 429]
    assert come(5, THERE) == 200
    assert len(queue.notices) == 4


@pytest.mark.req("N18.links")
def test_reading_is_never_too_often(world: World) -> None:
    token = mailed_token(world, world.submit(), "anna")
    event = {
        "routeKey": "GET /approve/{token}",
        "requestContext": {"http": {"method": "GET", "sourceIp": HERE}},
        "pathParameters": {"token": token},
    }
    assert {approve_page.handler(event, CONTEXT)["statusCode"] for _ in range(8)} == {200}
    assert post("approve", token, {"decision": "approve"})["statusCode"] == 200
