"""New Request: choosing, the details, what would come of it, and asking."""

import json
import re
from datetime import datetime, timedelta
from typing import Any

import pytest

from accessflows.model.account import AccountSettings, TicketType
from accessflows.model.condition import Group
from accessflows.model.limits import MOST_RESOURCES
from accessflows.model.person import Person
from accessflows.model.request import AccessRequest, Status
from accessflows.rules.conditions import holds
from tests.doubles.sessions import MemorySessions
from tests.factories import (
    NOON,
    a_bundle,
    a_catalogue,
    a_flow,
    a_person,
    a_resource,
    a_scope,
    a_target,
    an_approval,
    an_integration,
    in_group,
)
from tests.functions.browser import Browser, Seen
from tests.functions.calls import wire
from tests.functions.filling import Form
from tests.functions.signed_in import keep_sessions, visit
from tests.worlds import World

HOUR = timedelta(hours=1)
READ, WRITE = (
    ("aws-demo", "s3_bucket", "invoices", "read"),
    (
        "aws-demo",
        "s3_bucket",
        "invoices",
        "write",
    ),
)


def box(name: str, permission: str = "read", kind: str = "s3_bucket", at: str = "aws-demo") -> str:
    return json.dumps([at, kind, name, permission], separators=(",", ":"))


def named(*names: str) -> Any:
    return a_target(permissions=("read",), resources={"names": names})


@pytest.fixture
def sessions(monkeypatch: pytest.MonkeyPatch) -> MemorySessions:
    return keep_sessions(monkeypatch)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch, sessions: MemorySessions) -> World:
    """Buckets of which some are granted at once, some need approval; a bundle, a scope, an app."""
    world = World(
        flows=[
            a_flow(
                "automatic",
                targets=(named("invoices", "orders"), {"bundle": "starter"}),
                settings={"max_extensions": 2, "extension_duration": HOUR / 2},
            ),
            a_flow(
                "asked",
                targets=(
                    a_target(resources={"names": ("secrets",)}),
                    {"access_scope": "drawers"},
                    a_target(integration="wiki", resource_type="site", permissions=("edit",)),
                ),
                approval=an_approval("leads"),
                grant_duration=4 * HOUR,
                duration_presets=(HOUR, 2 * HOUR),
                settings={"require_justification": True},
            ),
            a_flow(
                "colleagues",
                targets=(named("orders"),),
                request_for={"scopes": ["others"], "grantees": in_group("engineers")},
            ),
            a_flow("others", requestors=in_group("finance"), targets=(named("ledger"),)),
        ],
        people=[
            a_person("olga", groups=("engineers",)),
            a_person("anna", groups=("leads",)),
            a_person("nora"),
        ],
        resources=[
            *(a_resource(n) for n in ("invoices", "orders", "secrets", "ledger", "tools")),
            *(a_resource(f"drawer-{n}") for n in range(3)),
            a_resource("board", resource_type="sns_topic"),
            a_resource("home", integration="wiki", resource_type="site", permissions=("edit",)),
        ],
        integrations=[an_integration(), an_integration(id="wiki", name="Wiki")],
        catalogue=a_catalogue(
            a_bundle(named("tools"), named("invoices")),
            a_scope('resource_name starts_with "drawer-" and permission = "read"', "drawers"),
            integrations=frozenset({"aws-demo", "wiki"}),
        ),
    )
    wire(monkeypatch, world)
    return world


@pytest.fixture
def rita(world: World, sessions: MemorySessions) -> Browser:
    return visit(world, sessions)


def begin(browser: Browser, address: str = "/new") -> Form:
    return Form(browser, browser.get(address), "/new")


def made(world: World) -> list[AccessRequest]:
    return list(world.requests.requests.values())


def names(seen: Seen) -> list[str]:
    """The resources that have boxes on the page."""
    return re.findall(r'<legend><span class="thing">([^<]+)', seen.html)


@pytest.mark.req("R79", "R77.ask")
def test_my_requests_leads_to_a_new_one_where_all_that_may_be_asked_for_is_listed(
    rita: Browser,
) -> None:
    assert '<a class="button" href="/new">New Request</a>' in rita.get("/requests").html
    seen = rita.get("/new")
    assert seen.status == 200
    assert names(seen) == [
        "drawer-0", "drawer-1", "drawer-2", "invoices", "orders", "secrets", "tools", "home",
    ]  # fmt: skip
    assert box("secrets", "write") in Form(rita, seen, "/new").seen.html.replace("&#34;", '"')


def test_the_lists_put_the_conditions_of_each_flow_to_the_person_once(
    world: World, rita: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    put: list[Group] = []

    def putting(group: Group, person: Person) -> bool:
        put.append(group)
        return holds(group, person)

    monkeypatch.setattr("accessflows.rules.grantees.holds", putting)
    assert rita.get("/new").status == 200
    # Besides those of grantees, of one flow.
    assert len(put) == len(world.ports.flows.current()) + 1


@pytest.mark.req("R80.page", "R81.page", "R82.page")
def test_the_list_is_narrowed_by_name_type_and_permission(rita: Browser) -> None:
    form = begin(rita)
    assert names(form.write(name="OR").press("search").seen) == ["orders"]
    form = begin(rita).tick("type", "site")
    assert names(form.press("search").seen) == ["home"]
    both = begin(rita).tick("type", "site", "s3_bucket").tick("permission", "write", "edit")
    assert names(both.press("search").seen) == ["secrets", "home"]
    assert (
        "Nothing like that is open to you"
        in begin(rita).write(name="zzz").press("search").seen.text
    )


@pytest.mark.req("R83.form")
def test_what_was_chosen_stays_while_one_searches_pages_and_changes_lists(
    world: World, rita: Browser
) -> None:
    form = begin(rita).tick("want", box("invoices"), box("secrets", "write"))
    form = form.write(name="orders").press("search").tick("want", box("orders"))
    form = form.press("at:bundles").tick("bundle", "starter").press("at:apps").tick("app", "wiki")
    form = form.press("at:resources")
    assert "Chosen: 5" in form.seen.text
    form = form.untick("want", box("orders")).press("search")
    assert "Chosen: 4" in form.seen.text
    form = form.press('drop:["aws-demo", "s3_bucket", "secrets"]').press("drop-app:wiki")
    assert "Chosen: 2" in form.seen.text
    form.press("details").press("review").send("submit")
    (request,) = made(world)
    asked = {e.resource for batch in world.requests.batches(request) for e in batch.entitlements}
    assert asked == {"invoices", "tools"}


@pytest.mark.req("R83.form")
def test_a_thousand_resources_are_chosen_and_asked_for(
    monkeypatch: pytest.MonkeyPatch, sessions: MemorySessions
) -> None:
    many = [a_resource(f"bucket-{n:04}") for n in range(MOST_RESOURCES)]
    world = World(resources=many)
    wire(monkeypatch, world)
    rita = visit(world, sessions)
    form = begin(rita).tick("want", box("bucket-0000")).press(f"next:{cursor(begin(rita))}")
    assert "Chosen: 1" in form.seen.text
    form = form.tick("want", box("bucket-0051")).press("back")
    assert names(form.seen)[0] == "bucket-0000"
    form = form.tick("permission", "read").press("search").press("all")
    assert "Chosen: 1000" in form.seen.text
    form.press("details").press("review").send("submit")
    (request,) = made(world)
    assert sum(each.entitlements for each in request.batches) == MOST_RESOURCES


def test_more_than_a_request_holds_is_said_with_the_count(
    monkeypatch: pytest.MonkeyPatch, sessions: MemorySessions
) -> None:
    world = World(resources=[a_resource(f"b{n:04}") for n in range(MOST_RESOURCES + 1)])
    wire(monkeypatch, world)
    form = begin(visit(world, sessions)).tick("permission", "read").press("search")
    refused = form.press("all").seen
    assert refused.status == 422
    assert "more than 1,000 resources" in refused.text
    over = json.dumps([["aws-demo", "s3_bucket", ["read"], [f"b{n:04}" for n in range(1001)]]])
    form = form.write(basket=over)
    assert (
        "1,001 resources are chosen; one request holds 1,000 at most"
        in form.press("details").seen.text
    )
    assert made(world) == []


def cursor(form: Form) -> str:
    (found,) = (value for _, value in form.buttons if value.startswith("next:"))
    return found.removeprefix("next:")


@pytest.mark.req("R23.portal")
def test_one_asks_for_a_colleague_and_is_selected_oneself_at_first(
    world: World, rita: Browser
) -> None:
    form = begin(rita)
    assert form.one("for") == ""
    assert "Rita (yourself)" in form.seen.text
    assert form.options["for"] == ["", "olga"]
    form = form.write(for_="olga").press("search")
    assert names(form.seen) == ["orders"]
    form.tick("want", box("orders")).press("details").press("review").send("submit")
    (request,) = made(world)
    assert (request.requester_id, request.grantee_id) == ("rita", "olga")


@pytest.mark.req("R31.page", "R89.page")
def test_a_bundle_shows_what_it_holds_before_it_is_chosen(world: World, rita: Browser) -> None:
    form = begin(rita, "/new?at=bundles")
    assert "tools" not in form.seen.text
    form = form.press("look:starter")
    assert "It holds now: invoices S3 bucket in Demo account read" in form.seen.text
    assert "tools" in form.seen.text
    form.tick("bundle", "starter").press("details").press("review").send("submit")
    (request,) = made(world)
    (event,) = (e for e in world.requests.event_rows.values() if e.subject == request.subject)
    assert event.details["bundles"] == ["starter"]


@pytest.mark.req("R36.page", "R37.page")
def test_a_scope_is_found_by_name_and_shows_what_it_finds_before_that_is_chosen(
    world: World, rita: Browser
) -> None:
    form = begin(rita, "/new?at=scopes")
    assert "No access scope is called like that" in form.write(name="x").press("search").seen.text
    form = begin(rita, "/new?at=scopes").write(name="RAWER").press("search")
    form = form.press("at:scope:drawers")
    assert names(form.seen) == ["drawer-0", "drawer-1", "drawer-2"]
    form = form.press("all")
    assert "Chosen: 3" in form.seen.text
    form = form.press("details").write(justification="tidying").press("review")
    form.send("submit")
    assert [request.flow_name for request in made(world)] == ["Asked"]


@pytest.mark.req("R88.page")
def test_an_app_is_asked_for_by_its_name(world: World, rita: Browser) -> None:
    form = begin(rita, "/new?at=apps").tick("app", "wiki").press("details")
    form.write(justification="an entry").press("review").send("submit")
    (request,) = made(world)
    (batch,) = world.requests.batches(request)
    assert [(e.resource, e.permission) for e in batch.entitlements] == [("home", "edit")]


@pytest.mark.req("R10.link")
def test_each_flow_has_an_address_that_opens_its_form_for_whoever_may_use_it(
    world: World, sessions: MemorySessions, rita: Browser
) -> None:
    assert 'href="/new?flow=asked"' in rita.get("/new?at=flows").html
    form = begin(rita, "/new?flow=asked")
    assert names(form.seen) == ["drawer-0", "drawer-1", "drawer-2", "secrets", "home"]
    assert "Asked lets people whose group is engineers ask" in form.seen.text
    assert names(form.write(name="sec").press("search").seen) == ["secrets"]
    for address in ("/new?flow=others", "/new?flow=nonsense"):
        refused = rita.get(address)
        assert refused.status == 404
        assert "for you" in refused.text
    away = Browser().get("/new?flow=asked")
    assert away.location == "/sign-in?next=/new%3Fflow%3Dasked"


@pytest.mark.req("R85", "N4.portal")
def test_before_it_is_sent_it_says_which_flow_who_approves_and_how_long(
    world: World, rita: Browser
) -> None:
    form = begin(rita).tick("want", box("invoices"), box("secrets", "write")).press("details")
    seen = form.seen.text
    for part in (
        "Automatic Granted at once",
        "How long 1 hour",
        "Extension 2 x 30 minutes",
        "Asked Needs approval",
        "Anna group is 'leads'",
        "closed after 1 day",
    ):
        assert part in seen
    form = form.press("review")
    assert form.seen.status == 422
    assert "Flow 'Asked' asks for a justification; write one." in form.seen.text
    form = form.write(justification="closing the month").press("review")
    assert "This becomes 2 requests" in form.seen.text
    assert "closing the month" in form.seen.text
    assert made(world) == []
    assert world.requests.writes == 0
    sent = form.send("submit")
    assert sent.location == "/requests"
    assert {r.flow_name: r.justification for r in made(world)} == {
        "Automatic": "closing the month",
        "Asked": "closing the month",
    }


def test_after_asking_one_is_led_to_the_request_and_a_double_click_asks_once(
    world: World, rita: Browser
) -> None:
    form = begin(rita).tick("want", box("invoices")).press("details").press("review")
    first, second = form.send("submit"), form.send("submit")
    (request,) = made(world)
    assert first.location == second.location == f"/requests/{request.id}"
    assert rita.get(first.location).status == 200


@pytest.mark.req("R40.units", "R45.portal")
@pytest.mark.parametrize(
    ("amount", "unit", "lasts"),
    [
        ("30", "minutes", HOUR / 2),
        ("1", "hours", HOUR),
        ("0,5", "hours", HOUR / 2),
        ("2", "days", 48 * HOUR),
        ("1", "weeks", 168 * HOUR),
    ],
)
def test_how_long_is_a_number_of_hours_or_of_another_unit(
    monkeypatch: pytest.MonkeyPatch,
    sessions: MemorySessions,
    amount: str,
    unit: str,
    lasts: timedelta,
) -> None:
    world = World(flows=[a_flow(grant_duration="indefinite")])
    wire(monkeypatch, world)
    form = begin(visit(world, sessions)).tick("want", box("invoices")).press("details")
    assert form.one("unit") == "hours"
    form = form.tick("length", "own").write(amount=amount, unit=unit).press("review")
    form.send("submit")
    (request,) = made(world)
    assert request.duration == lasts


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"amount": "many"}, "must be a number such as 4, for 365 days at most, not 'many' hours"),
        ({"amount": "-1"}, "not '-1' hours"),
        ({"amount": "60", "unit": "weeks"}, "not '60' weeks"),
        ({"amount": "2"}, "Ask for 1 hour at most"),
        ({"starts": "tomorrow"}, "When it starts must be a day and time"),
        ({"starts": "2026-03-02T11:00"}, "which has passed"),
        ({"starts": "2027-03-02T11:00"}, "more than 90 days ahead"),
        ({"justification": "x" * 1_001}, "What you need it for has 1001 characters"),
    ],
)
def test_what_cannot_be_used_is_said_beside_its_field_and_nothing_typed_is_lost(
    world: World, rita: Browser, typed: dict[str, str], said: str
) -> None:
    form = begin(rita).tick("want", box("invoices")).press("details").write(**typed).press("review")
    assert form.seen.status == 422
    assert said in form.seen.text
    assert '-problem">' in form.seen.html
    for name, value in typed.items():
        assert form.one(name) == value
    assert made(world) == []


def test_presets_are_offered_and_one_is_granted(world: World, rita: Browser) -> None:
    form = begin(rita).tick("want", box("secrets")).press("details")
    assert "1 hour" in form.seen.text
    assert "2 hours" in form.seen.text
    form = form.tick("length", "PT2H").write(justification="looking").press("review")
    form.send("submit")
    assert made(world)[0].duration == 2 * HOUR


def test_a_later_start_is_asked_for(world: World, rita: Browser) -> None:
    form = begin(rita).tick("want", box("invoices")).press("details")
    form = form.write(starts="2026-03-03T08:00").press("review")
    assert "Tuesday 3 March 2026, 08:00 UTC" in form.seen.text
    form.send("submit")
    assert made(world)[0].status is Status.SCHEDULED


def test_a_ticket_is_named_where_the_organisation_has_types_of_them(
    monkeypatch: pytest.MonkeyPatch, sessions: MemorySessions
) -> None:
    world = World(flows=[a_flow(settings={"ticket": {"type": "jira", "pattern": "OPS-[0-9]+"}})])
    kind = TicketType(id="jira", name="Jira", url="https://tracker.example/browse/{id}")
    world.flow_store.account = AccountSettings(ticket_types=(kind,))
    wire(monkeypatch, world)
    form = begin(visit(world, sessions)).tick("want", box("invoices")).press("details")
    assert form.one("ticket_type") == "jira"
    form = form.press("review")
    assert "Flow 'Buckets' asks for a ticket of type jira" in form.seen.text
    form = form.write(ticket="OPS-7").press("review")
    assert "Jira OPS-7" in form.seen.text
    form.send("submit")
    (request,) = made(world)
    assert request.ticket
    assert request.ticket.id == "OPS-7"


@pytest.mark.req("R78.portal")
def test_whom_nothing_covers_is_told_so(world: World, sessions: MemorySessions) -> None:
    seen = visit(world, sessions, "nora").get("/new")
    assert seen.status == 200
    assert "No access flow is open to you" in seen.text
    assert "An admin can let you in" in seen.text


def test_with_the_fallback_on_one_names_what_no_flow_covers(
    world: World, sessions: MemorySessions
) -> None:
    world.flow_store.account = AccountSettings(fallback_flow=True)
    world.directory.change(a_person("ada", roles=("admin",)))
    form = begin(visit(world, sessions, "nora"))
    form = form.write(kind='["aws-demo", "s3_bucket", "read"]', unlisted="ledger").press("add")
    assert "Chosen: 1" in form.seen.text
    form = form.press("details").write(justification="audit").press("review")
    assert "Fallback Needs approval" in form.seen.text
    form.send("submit")
    assert [request.flow_name for request in made(world)] == ["Fallback"]


@pytest.mark.req("N3.portal")
def test_why_something_cannot_be_asked_for_is_explained(world: World, rita: Browser) -> None:
    form = begin(rita).write(basket=json.dumps([["aws-demo", "s3_bucket", ["read"], ["ledger"]]]))
    seen = form.press("details").seen.text
    assert "Cannot be asked for like this No access flow lets you ask for this." in seen
    assert "No access flow took it" in seen
    assert (
        "Others is not for whoever asks. group is 'finance' does not hold (seen: engineers)" in seen
    )
    assert "Automatic does not hold this" in seen


@pytest.mark.req("N3.portal")
def test_a_request_says_why_it_was_decided_so(world: World, rita: Browser) -> None:
    request = world.submit("secrets", justification="looking")
    seen = rita.get(f"/requests/{request.id}").text
    assert "Taken by the access flow Asked" in seen
    assert "group is 'engineers' holds (seen: engineers)" in seen
    assert "Who could approve when it was asked: Anna (group is 'leads')" in seen


@pytest.mark.req("R126.page", "R126.locked")
def test_a_locked_resource_has_a_page_with_the_form_and_then_with_how_to_use_it(
    world: World, rita: Browser
) -> None:
    address = "/resources/aws-demo/s3_bucket?name=invoices"
    form = begin(rita, address)
    assert "invoices Locked S3 bucket in Demo account" in form.seen.text
    assert form.boxes.keys() >= {("want", box("invoices"))}
    form.write(justification="closing").press("review").send("submit")
    assert "On its way" in rita.get(address).text
    world.run()
    (request,) = made(world)
    (batch,) = world.requests.batches(request)
    seen = rita.get(address).text
    assert "Open to you" in seen
    assert world.target.access_details(an_integration(), batch) in seen


def test_who_ticks_nothing_on_a_resources_page_finds_it_in_the_lists(rita: Browser) -> None:
    form = begin(rita, "/resources/aws-demo/s3_bucket?name=invoices")
    found = form.untick("want", box("invoices")).write(amount="4").press("review")
    assert "Choose at least one resource, app or bundle." in found.seen.text
    assert names(found.seen) == ["invoices"]
    assert found.one("amount") == "4"


def test_a_resource_that_one_may_not_know_of_is_not_there(rita: Browser) -> None:
    for name in ("ledger", "nothing"):
        assert rita.get(f"/resources/aws-demo/s3_bucket?name={name}").status == 404


@pytest.mark.req("N16.portal")
def test_a_session_that_outlives_its_access_is_told(
    monkeypatch: pytest.MonkeyPatch, world: World, rita: Browser
) -> None:
    request = world.submit(duration=HOUR)
    world.run()
    take_away = world.target.revoke

    def outlived(*arguments: Any) -> datetime:
        take_away(*arguments)
        return NOON + HOUR

    monkeypatch.setattr(world.target, "revoke", outlived)
    rita.press(f"/requests/{request.id}/revoke", on=f"/requests/{request.id}/revoke")
    world.run()
    seen = rita.get(f"/requests/{request.id}").text
    assert (
        "A session that was opened before may live on until Monday 2 March 2026, 13:00 UTC" in seen
    )


def test_what_was_made_up_is_refused_and_never_markup(world: World, rita: Browser) -> None:
    for basket in ("{", "[1]", '[["aws-demo"]]', '[["A!", "b", ["c"], ["d"]]]', "[" * 5_000):
        assert begin(rita).write(basket=basket).send("details").status == 400
    hostile = "<img src=x>\u202e"
    form = begin(rita).write(name=hostile).press("search")
    assert "<img" not in form.seen.html
    told = json.dumps([["aws-demo", "s3_bucket", ["read"], [hostile]]])
    seen = begin(rita).write(basket=told).send("details")
    assert "<img" not in seen.html
    assert "\u202e" not in seen.text


def test_no_form_of_somebody_elses_session_asks_for_anything(
    world: World, sessions: MemorySessions, rita: Browser
) -> None:
    form = begin(rita).tick("want", box("invoices")).press("details").press("review")
    foreign = begin(visit(world, sessions, "olga")).one("form")
    assert form.write(form=foreign).send("submit").status == 403
    assert made(world) == []


def test_asking_without_choosing_leads_back_with_a_word(rita: Browser) -> None:
    seen = begin(rita).press("details").seen
    assert seen.status == 422
    assert "Choose at least one resource, app or bundle." in seen.text


def test_with_time_gone_by_the_form_is_checked_again(world: World, rita: Browser) -> None:
    form = begin(rita).tick("want", box("invoices")).press("details").press("review")
    world.flow_store.close("automatic")
    seen = form.send("submit")
    assert seen.status == 403
    assert "No access flow lets you ask for this." in seen.text
    assert world.now == NOON


def test_whoever_asks_too_often_is_told_until_when_to_wait(world: World, rita: Browser) -> None:
    world.flow_store.account = AccountSettings(submissions_per_hour=1)
    form = begin(rita).tick("want", box("invoices")).press("details").press("review")
    form.send("submit")
    form = begin(rita).tick("want", box("orders")).press("details").press("review")
    seen = form.send("submit")
    assert seen.status == 429
    assert int(seen.headers["Retry-After"]) > 0
    assert len(made(world)) == 1


def test_another_search_begins_at_its_first_page_whatever_button_sends_it(
    monkeypatch: pytest.MonkeyPatch, sessions: MemorySessions
) -> None:
    world = World(resources=[a_resource(f"bucket-{n:03}") for n in range(120)])
    wire(monkeypatch, world)
    form = begin(visit(world, sessions))
    form = form.press(f"next:{cursor(form)}")
    assert names(form.seen)[0] == "bucket-050"
    sent = form.write(name="bucket-00").send("at:resources")
    assert names(sent)[0] == "bucket-000"
    ticked = form.tick("want", box("bucket-050")).write(name="bucket-00").send("search")
    assert names(ticked)[0] == "bucket-000"
    assert "Chosen: 1" in ticked.text
