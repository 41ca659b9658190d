"""How the approval page is made: what it shows, and what it cannot do."""

import base64
import hashlib
import re
from datetime import timedelta
from html.parser import HTMLParser

import pytest

from accessflows.actions.open_link import open_link
from accessflows.model.account import AccountSettings, TicketType
from accessflows.model.flow import Day, Mode, Timeframe
from accessflows.model.request import AccessRequest
from accessflows.notices.links import read
from accessflows.web.approve_page import decided_page, link_page
from accessflows.web.pages import answer_with, forged_page
from tests.doubles.mail import KEYS, mailed_token
from tests.factories import NOON, a_flow, a_person, a_resource, an_approval
from tests.worlds import World

HOSTILE = "</blockquote><script>alert(1)</script><img src=x onerror=alert(2)>\u202e"


class Seen(HTMLParser):
    """The tags with their attributes, and the words of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words += data

    def one(self, tag: str) -> dict[str, str | None]:
        (found,) = (attributes for name, attributes in self.tags if name == tag)
        return found


def a_world(**flow) -> World:
    people = [
        a_person("anna", groups=("leads",)),
        a_person("ben", name="Ben Böhm", groups=("security",)),
    ]
    approval = an_approval("leads", "security", mode=Mode.ALL_OF)
    return World(
        flows=[a_flow(approval=approval, **flow)],
        people=people,
        resources=[a_resource(), a_resource("ledger")],
    )


def page(world: World, request: AccessRequest) -> str:
    link_id = read(mailed_token(world, request, "anna"), KEYS)
    return link_page(open_link(world.ports, link_id, world.now), world.now).html


def test_the_page_tells_all_that_is_decided() -> None:
    world = a_world()
    request = world.submit("invoices", "ledger", justification="Close the month")
    link_id = read(mailed_token(world, request, "anna"), KEYS)
    world.approve(request, "ben")
    seen = Seen(link_page(open_link(world.ports, link_id, world.now), world.now).html)
    for words in (
        "Rita asks for access",
        "rita@example.com",
        "invoices",
        "ledger",
        "S3 bucket in Demo account",
        "read",
        "Close the month",
        "1 hour",
        "Buckets",
        "1 day left to decide",
        "Tuesday 3 March 2026, 12:00 UTC",
        "Ben Böhm approved",
    ):
        assert words in seen.words, words


@pytest.mark.req("R16.shown")
@pytest.mark.parametrize(
    ("hours", "words"),
    [
        (1, "An approval helps until Monday 2 March 2026, 16:00 UTC."),
        (4, "an approval would close the request. One helps from Tuesday 3 March 2026, 08:00 UTC"),
        (23, "An approval helps until Tuesday 3 March 2026, 12:00 UTC."),
    ],
)
def test_the_page_tells_until_when_an_approval_helps(hours: int, words: str) -> None:
    days = tuple(Day)[:5]
    world = a_world(
        timeframe=Timeframe.model_validate(
            {"days": days, "from": "09:00", "to": "17:00", "time_zone": "Europe/Berlin"}
        )
    )
    request = world.submit()
    world.run(timedelta(hours=hours))
    assert words in Seen(page(world, request)).words


def test_the_page_tells_when_an_approval_cannot_help_any_more() -> None:
    world = a_world(
        timeframe=Timeframe.model_validate(
            {"days": ["monday"], "from": "09:00", "to": "17:00", "time_zone": "Europe/Berlin"}
        )
    )
    request = world.submit()
    world.run(timedelta(hours=5))
    assert "an approval does not help any more" in Seen(page(world, request)).words


@pytest.mark.req("N15.start")
def test_the_page_tells_when_the_access_begins() -> None:
    world = a_world()
    request = world.submit(starts_at=NOON + timedelta(days=3))
    link_id = read(mailed_token(world, request, "anna"), KEYS)
    opened = open_link(world.ports, link_id, world.now)
    shown = Seen(link_page(opened, world.now).html).words.replace("\n", " ")
    assert "Begins Thursday 5 March 2026, 12:00 UTC" in shown
    world.approve(request, "ben")
    stands = world.approve(request, "anna")
    assert (
        "begins on Thursday 5 March 2026, 12:00 UTC."
        in Seen(decided_page(opened, stands).html).words
    )


def test_a_reason_is_limited_and_required_where_the_flow_wants_one() -> None:
    world = a_world(settings={"require_approver_reason": True})
    strict = Seen(page(world, world.submit())).one("textarea")
    world = a_world()
    loose = Seen(page(world, world.submit())).one("textarea")
    assert (strict["maxlength"], loose["maxlength"]) == ("124", "124")
    assert ("required" in strict, "required" in loose) == (True, False)


def test_the_form_posts_to_its_own_address_with_a_label_on_its_field() -> None:
    world = a_world()
    seen = Seen(page(world, world.submit()))
    assert seen.one("form") == {"method": "post"}
    assert seen.one("label")["for"] == seen.one("textarea")["id"]
    buttons = [(a["name"], a["value"]) for tag, a in seen.tags if tag == "button"]
    assert buttons == [("decision", "approve"), ("decision", "reject")]


def test_what_people_wrote_stays_text() -> None:
    world = a_world()
    world.directory.change(a_person("rita", name=HOSTILE, groups=("engineers",)))
    html = page(world, world.submit(justification=HOSTILE))
    tags = {tag for tag, _ in Seen(html).tags}
    assert not tags & {"script", "img", "iframe", "object", "link", "base"}
    assert "\u202e" not in html
    assert "<script>alert(1)</script>" in Seen(html).words


def test_nothing_on_a_page_needs_what_its_policy_forbids() -> None:
    world = a_world()
    for html in (page(world, world.submit()), forged_page().html):
        for tag, attributes in Seen(html).tags:
            assert tag not in {"script", "img", "link", "iframe"}
            assert not attributes.keys() & {"style", "src", "href", "onclick", "onload"}


def test_the_policy_allows_the_one_style_sheet_and_nothing_else() -> None:
    style = re.search(r"<style>(.*?)</style>", forged_page().html, re.DOTALL)
    assert style
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    sent = answer_with(forged_page(), "GET")["headers"]
    assert sent["Content-Security-Policy"] == (
        f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    )
    assert sent["Referrer-Policy"] == "no-referrer"
    assert sent["Cache-Control"] == "no-store"
    assert sent["X-Content-Type-Options"] == "nosniff"


def test_a_page_never_repeats_its_own_link() -> None:
    world = a_world()
    request = world.submit()
    token = mailed_token(world, request, "anna")
    (link_id,) = (key for key, row in world.requests.links.items() if row.approver_id == "anna")
    html = link_page(open_link(world.ports, link_id, world.now), world.now).html
    assert token not in html
    assert link_id not in html


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (timedelta(hours=23, minutes=59), "23 hours 59 minutes left"),
        (timedelta(seconds=30), "less than a minute left"),
    ],
)
def test_the_time_left_is_told(left: timedelta, words: str) -> None:
    world = a_world()
    request = world.submit()
    link_id = read(mailed_token(world, request, "anna"), KEYS)
    world.now += timedelta(hours=24) - left
    assert words in link_page(open_link(world.ports, link_id, world.now), world.now).html


def test_a_long_list_is_whole_and_folded() -> None:
    names = [f"bucket-{n:02}" for n in range(30)]
    world = World(
        flows=[a_flow(approval=an_approval("leads"))],
        people=[a_person("anna", groups=("leads",))],
        resources=[a_resource(name) for name in names],
    )
    seen = Seen(page(world, world.submit(*names)))
    assert all(name in seen.words for name in names)
    assert "18 more" in seen.words


@pytest.mark.req("R87")
def test_a_ticket_is_a_link_that_tells_its_site_nothing() -> None:
    world = a_world()
    jira = TicketType(id="jira", name="Jira", url="https://tracker.example/{id}")
    world.flow_store.account = AccountSettings(ticket_types=(jira,))
    request = world.submit(ticket={"type": "jira", "id": "<b>OPS-1"})
    seen = Seen(page(world, request))
    link = seen.one("a")
    assert link["href"] == "https://tracker.example/%3Cb%3EOPS-1"
    assert link["rel"] == "noopener noreferrer"
    assert "Jira <b>OPS-1" in seen.words
    assert "Ticket" not in Seen(page(world, world.submit())).words
