"""My Access and My Requests: what they show to whom, and what their forms do."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest

from accessflows.actions.session import begin_session
from accessflows.model.account import AccountSettings
from accessflows.model.integration import Kind
from accessflows.model.person import Role
from accessflows.model.request import AccessRequest, Status
from functions import portal
from tests.doubles.faults import Faulty, throttle
from tests.doubles.sessions import MemorySessions
from tests.factories import a_flow, a_person, an_approval, an_integration, in_group
from tests.functions.browser import Browser
from tests.functions.calls import wire
from tests.functions.signed_in import keep_sessions, visit
from tests.pages import Page
from tests.worlds import World

HOUR = timedelta(hours=1)


@pytest.fixture
def sessions(monkeypatch: pytest.MonkeyPatch) -> MemorySessions:
    return keep_sessions(monkeypatch)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch, sessions: MemorySessions) -> World:
    settings = {"max_extensions": 2, "extension_duration": timedelta(minutes=30)}
    request_for = {"scopes": ["self", "others"], "grantees": in_group("engineers")}
    world = World(
        flows=[
            a_flow("automatic", settings=settings, request_for=request_for),
            a_flow("asked", approval=an_approval("leads"), priority=1, grant_duration=HOUR / 2),
        ],
        people=[
            a_person("olga", groups=("engineers",)),
            a_person("anna", groups=("leads",)),
            a_person("ada", roles=(Role.ADMIN,)),
        ],
    )
    wire(monkeypatch, world)
    return world


def active(world: World, **wish: Any) -> AccessRequest:
    request = world.submit(duration=HOUR, **wish)
    world.run()
    assert world.status(request) is Status.ACTIVE
    return request


def pending(world: World) -> AccessRequest:
    request = world.submit(duration=HOUR / 2)
    assert world.status(request) is Status.PENDING_APPROVAL
    return request


@pytest.mark.req("R77.held", "R93.details")
def test_my_access_says_what_one_holds_how_long_and_how_to_use_it(
    world: World, sessions: MemorySessions
) -> None:
    browser = visit(world, sessions)
    assert "You hold no access at the moment" in browser.get("/").text
    request = active(world)
    (batch,) = world.requests.batches(request)
    how = world.target.access_details(an_integration(), batch)
    world.run(timedelta(minutes=1))
    seen = browser.get("/")
    assert seen.status == 200
    for part in ("invoices", "59 minutes left", "Access details", how):
        assert part in seen.text


def test_access_that_has_ended_is_not_shown_as_held_whether_noticed_or_not(
    world: World, sessions: MemorySessions
) -> None:
    browser = visit(world, sessions)
    request = active(world)
    world.machines_work = False
    world.executions.clear()
    ends_at = world.request(request).ends_at
    assert ends_at is not None
    world.now = ends_at
    begin_session(sessions, world.directory.person("rita"), "the secret of rita", world.now)
    assert "You hold no access at the moment" in browser.get("/").text


@pytest.mark.req("R90", "R77.pending")
def test_what_was_submitted_appears_under_my_requests_with_its_status(
    world: World, sessions: MemorySessions
) -> None:
    browser = visit(world, sessions)
    assert "You have asked for nothing yet" in browser.get("/requests").text
    pending(world)
    seen = browser.get("/requests").text
    assert "invoices" in seen
    assert "Pending Approval" in seen


def test_requests_are_filtered_by_one_or_more_statuses(
    world: World, sessions: MemorySessions
) -> None:
    browser = visit(world, sessions)
    request = pending(world)
    path = f'href="/requests/{request.id}"'
    assert path in browser.get("/requests?status=Pending+Approval&status=Active").html
    assert path not in browser.get("/requests?status=Active&status=Expired").html
    refused = browser.get("/requests?status=Nonsense")
    assert refused.status == 400
    assert "Nonsense" in refused.text


def test_what_others_asked_for_one_is_listed_apart(world: World, sessions: MemorySessions) -> None:
    request = active(world, by="olga", grantee_id="rita")
    browser = visit(world, sessions)
    assert request.id not in browser.get("/requests").html
    assert f"/requests/{request.id}" in browser.get("/requests?for=me").html
    assert "asked by Olga" in browser.get("/requests?for=me").text


@pytest.mark.req("R99")
def test_a_request_opens_with_its_resources_approvals_and_history(
    world: World, sessions: MemorySessions
) -> None:
    request = pending(world)
    seen = visit(world, sessions).get(f"/requests/{request.id}").text
    for part in ("invoices", "not there yet", "Nobody has decided yet", "Rita asked for it"):
        assert part in seen
    world.approve(request, "anna")
    world.run()
    seen = visit(world, sessions).get(f"/requests/{request.id}").text
    for part in ("Anna approved", "there", "The access was seen to be there", "Give back"):
        assert part in seen


def test_the_history_tells_each_time_the_targets_were_asked_to_take_access_away(
    world: World, sessions: MemorySessions
) -> None:
    request = active(world)
    faults = Faulty(world.target, revoke=[throttle] * 2)
    world.ports = world.ports._replace(connectors={Kind.AWS_IAM: faults})
    world.run(2 * HOUR)
    assert world.status(request) is Status.EXPIRED
    begin_session(sessions, world.directory.person("rita"), "the secret of rita", world.now)
    seen = visit(world, sessions).get(f"/requests/{request.id}").text
    said = r"Its targets were asked to take it away(?:, try \d)?"
    asked = "Its targets were asked to take it away"
    assert re.findall(said, seen) == [asked, f"{asked}, try 2", f"{asked}, try 3"]


@pytest.mark.req("R94.shown")
def test_a_rejection_shows_its_reason_on_the_status_and_under_approvals(
    world: World, sessions: MemorySessions
) -> None:
    from accessflows.actions.decide import decide

    request = pending(world)
    decide(world.ports, request.id, "anna", approves=False, reason="use staging", now=world.now)
    browser = visit(world, sessions)
    seen = browser.get(f"/requests/{request.id}")
    assert 'title="use staging">Rejected' in seen.html
    assert "use staging" in seen.text.partition("Approvals")[2]
    assert "never given" in seen.text
    assert "not there yet" not in seen.text
    assert 'title="use staging">Rejected' in browser.get("/requests").html


def test_whom_a_request_does_not_concern_may_not_know_of_it(
    world: World, sessions: MemorySessions
) -> None:
    request = pending(world)
    stranger = visit(world, sessions, "olga")
    other = stranger.get(f"/requests/{request.id}")
    none = stranger.get("/requests/01ARZ3NDEKTSV4RRFFQ69G5FAV")
    assert (other.status, none.status) == (404, 404)
    assert "There is nothing here" in none.text
    assert "invoices" not in other.text


@pytest.mark.parametrize("who", ["rita", None])
def test_an_address_that_no_route_has_is_told_to_be_none_as_a_page_or_a_problem(
    world: World, sessions: MemorySessions, who: str | None
) -> None:
    browser = visit(world, sessions, who) if who else Browser()
    for path in ("/nothing-here", "/access-requests/1/nothing-here", "/requests/1/2/3"):
        seen = browser.get(path)
        assert (seen.status, "There is nothing here" in seen.text) == (404, True)
        assert ('href="/requests"' in seen.html) == (who is not None)
        for accept in ("application/json", "*/*", ""):
            told = browser.get(path, accept=accept)
            assert told.status == 404
            assert told.headers["Content-Type"] == "application/problem+json"
            assert json.loads(told.html)["detail"] == "there is no such resource"
    assert browser.post("/nothing-here").status == 404


@pytest.mark.req("R105.confirmation")
def test_giving_access_back_is_asked_once_more_and_then_done(
    world: World, sessions: MemorySessions
) -> None:
    request = active(world)
    browser = visit(world, sessions)
    path = f"/requests/{request.id}/revoke"
    assert "Give back the access to invoices?" in browser.get(path).text
    assert world.status(request) is Status.ACTIVE
    done = browser.press(path, on=path, reason="done early")
    assert (done.status, done.location) == (303, f"/requests/{request.id}")
    assert world.status(request) is Status.REVOKING
    assert world.request(request).reason == "done early"


def test_whoever_did_not_ask_for_it_cannot_give_it_back(
    world: World, sessions: MemorySessions
) -> None:
    request = active(world, by="olga", grantee_id="rita")
    browser = visit(world, sessions)
    path = f"/requests/{request.id}/revoke"
    assert "Only they, or an admin, can end it" in browser.get(path).text
    assert browser.press(path).status == 403
    assert world.status(request) is Status.ACTIVE


def test_what_waits_can_be_cancelled(world: World, sessions: MemorySessions) -> None:
    request = pending(world)
    path = f"/requests/{request.id}"
    assert visit(world, sessions).press(f"{path}/cancel", on=path).location == path
    assert world.status(request) is Status.CANCELLED


def test_active_access_is_extended_by_what_its_flow_allows(
    world: World, sessions: MemorySessions
) -> None:
    request = active(world)
    browser, path = visit(world, sessions), f"/requests/{request.id}"
    assert "Extend by 30 minutes (2 left)" in browser.get(path).text
    before = world.request(request).ends_at
    assert before is not None
    browser.press(f"{path}/extend", on=path)
    assert world.request(request).ends_at == before + timedelta(minutes=30)
    assert "Extend by 30 minutes (1 left)" in browser.get(path).text


@pytest.mark.req("R100")
def test_an_active_request_leads_to_my_access(world: World, sessions: MemorySessions) -> None:
    request = active(world)
    browser = visit(world, sessions)
    for path in ("/requests", f"/requests/{request.id}"):
        assert '<a class="button quiet" href="/">Use access</a>' in browser.get(path).html


@pytest.mark.req("R102.page", "R103.recent", "R103.favourites", "R103.details", "R104")
def test_a_closed_request_is_asked_again_from_wherever_it_is_shown(
    world: World, sessions: MemorySessions
) -> None:
    browser = visit(world, sessions)
    closed = [active(world) for _ in range(1)]
    for _ in range(4):
        world.run(2 * HOUR)
        closed.append(active(world))
    world.run(2 * HOUR)
    browser = visit(world, sessions)
    first, last = closed[0], closed[-1]
    browser.press(f"/requests/{first.id}/star", back="/")
    home = browser.get("/").html
    recent, favourites = home.partition('id="favourites"')[::2]
    again = 'action="/requests/{}/request-again"'.format
    assert [request.id for request in closed if again(request.id) in recent] == [
        request.id for request in closed[-3:]
    ]
    assert [request.id for request in closed if again(request.id) in favourites] == [first.id]
    assert again(last.id) in browser.get(f"/requests/{last.id}").html
    once = {"once": "the form's own"}
    made = browser.press(f"/requests/{last.id}/request-again", **once)
    assert made.location not in {f"/requests/{request.id}" for request in closed}
    assert browser.press(f"/requests/{last.id}/request-again", **once).location == made.location
    browser.press(f"/requests/{first.id}/unstar", back="/")
    assert again(first.id) not in browser.get("/").html


@pytest.mark.req("N18.submissions")
def test_asking_again_too_often_is_answered_by_a_page_that_says_when_to_try_again(
    world: World, sessions: MemorySessions
) -> None:
    world.flow_store.account = AccountSettings(submissions_per_hour=1)
    request = active(world)
    world.run(HOUR)
    browser = visit(world, sessions)
    assert browser.press(f"/requests/{request.id}/request-again").status == 303
    refused = browser.press(f"/requests/{request.id}/request-again")
    assert (refused.status, refused.headers["Retry-After"]) == (429, "3600")
    assert "You have asked for access 1 times within an hour" in refused.text


def test_only_what_one_asked_for_oneself_can_be_starred(
    world: World, sessions: MemorySessions
) -> None:
    request = active(world, by="olga", grantee_id="rita")
    browser = visit(world, sessions)
    assert f"/requests/{request.id}/star" not in browser.get("/").html
    assert browser.press(f"/requests/{request.id}/star").status == 403


@pytest.mark.parametrize("deed", ["revoke", "cancel", "extend", "request-again", "star", "unstar"])
def test_no_form_of_somebody_elses_page_does_anything(
    world: World, sessions: MemorySessions, deed: str
) -> None:
    request = pending(world) if deed == "cancel" else active(world)
    before = (world.requests.writes, set(world.requests.stars))
    browser, other = visit(world, sessions), visit(world, sessions, "olga")
    foreign = other.get("/").form_token
    for token in (foreign, ""):
        assert browser.post(f"/requests/{request.id}/{deed}", form=token).status == 403
    assert (world.requests.writes, set(world.requests.stars)) == before


def test_that_a_form_is_out_of_date_is_told_at_once_and_in_focus(
    world: World, sessions: MemorySessions
) -> None:
    request = active(world)
    refused = visit(world, sessions).post(f"/requests/{request.id}/revoke", form="older")
    (focused,) = Page(refused.html).document.xpath("//*[@autofocus]")
    assert (focused.get("role"), focused.get("tabindex")) == ("alert", "-1")
    assert "This form is not from your session" in focused.text_content()


def test_what_people_wrote_is_never_markup(world: World, sessions: MemorySessions) -> None:
    wrote = "<script>alert(1)</script>\u202e"
    request = world.submit(duration=HOUR / 2, justification=wrote)
    seen = visit(world, sessions).get(f"/requests/{request.id}").html
    assert "<script>" not in seen
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in seen
    assert "\u202e" not in seen


def test_a_reason_that_is_too_long_is_sent_back(world: World, sessions: MemorySessions) -> None:
    request = active(world)
    refused = visit(world, sessions).press(
        f"/requests/{request.id}/revoke", reason="x" * (portal.MOST_SAID + 1)
    )
    assert refused.status == 422
    assert "1001 characters" in refused.text
    assert world.status(request) is Status.ACTIVE
