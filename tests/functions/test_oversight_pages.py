"""What admins see of everything: dashboard, activity, files, audit, graph; and what they end."""

import csv
import io
import json
from collections.abc import Collection, Iterator
from datetime import timedelta
from typing import Any

import pytest
from moto import mock_aws

from accessflows import wiring
from accessflows.actions.decide import decide
from accessflows.model.limits import MOST_ENDED_AT_ONCE, PAGE_SIZE
from accessflows.model.person import Role
from accessflows.model.request import AccessRequest, Status
from accessflows.stores.flows import DynamoFlows
from accessflows.stores.users import DynamoUsers
from tests.doubles.sessions import MemorySessions
from tests.doubles.tables import TEST_SETTINGS, create_tables, put_people
from tests.factories import (
    a_flow,
    a_person,
    a_resource,
    a_target,
    an_approval,
    in_group,
)
from tests.functions.browser import Browser
from tests.functions.calls import portal_at, wire
from tests.functions.signed_in import browser_of
from tests.worlds import World

SITE = "https://access.example.com"
HOUR = timedelta(hours=1)
AT_ONCE = a_flow(
    "at-once",
    targets=(a_target(resources={"names": ("invoices",)}),),
    request_for={"scopes": ["self", "others"], "grantees": in_group("staff")},
)
ASKED = a_flow(
    "asked",
    approval=an_approval("leads"),
    targets=(a_target(resources={"names": ("reports",)}),),
)
EVERYBODY = (
    a_person("rita", groups=("engineers",)),
    a_person("anna", groups=("leads",)),
    a_person("gus", groups=("staff",)),
    a_person("ada", roles=(Role.ADMIN, Role.GRANTEE)),
)


@pytest.fixture
def sessions(monkeypatch: pytest.MonkeyPatch) -> MemorySessions:
    return portal_at(SITE, monkeypatch)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch, sessions: MemorySessions) -> Iterator[World]:
    """People as the directory's table holds them; the rest in memory."""
    with mock_aws():
        create_tables()
        world = World(
            flows=[AT_ONCE, ASKED],
            resources=[a_resource(), a_resource("reports"), a_resource("secrets")],
            people=EVERYBODY,
        )
        users, flows = DynamoUsers(TEST_SETTINGS), DynamoFlows(TEST_SETTINGS)
        put_people(users, *EVERYBODY)
        wire(monkeypatch, world)
        monkeypatch.setattr(wiring, "users", lambda: users)
        monkeypatch.setattr(wiring, "flows", lambda: flows)
        yield world


def visit(world: World, sessions: MemorySessions, person_id: str = "ada") -> Browser:
    return browser_of(world.directory.person(person_id), sessions, world.now)


def held(world: World, **wish: Any) -> AccessRequest:
    request = world.submit(duration=HOUR, **wish)
    world.run()
    assert world.status(request) is Status.ACTIVE
    return request


PAGES = (
    *("/admin", "/admin/activity", "/admin/activity/export", "/admin/audit", "/admin/graph"),
    *("/admin/reports?person=rita", "/admin/graph?person=rita"),
)


@pytest.mark.req("R117")
@pytest.mark.parametrize("path", PAGES)
def test_whoever_is_no_admin_sees_none_of_it_and_is_told_so(
    world: World, sessions: MemorySessions, path: str
) -> None:
    seen = visit(world, sessions, "rita").get(path)
    assert seen.status == 403
    assert "This part is for admins" in seen.text


@pytest.mark.req("R114.dashboard")
def test_the_dashboard_counts_what_there_is_and_says_of_what(
    world: World, sessions: MemorySessions
) -> None:
    assert "Nobody has asked for anything yet" in visit(world, sessions).get("/admin").text
    held(world)
    slow = world.submit("reports")
    world.run(HOUR / 2)
    world.approve(slow, "anna")
    world.run()
    pending = world.submit("reports")
    seen = visit(world, sessions).get("/admin")
    assert 'href="/admin/activity?status=Active">2</a>' in seen.html
    assert 'href="/admin/activity?status=Pending%20Approval">1</a>' in seen.html
    assert "counted from all 3 requests" in seen.text
    assert "was approved within 30 minutes" in seen.text
    assert "<title>2 Mar: 3</title>" in seen.html
    assert '<th scope="row">2 Mar</th><td>3</td>' in seen.html
    assert "<title>1 h: 1</title>" in seen.html
    soon = seen.html.partition('id="soon"')[2].partition("</section>")[0]
    assert soon.count("ends ") == 2
    assert pending.id not in soon


def test_the_activity_asks_once_for_the_people_of_all_requests(
    world: World, sessions: MemorySessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    held(world)
    world.submit("reports", grantee_id="rita")
    browser = visit(world, sessions)
    asked: list[list[str]] = []
    people = world.directory.people

    def asking(person_ids: Collection[str]) -> Any:
        asked.append(sorted(person_ids))
        return people(person_ids)

    monkeypatch.setattr(world.directory, "people", asking)
    assert browser.get("/admin/activity").status == 200
    assert asked == [["rita"]]


@pytest.mark.req("R130.log", "R114.activity")
def test_the_activity_is_filtered_by_what_the_form_offers(
    world: World, sessions: MemorySessions
) -> None:
    ritas, for_gus, asked = held(world), held(world, grantee_id="gus"), world.submit("reports")
    browser = visit(world, sessions)

    def found(query: str) -> set[str]:
        html = browser.get(f"/admin/activity?{query}").html
        return {r.id for r in (ritas, for_gus, asked) if f'href="/requests/{r.id}"' in html}

    assert found("") == {ritas.id, for_gus.id, asked.id}
    assert found("status=Pending+Approval&status=Revoked") == {asked.id}
    assert found("grantee=gus") == found("grantee=Gus@example.com") == {for_gus.id}
    assert found("requester=rita&flow=at-once") == {ritas.id, for_gus.id}
    assert found("integration=aws-other") == set()
    assert found("since=2026-03-03") == set()
    assert found("since=2026-03-02&until=2026-03-02") == {ritas.id, for_gus.id, asked.id}
    wrong = browser.get("/admin/activity?since=yesterday")
    assert (wrong.status, "From: yesterday is no day" in wrong.text) == (400, True)


@pytest.mark.req("R107.bulk", "R107.reason")
def test_several_requests_are_ended_at_once_after_one_more_question(
    world: World, sessions: MemorySessions
) -> None:
    first, second, kept = held(world), world.submit("reports"), held(world)
    browser = visit(world, sessions)
    chosen = {"request": [first.id, second.id]}
    path = "/admin/activity/revoke"
    asked = browser.press(path, on="/admin/activity", **chosen)
    assert "End these 2 requests?" in asked.text
    assert world.status(first) is Status.ACTIVE
    unsaid = browser.post(path, form=asked.form_token, confirmed="yes", reason=" ", **chosen)
    assert (unsaid.status, "Write your reason" in unsaid.text) == (422, True)
    assert world.status(first) is Status.ACTIVE
    done = browser.post(path, form=asked.form_token, confirmed="yes", reason="audit", **chosen)
    assert done.text.count("Revoking") == done.text.count("Cancelled") == 1
    statuses = [world.status(request) for request in (first, second, kept)]
    assert statuses == [Status.REVOKING, Status.CANCELLED, Status.ACTIVE]
    assert world.request(first).reason == "audit"
    again = browser.post(path, form=asked.form_token, confirmed="yes", reason="audit", **chosen)
    assert again.text.count("Not ended") == 2


@pytest.mark.parametrize(
    ("count", "said"), [(0, "Choose at least one"), (MOST_ENDED_AT_ONCE + 1, "50 requests at most")]
)
def test_no_or_too_many_requests_are_not_ended(
    world: World, sessions: MemorySessions, count: int, said: str
) -> None:
    held(world)
    chosen = {"request": [f"r{n}" for n in range(count)]}
    seen = visit(world, sessions).press("/admin/activity/revoke", on="/admin/activity", **chosen)
    assert (seen.status, said in seen.text) == (422, True)


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


@pytest.mark.req("R130.csv", "R130.json", "R114.activity")
def test_the_activity_is_taken_along_as_it_is_filtered(
    world: World, sessions: MemorySessions
) -> None:
    request = world.submit("reports", justification='=HYPERLINK("http://x", "y")')
    decide(world.ports, request.id, "anna", approves=False, reason="+1, use staging", now=world.now)
    held(world)
    browser = visit(world, sessions)
    as_csv = browser.get("/admin/activity/export?status=Rejected&format=csv")
    assert as_csv.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert as_csv.headers["Content-Disposition"].startswith('attachment; filename="activity-')
    (row,) = rows(as_csv.html)
    assert (row["request"], row["grantee_name"], row["flow"]) == (request.id, "Rita", "asked")
    assert row["justification"] == '\'=HYPERLINK("http://x", "y")'
    assert row["reason"] == "'+1, use staging"
    assert "Anna rejected at 2026-03-02T12:00:00Z: +1, use staging" in row["decisions"]
    assert row["access"] == "read on aws-demo/s3_bucket/reports"
    as_json = json.loads(browser.get("/admin/activity/export?status=Rejected&format=json").html)
    (one,) = as_json["requests"]
    assert (one["request"], one["reason"], as_json["continues"]) == (
        request.id,
        "+1, use staging",
        None,
    )


@pytest.mark.req("R130.csv", "R130.json")
def test_more_than_a_file_holds_is_taken_part_by_part(
    world: World, sessions: MemorySessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("accessflows.actions.export_activity.MOST_EXPORTED", PAGE_SIZE)
    made = []
    for _ in range(PAGE_SIZE + 3):
        made.append(world.submit())
        world.now += timedelta(minutes=3)
    browser = visit(world, sessions)
    taken: list[str] = []
    page = browser.get("/admin/activity/export?format=json")
    while True:
        assert "There is more than one file holds" in page.text
        links = [
            part.partition('"')[0].replace("&amp;", "&") for part in page.html.split('href="')[1:]
        ]
        exports = [link for link in links if link.startswith("/admin/activity/export")]
        part = json.loads(browser.get(exports[0]).html)
        taken += [one["request"] for one in part["requests"]]
        if "This is the last part" in page.text:
            break
        page = browser.get(exports[1])
    assert taken == [request.id for request in reversed(made)]


@pytest.mark.req("R114.activity")
def test_an_audit_tells_what_happened_and_whether_its_chain_is_whole(
    world: World, sessions: MemorySessions
) -> None:
    request = held(world)
    path = f"/admin/audit?subject=request:{request.id}"
    seen = visit(world, sessions).get(path)
    events = world.requests.events(request.subject)
    for part in ("The chain is whole", f"All of its {len(events)} events", "Submitted", "Rita"):
        assert part in seen.text
    assert "its row names the last of them" in seen.text
    assert f"Request {request.id} The chain" in seen.text
    key = (request.subject, 2)
    true = world.requests.event_rows[key]
    world.requests.event_rows[key] = true.but(actor="gus")
    broken = visit(world, sessions).get(path)
    assert "The chain is broken. Event 2 does not follow" in broken.text
    assert broken.text.count("Does not hold") == len(events) - 1
    told = {"ends_at": "2026-03-02T12:00:00Z", "lasts": "PT30M"}
    world.requests.event_rows[key] = true.but(details=told)
    html = visit(world, sessions).get(path).html
    assert '<dt>ends at</dt><dd><time datetime="2026-03-02T12:00:00Z"' in html
    assert "<dt>lasts</dt><dd>30 minutes</dd>" in html
    world.requests.event_rows[key] = true
    del world.requests.event_rows[request.subject, len(events)]
    assert "The chain has no end" in visit(world, sessions).get(path).text
    assert visit(world, sessions).get("/admin/audit?kind=flow&id=none").status == 404


@pytest.mark.req("N19.person", "R114.graph")
def test_the_graph_of_a_person_leads_by_flows_to_what_they_could_reach(
    world: World, sessions: MemorySessions
) -> None:
    browser = visit(world, sessions)
    rita = browser.get("/admin/graph?person=rita")
    for part in ("What Rita could reach", "At-once", "Asked", "may ask for themselves"):
        assert part in rita.text
    assert {name for name in ("invoices", "reports", "secrets") if name in rita.text} == {
        "invoices",
        "reports",
    }
    assert rita.html.count('class="edge"') == 4
    gus = browser.get("/admin/graph?person=gus")
    assert "others may ask for them" in gus.text
    assert "reports" not in gus.text
    anna = browser.get("/admin/graph?person=anna")
    assert "No access flow leads Anna to anything" in anna.text
    assert browser.get("/admin/graph?person=nobody").status == 404


RESOURCE = "integration=aws-demo&resource_type=s3_bucket&resource="


@pytest.mark.req("N19.resource", "N19.holders", "R114.graph")
def test_the_graph_of_a_resource_tells_who_could_reach_it_and_who_has_it(
    world: World, sessions: MemorySessions
) -> None:
    browser = visit(world, sessions)
    before = browser.get(f"/admin/graph?{RESOURCE}invoices")
    assert "Nobody has it by a request" in before.text
    could = before.text.partition("By which access flows")[2].partition("Who has it now")[0]
    assert {name for name in ("Rita", "Gus", "Anna", "Ada") if name in could} == {"Rita", "Gus"}
    held(world, grantee_id="gus")
    world.submit("reports")
    after = visit(world, sessions).get(f"/admin/graph?{RESOURCE}invoices")
    now = after.text.partition("Who has it now")[2]
    assert "Gus Active" in now
    assert "Rita" not in now
    waiting = visit(world, sessions).get(f"/admin/graph?{RESOURCE}reports").text
    assert "Nobody has it by a request" in waiting
    assert browser.get(f"/admin/graph?{RESOURCE}none").status == 404
    none = browser.get(f"/admin/graph?{RESOURCE}secrets").text
    assert "No active access flow leads here" in none


def test_people_and_resources_are_looked_up_by_name(world: World, sessions: MemorySessions) -> None:
    seen = visit(world, sessions).get("/admin/graph?name=r").html
    assert 'href="/admin/graph?person=rita"' in seen
    assert "person=gus" not in seen
    assert f'href="/admin/graph?{RESOURCE.replace("&", "&amp;")}reports"' in seen


@pytest.mark.req("R130.summary")
@pytest.mark.parametrize(
    ("query", "what"),
    [
        ("person=gus", "others may ask for them"),
        (f"{RESOURCE}invoices", "read; write"),
        ("group=staff", "for whom"),
    ],
)
def test_a_summary_holds_the_configuration_and_who_has_what_now(
    world: World, sessions: MemorySessions, query: str, what: str
) -> None:
    request = held(world, grantee_id="gus")
    held(world, by="rita")
    browser = visit(world, sessions)
    told = rows(browser.get(f"/admin/reports?{query}&format=csv").html)
    assert [(r["flow"], r["what"]) for r in told if r["part"] == "configuration"] == [
        ("at-once", what)
    ]
    access = {r["request"]: r for r in told if r["part"] == "access"}
    assert access[request.id]["person_name"] == "Gus"
    assert access[request.id]["access"] == "read on aws-demo/s3_bucket/invoices"
    assert len(access) == (2 if "invoices" in query else 1)
    data = json.loads(browser.get(f"/admin/reports?{query}&format=json").html)
    assert data["whole"]
    assert {one["request"] for one in data["access"]} == set(access)
    assert [one["id"] for one in data["members"]] == (["gus"] if "group" in query else [])
