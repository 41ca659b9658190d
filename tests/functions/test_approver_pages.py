"""The pages of approvers: what awaits them, what they are told of it, and what their forms do."""

from datetime import timedelta
from typing import Any

import pytest

from accessflows.actions.decide import decide
from accessflows.actions.open_link import open_link
from accessflows.model.flow import Mode
from accessflows.model.person import Role
from accessflows.model.request import Status
from accessflows.notices.links import read
from accessflows.web.approve_page import link_page
from tests.doubles.mail import KEYS, mailed_token
from tests.doubles.sessions import MemorySessions
from tests.factories import a_delegation, a_flow, a_person, a_resource, an_approval
from tests.functions.calls import wire
from tests.functions.signed_in import keep_sessions, visit
from tests.worlds import World

HOUR = timedelta(hours=1)


@pytest.fixture
def sessions(monkeypatch: pytest.MonkeyPatch) -> MemorySessions:
    return keep_sessions(monkeypatch)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch, sessions: MemorySessions) -> World:
    return a_world(monkeypatch)


def a_world(monkeypatch: pytest.MonkeyPatch, **flow: Any) -> World:
    world = World(
        flows=[a_flow(approval=flow.pop("approval", an_approval("leads")), **flow)],
        people=[
            a_person("anna", groups=("leads",)),
            a_person("ben", groups=("security",)),
            a_person("olga", groups=("engineers",)),
            a_person("ada", roles=(Role.ADMIN,)),
        ],
        resources=[a_resource(), a_resource("ledger")],
    )
    wire(monkeypatch, world)
    return world


@pytest.mark.req("R129.page")
def test_the_inbox_holds_all_that_awaits_one_and_nobody_elses(
    world: World, sessions: MemorySessions
) -> None:
    assert "Nothing awaits your decision" in visit(world, sessions, "anna").get("/inbox").text
    request = world.submit(justification="Close the month", duration=HOUR / 2)
    seen = visit(world, sessions, "anna").get("/inbox").text
    for words in ("Rita", "invoices", "read", "Close the month", "30 minutes", "1 day left"):
        assert words in seen
    for other in ("rita", "ben", "ada"):
        assert f"/inbox/{request.id}" not in visit(world, sessions, other).get("/inbox").html


@pytest.mark.req("R129.page", "R129.delegated")
def test_what_one_decides_for_somebody_else_says_in_whose_place(
    world: World, sessions: MemorySessions
) -> None:
    request = world.submit()
    world.directory.delegations["1"] = a_delegation("anna", "ben")
    browser = visit(world, sessions, "ben")
    assert "On behalf of Anna , whose delegate you are" in browser.get("/inbox").text
    assert "You decide on behalf of Anna" in browser.get(f"/inbox/{request.id}").text
    browser.press(f"/inbox/{request.id}", on=f"/inbox/{request.id}", decision="approve")
    (vote,) = world.request(request).votes
    assert (vote.person_id, vote.on_behalf_of) == ("ben", "anna")


@pytest.mark.req("N14")
def test_many_are_decided_at_once_and_each_is_recorded(
    world: World, sessions: MemorySessions
) -> None:
    first, second, third = (world.submit(name) for name in ("invoices", "ledger", "invoices"))
    browser = visit(world, sessions, "anna")
    done = browser.press(
        "/inbox", on="/inbox", request=[first.id, second.id], decision="approve", reason="go on"
    )
    assert (done.status, done.location) == (303, f"/inbox?decided={first.id},{second.id}")
    for request in (first, second):
        (vote,) = world.request(request).votes
        assert (vote.person_id, vote.approves, vote.reason) == ("anna", True, "go on")
    assert world.status(third) is Status.PENDING_APPROVAL
    seen = browser.get(done.location)
    assert "Your decision on 2 requests is recorded" in seen.text
    assert f'value="{third.id}"' in seen.html
    assert f'value="{first.id}"' not in seen.html


def test_what_was_decided_is_not_listed_again_while_the_index_lags(
    world: World, sessions: MemorySessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = world.submit()
    stale = world.requests.open_with(Status.PENDING_APPROVAL)
    browser = visit(world, sessions, "anna")
    done = browser.press("/inbox", on="/inbox", request=request.id, decision="reject")
    monkeypatch.setattr(world.requests, "open_with", lambda *_, **__: stale)
    seen = browser.get(done.location)
    assert "Nothing else awaits your decision" in seen.text
    assert "Rejected" in seen.text


def test_nobody_is_told_of_decisions_that_are_not_theirs(
    world: World, sessions: MemorySessions
) -> None:
    request = world.submit()
    world.approve(request, "anna")
    assert request.id not in visit(world, sessions, "ben").get(f"/inbox?decided={request.id}").html


@pytest.mark.req("N14")
def test_one_that_is_refused_hinders_no_other_and_is_shown_again_with_why(
    monkeypatch: pytest.MonkeyPatch, sessions: MemorySessions
) -> None:
    world = a_world(monkeypatch, settings={"require_approver_reason": True})
    first, settled = world.submit(), world.submit("ledger")
    browser = visit(world, sessions, "anna")
    chosen: dict[str, Any] = {"request": [first.id, settled.id], "decision": "approve"}
    seen = browser.press("/inbox", on="/inbox", **chosen)
    assert seen.status == 422
    said = "This flow asks approvers for a reason; write one."
    # Above all, and beside each of both.
    assert seen.text.count(said) == 4
    assert all(f'id="request-{one.id}-problem"' in seen.html for one in (first, settled))
    assert seen.html.count(" checked>") == 2
    token = seen.form_token
    decide(world.ports, settled.id, "anna", approves=False, reason="no", now=world.now)
    seen = browser.post("/inbox", form=token, reason="go on", **chosen)
    assert "Your decision on 1 request is recorded" in seen.text
    assert world.status(first) is Status.GRANTING
    assert world.status(settled) is Status.REJECTED
    assert seen.status == 422


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"decision": "approve"}, "Choose one or more requests first."),
        ({"request": "some"}, "Choose Approve or Reject."),
        (
            {"request": [str(n) for n in range(51)], "decision": "reject"},
            "Choose 50 requests at most.",
        ),
    ],
)
def test_a_form_that_says_too_little_or_too_much_comes_back_with_the_reason_that_was_typed(
    world: World, sessions: MemorySessions, sent: dict[str, Any], said: str
) -> None:
    world.submit()
    seen = visit(world, sessions, "anna").press("/inbox", on="/inbox", reason="my words", **sent)
    assert seen.status == 422
    assert said in seen.text
    assert "my words</textarea>" in seen.html


@pytest.mark.req("N11.page")
def test_the_page_of_a_request_says_what_it_allows_who_had_it_and_who_has_it(
    world: World, sessions: MemorySessions
) -> None:
    for name in ("rita", "olga"):
        world.approve(world.submit(by=name), "anna")
        world.run()
    request = world.submit("invoices", "ledger", justification="Again")
    seen = visit(world, sessions, "anna").get(f"/inbox/{request.id}").text
    for words in (
        "What it allows invoices S3 bucket in Demo account read ledger",
        "Asked for before Once before; the last time on Monday 2 March 2026, 12:00 UTC, for 1 hour",
        "1 hour · Active",
        "Who else has it Olga.",
        "until Monday 2 March 2026, 13:00 UTC",
        "Decide until Tuesday 3 March 2026, 12:00 UTC",
        "Again",
    ):
        assert words in seen, words


@pytest.mark.req("N11.page")
def test_the_page_behind_the_mailed_link_says_the_same(world: World) -> None:
    world.approve(world.submit(by="olga"), "anna")
    world.run()
    request = world.submit()
    link_id = read(mailed_token(world, request, "anna"), KEYS)
    html = link_page(open_link(world.ports, link_id, world.now), world.now).html
    assert "<dd>Never before." in html
    assert "<dd>Olga." in html


def test_a_decision_on_its_page_is_made_and_then_shown(
    world: World, sessions: MemorySessions
) -> None:
    request, browser = world.submit(), visit(world, sessions, "anna")
    path = f"/inbox/{request.id}"
    done = browser.press(path, on=path, decision="reject", reason="use\r\nstaging")
    assert (done.status, done.location) == (303, path)
    assert world.status(request) is Status.REJECTED
    seen = browser.get(path)
    assert "Anna rejected it on Monday 2 March 2026, 12:00 UTC." in seen.text
    assert "use\nstaging" in seen.html
    assert 'name="decision"' not in seen.html
    token = browser.get("/inbox").html.partition('name="form" value="')[2][:64]
    late = browser.post(path, form=token, decision="approve")
    assert (late.status, late.location) == (303, path)


@pytest.mark.req("R66.required", "R66.length")
@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("", "This flow asks approvers for a reason; write one."),
        ("x" * 125, "The reason has 125 characters; at most 124 fit."),
    ],
)
def test_a_reason_that_is_missing_or_too_long_is_sent_back_with_what_was_typed(
    monkeypatch: pytest.MonkeyPatch, sessions: MemorySessions, reason: str, said: str
) -> None:
    world = a_world(monkeypatch, settings={"require_approver_reason": True})
    request, browser = world.submit(), visit(world, sessions, "anna")
    path = f"/inbox/{request.id}"
    seen = browser.press(path, on=path, decision="approve", reason=reason)
    assert seen.status == 422
    assert said in seen.text
    assert f"{reason}</textarea>" in seen.html
    assert world.status(request) is Status.PENDING_APPROVAL
    browser.press(path, on=path, decision="approve", reason="x" * 124)
    assert world.status(request) is Status.GRANTING


def test_with_several_groups_one_approval_waits_for_the_others(
    monkeypatch: pytest.MonkeyPatch, sessions: MemorySessions
) -> None:
    world = a_world(monkeypatch, approval=an_approval("leads", "security", mode=Mode.ALL_OF))
    request, browser = world.submit(), visit(world, sessions, "anna")
    path = f"/inbox/{request.id}"
    browser.press(path, on=path, decision="approve")
    assert "you have approved, and others still have to" in browser.get(path).text
    assert "You approved" in browser.get(path).text
    assert (
        "Other approvers still have to decide" in browser.get(f"/inbox?decided={request.id}").text
    )
    assert f'value="{request.id}"' not in browser.get("/inbox").html


def test_whoever_may_not_decide_a_request_may_not_know_of_it(
    world: World, sessions: MemorySessions
) -> None:
    request = world.submit()
    for who in ("ben", "olga"):
        browser = visit(world, sessions, who)
        refused = browser.get(f"/inbox/{request.id}")
        assert refused.status == 404
        assert "invoices" not in refused.text
        assert browser.press(f"/inbox/{request.id}", decision="approve").status == 403
    assert world.request(request).votes == ()


def test_requester_and_admin_see_how_it_stands_and_decide_nothing(
    world: World, sessions: MemorySessions
) -> None:
    request = world.submit()
    for who in ("rita", "ada"):
        seen = visit(world, sessions, who).get(f"/inbox/{request.id}")
        assert "you are none of them now" in seen.text
        assert 'name="decision"' not in seen.html


def test_no_form_of_somebody_elses_page_decides(world: World, sessions: MemorySessions) -> None:
    request, browser = world.submit(), visit(world, sessions, "anna")
    foreign = visit(world, sessions, "rita").get("/").form_token
    for path, sent in (("/inbox", {"request": request.id}), (f"/inbox/{request.id}", {})):
        assert browser.post(path, form=foreign, decision="approve", **sent).status == 403
    assert world.request(request).votes == ()


@pytest.mark.req("N7.signed_in")
def test_a_flow_that_wants_its_approvers_signed_in_leads_from_the_mail_through_the_sign_in(
    monkeypatch: pytest.MonkeyPatch, sessions: MemorySessions
) -> None:
    world = a_world(monkeypatch, settings={"require_approver_sign_in": True})
    request = world.submit()
    link_id = read(mailed_token(world, request, "anna"), KEYS)
    html = link_page(open_link(world.ports, link_id, world.now), world.now).html
    path = f"/inbox/{request.id}"
    assert f'href="{path}"' in html
    browser = visit(world, sessions, "anna")
    browser.cookies.clear()
    assert browser.get(path).location == f"/sign-in?next={path}"
    browser = visit(world, sessions, "anna")
    browser.press(path, on=path, decision="approve")
    assert world.status(request) is Status.GRANTING


def test_what_people_wrote_is_never_markup(world: World, sessions: MemorySessions) -> None:
    wrote = "<script>alert(1)</script>\u202e"
    request = world.submit(justification=wrote)
    for path in ("/inbox", f"/inbox/{request.id}"):
        html = visit(world, sessions, "anna").get(path).html
        assert "<script>" not in html
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
        assert "\u202e" not in html
