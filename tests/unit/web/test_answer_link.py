"""Following a mailed link: reading changes nothing, the posted form decides once."""

from copy import deepcopy
from datetime import timedelta
from http import HTTPStatus
from urllib.parse import urlencode

import pytest

from accessflows.actions.decide import decide
from accessflows.actions.end import cancel
from accessflows.model.flow import Mode
from accessflows.model.request import AccessRequest, Status
from accessflows.notices.links import sign
from accessflows.web.answer_link import Answer, Post, post_link, show_link
from tests.doubles.mail import KEYS, mailed_token, mails_of, token_in
from tests.factories import a_delegation, a_flow, a_person, an_approval, an_entitlement
from tests.worlds import World

ANNA = a_person("anna", groups=("leads",))
BEN = a_person("ben", groups=("security",))
RITA_LEADS = a_person("rita", groups=("engineers", "leads"))


def a_world(*, mode: Mode = Mode.ANY_OF, people=(ANNA, BEN), **settings) -> World:
    approval = an_approval("leads", "security", mode=mode)
    return World(flows=[a_flow(approval=approval, settings=settings)], people=people)


def asked(world: World, approver: str = "anna", **wish) -> tuple[AccessRequest, str]:
    """A fresh request and the token that the approver was mailed."""
    request = world.submit(**wish)
    return request, mailed_token(world, request, approver)


def send(world: World, token: str, body: str, source: str = "203.0.113.7") -> Answer:
    return post_link(
        world.ports,
        KEYS,
        token=token,
        post=Post(body, source),
        now=world.now,
        new_id=lambda: next(world.ids),
    )


def show(world: World, token: str) -> Answer:
    return show_link(world.ports, KEYS, token=token, now=world.now)


def post(world: World, token: str, decision: str = "approve", reason: str = "") -> Answer:
    body = urlencode({"decision": decision, "reason": reason})
    return send(world, token, body)


def rows(world: World) -> object:
    stored = world.requests
    return deepcopy((stored.requests, stored.event_rows, stored.links, stored.batch_rows))


@pytest.mark.req("N7.page")
def test_f15_reading_a_link_any_number_of_times_changes_nothing() -> None:
    world = a_world()
    request, token = asked(world)
    before = rows(world)
    for _ in range(20):
        assert show(world, token).outcome == "open"
        world.now += timedelta(minutes=1)
    assert rows(world) == before
    assert world.status(request) is Status.PENDING_APPROVAL


@pytest.mark.req("N7.page")
@pytest.mark.parametrize(
    ("decision", "status"), [("approve", Status.GRANTING), ("reject", Status.REJECTED)]
)
def test_the_posted_form_decides(decision: str, status: Status) -> None:
    world = a_world()
    request, token = asked(world)
    answer = post(world, token, decision, "Known to me")
    assert (answer.page.status, answer.decided) == (HTTPStatus.OK, True)
    assert world.status(request) is status
    (vote,) = world.request(request).votes
    assert (vote.person_id, vote.reason) == ("anna", "Known to me")


@pytest.mark.req("N7.once", "N7.outdated")
def test_f15_a_replayed_link_changes_nothing_and_says_who_decided_and_when() -> None:
    world = a_world()
    request, token = asked(world)
    post(world, token, "reject", "No ticket")
    before = rows(world)
    world.now += timedelta(hours=1)
    for answer in (post(world, token), show(world, token)):
        assert (answer.outcome, answer.page.status) == ("used", HTTPStatus.GONE)
        assert "Anna rejected it on Monday 2 March 2026, 12:00 UTC." in answer.page.html
        assert "No ticket" in answer.page.html
    assert rows(world) == before
    assert world.status(request) is Status.REJECTED


@pytest.mark.req("N7.outdated")
def test_f15_a_link_to_a_settled_request_says_who_decided_and_when() -> None:
    world = a_world()
    request, token = asked(world)
    decide(world.ports, request.id, "ben", approves=True, reason=None, now=world.now)
    for answer in (show(world, token), post(world, token, "reject")):
        assert (answer.outcome, answer.page.status) == ("settled", HTTPStatus.GONE)
        assert "Ben approved it on Monday 2 March 2026, 12:00 UTC." in answer.page.html
    assert world.status(request) is Status.GRANTING


def test_a_link_to_a_cancelled_request_says_who_cancelled() -> None:
    world = a_world()
    request, token = asked(world)
    cancel(world.ports, request.id, a_person("rita"), world.now)
    assert "Rita cancelled it on" in show(world, token).page.html


@pytest.mark.req("N7.bound")
def test_f15_a_vote_leaves_a_link_good_and_a_changed_request_does_not() -> None:
    world = a_world(mode=Mode.ALL_OF)
    request, token = asked(world)
    world.approve(request, "ben")
    assert show(world, token).outcome == "open"
    batch = world.requests.batch(request.id, 1)
    changed = batch.but(entitlements=(an_entitlement(permission="admin"),))
    world.requests.batch_rows[(request.id, 1)] = changed
    before = rows(world)
    for answer in (show(world, token), post(world, token)):
        assert (answer.outcome, answer.page.status) == ("outdated", HTTPStatus.GONE)
    assert rows(world) == before


@pytest.mark.parametrize("change", ["duration", "grantee_id"])
@pytest.mark.req("N7.bound")
def test_f15_another_duration_or_grantee_outdates_a_link(change: str) -> None:
    world = a_world()
    request, token = asked(world)
    other = {"duration": timedelta(minutes=59), "grantee_id": "ben"}[change]
    world.requests.requests[request.id] = request.but(**{change: other})
    assert post(world, token).outcome == "outdated"
    assert world.status(request) is Status.PENDING_APPROVAL


@pytest.mark.parametrize(
    "spoil",
    [
        lambda token: token[:-1],
        lambda token: token[:20],
        lambda token: token + "A",
        lambda token: token[::-1],
        lambda token: "",
        lambda token: sign("a-made-up-id", KEYS),
        lambda token: sign("a-made-up-id", ["a key of somebody else, long enough"]),
    ],
    ids=["cut", "stump", "longer", "reversed", "empty", "unknown id", "another key"],
)
def test_f15_a_forged_link_shows_and_changes_nothing(spoil) -> None:
    world = a_world()
    _, token = asked(world)
    before = rows(world)
    for answer in (show(world, spoil(token)), post(world, spoil(token))):
        assert (answer.outcome, answer.page.status) == ("forged", HTTPStatus.NOT_FOUND)
        assert "Rita" not in answer.page.html
    assert rows(world) == before


@pytest.mark.req("N7.authority")
@pytest.mark.parametrize(
    ("then", "told"),
    [
        (ANNA.but(groups=()), "You no longer are"),
        (ANNA.but(active=False), "no longer active"),
    ],
    ids=["left the group", "deactivated"],
)
def test_f13_who_lost_authority_since_the_mail_is_refused_with_the_reason(then, told: str) -> None:
    world = a_world()
    request, token = asked(world)
    world.directory.change(then)
    for answer in (show(world, token), post(world, token)):
        assert (answer.outcome, answer.page.status) == ("not_an_approver", HTTPStatus.FORBIDDEN)
        assert told in answer.page.html
        assert "invoices" not in answer.page.html, "the request is no business of theirs"
    assert world.status(request) is Status.PENDING_APPROVAL


def test_f13_who_vanished_from_the_directory_is_refused() -> None:
    world = a_world()
    request, token = asked(world)
    del world.directory.rows["anna"]
    assert post(world, token).outcome == "not_an_approver"
    assert world.status(request) is Status.PENDING_APPROVAL


def test_a_link_of_a_requester_who_may_not_decide_is_refused_with_the_reason() -> None:
    world = a_world(people=(RITA_LEADS, BEN))
    request, token = asked(world, "rita")
    barred = world.flow_store.version(request.flow)
    settings = barred.settings.but(requester_cannot_approve_self=True)
    world.flow_store.change(barred.but(settings=settings))
    answer = post(world, token)
    assert answer.outcome == "not_an_approver"
    assert "does not let people decide about their own access" in answer.page.html


@pytest.mark.parametrize(
    ("after", "outcome"),
    [
        (timedelta(hours=24, seconds=-1), "approved"),
        (timedelta(hours=24), "timed_out"),
        (timedelta(hours=24, seconds=1), "timed_out"),
    ],
)
def test_the_time_to_decide_binds_when_it_passes(after: timedelta, outcome: str) -> None:
    world = a_world()
    _, token = asked(world)
    world.now += after
    assert post(world, token).outcome == outcome


def test_a_time_out_that_was_noticed_is_told_the_same_way() -> None:
    world = a_world()
    _, token = asked(world)
    world.run(timedelta(hours=25))
    answer = show(world, token)
    assert answer.outcome == "timed_out"
    assert ">Tuesday 3 March 2026, 12:00 UTC<" in answer.page.html


@pytest.mark.req("N7.signed_in")
def test_where_sign_in_is_needed_a_link_neither_shows_nor_decides() -> None:
    world = a_world(require_approver_sign_in=True)
    request, token = asked(world)
    for answer in (show(world, token), post(world, token)):
        assert answer.outcome == "sign_in_needed"
        assert "invoices" not in answer.page.html
    assert world.status(request) is Status.PENDING_APPROVAL


@pytest.mark.req("R66.length")
@pytest.mark.parametrize(("length", "status"), [(123, 200), (124, 200), (125, 422)])
def test_a_reason_that_is_too_long_comes_back_whole(length: int, status: int) -> None:
    world = a_world()
    request, token = asked(world)
    reason = "x" * length
    answer = post(world, token, "approve", reason)
    assert answer.page.status == status
    if status == 422:
        assert "The reason has 125 characters; at most 124 fit." in answer.page.html
        assert f"\n{reason}</textarea>" in answer.page.html
        assert world.status(request) is Status.PENDING_APPROVAL
        assert post(world, token).decided, "the link is still good"


@pytest.mark.req("R66.required")
@pytest.mark.parametrize("decision", ["approve", "reject"])
def test_a_flow_that_wants_a_reason_sends_the_form_back_without_one(decision: str) -> None:
    world = a_world(require_approver_reason=True)
    request, token = asked(world)
    answer = post(world, token, decision, "   ")
    assert answer.page.status == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "This flow asks approvers for a reason; write one." in answer.page.html
    assert world.status(request) is Status.PENDING_APPROVAL
    assert post(world, token, decision, "Known").decided


@pytest.mark.req("R67")
@pytest.mark.parametrize("decision", ["approve", "reject"])
def test_where_no_reason_is_wanted_none_is_needed(decision: str) -> None:
    world = a_world()
    _, token = asked(world)
    assert post(world, token, decision).decided


def test_a_body_that_is_no_form_sends_the_form_back() -> None:
    world = a_world()
    request, token = asked(world)
    answer = send(world, token, "{}")
    assert answer.page.status == HTTPStatus.UNPROCESSABLE_ENTITY
    assert world.status(request) is Status.PENDING_APPROVAL


def test_an_approval_among_several_says_that_others_have_to_follow() -> None:
    world = a_world(mode=Mode.ALL_OF)
    request, token = asked(world)
    answer = post(world, token)
    assert "Other approvers still have to decide" in answer.page.html
    assert world.status(request) is Status.PENDING_APPROVAL
    assert "Other approvers still have to decide" in show(world, token).page.html


def test_who_is_overtaken_while_the_form_is_posted_learns_who_decided() -> None:
    world = a_world()
    request, token = asked(world)

    def ben_is_faster() -> None:
        world.requests.before_write = lambda: None
        decide(world.ports, request.id, "ben", approves=False, reason=None, now=world.now)

    world.requests.before_write = ben_is_faster
    answer = post(world, token)
    assert answer.outcome == "settled"
    assert "Ben rejected it on" in answer.page.html


def test_a_double_click_counts_once() -> None:
    world = a_world(mode=Mode.ALL_OF)
    request, token = asked(world)

    def the_other_click() -> None:
        world.requests.before_write = lambda: None
        assert post(world, token).decided

    world.requests.before_write = the_other_click
    post(world, token)
    assert [vote.person_id for vote in world.request(request).votes] == ["anna"]


@pytest.mark.req("N12.delegate", "N12.told")
def test_a_delegate_is_mailed_a_link_of_their_own_and_told_in_whose_place_they_decide() -> None:
    world = a_world(people=(ANNA, BEN, a_person("dora")))
    world.directory.delegations["it"] = a_delegation("anna", "dora")
    request = world.submit()
    (mail,) = mails_of(world, request).to("dora")
    assert "on behalf of Anna, whose delegate you are" in mail.text
    shown = show(world, token_in(mail))
    assert "You decide on behalf of <strong>Anna</strong>" in shown.page.html
    assert post(world, token_in(mail)).outcome == "approved"
    (vote,) = world.request(request).votes
    assert (vote.person_id, vote.on_behalf_of) == ("dora", "anna")
    (told,) = mails_of(world, request).to("rita")
    assert "Dora (on behalf of Anna) approved it" in told.text


@pytest.mark.req("N12.ended")
def test_f13_a_link_decides_nothing_once_the_delegation_is_over() -> None:
    world = a_world(people=(ANNA, BEN, a_person("dora")))
    world.directory.delegations["it"] = a_delegation("anna", "dora")
    request = world.submit()
    token = token_in(mails_of(world, request).to("dora")[0])
    world.directory.delegations.clear()
    for answer in (show(world, token), post(world, token)):
        assert (answer.outcome, answer.page.status) == ("not_an_approver", HTTPStatus.FORBIDDEN)
    assert world.status(request) is Status.PENDING_APPROVAL
