"""Requests that wait for a one-time code: who confirms, what goes on, what times out."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from accessflows.actions.end import cancel
from accessflows.actions.enrol import begin_enrolment, confirm_enrolment
from accessflows.actions.extend import extend
from accessflows.actions.pass_mfa import pass_mfa
from accessflows.actions.reset_mfa import reset_mfa
from accessflows.model.account import AccountSettings
from accessflows.model.event import EventKind
from accessflows.model.flow import Escalation, RequestFor, Scope
from accessflows.model.notice import NoticeKind
from accessflows.model.person import Role
from accessflows.model.refusal import (
    AlreadySettled,
    MfaLocked,
    NotEnrolled,
    NotFound,
    NotYours,
    WrongCode,
)
from accessflows.model.request import AccessRequest, Cause, Status
from accessflows.model.second_factor import Enrolment
from accessflows.ports import Lost
from tests.doubles.mail import mails_of, notices_of
from tests.doubles.mfa import SECRET, PaperSeal, code_at, wrong_at
from tests.factories import NOON, a_flow, a_person, an_approval, in_group
from tests.worlds import World

SEAL = PaperSeal()
HOUR = timedelta(hours=1)
STEP = timedelta(seconds=30)
ANNA = a_person("anna", groups=("leads",))
GINA = a_person("gina", groups=("engineers",))
ADA = a_person("ada", roles=(Role.ADMIN,))


def a_world(*, enrolled: tuple[str, ...] = ("rita",), **flow) -> World:
    settings = {"require_mfa": True, **flow.pop("settings", {})}
    others = RequestFor(
        scopes=frozenset({Scope.SELF, Scope.OTHERS}), grantees=in_group("engineers")
    )
    world = World(
        flows=[a_flow(settings=settings, **{"request_for": others, **flow})],
        people=[ANNA, GINA, ADA],
    )
    for person_id in enrolled:
        enrol(world, person_id)
    return world


def enrol(world: World, person_id: str) -> None:
    person = world.directory.person(person_id)
    begin_enrolment(world.ports, SEAL, person, SECRET)
    # An hour ago, so that no code of now is used up.
    earlier = world.now - HOUR
    confirm_enrolment(world.ports, SEAL, person, code_at(earlier), earlier)


def give(world: World, request: AccessRequest, code: str | None = None, by: str = "rita"):
    person = world.directory.person(by)
    code = code_at(world.now) if code is None else code
    return pass_mfa(world.ports, SEAL, request.id, person, code, world.now)


@pytest.mark.req("R63.pending", "R98.pending_mfa")
def test_approvers_are_asked_after_the_code_and_not_before() -> None:
    world = a_world(approval=an_approval("leads"))
    request = world.submit()
    world.run()
    assert world.status(request) is Status.PENDING_MFA
    assert world.request(request).is_open
    (submitted,) = world.requests.events(request.subject)
    assert [n.kind for n in notices_of(world, submitted)] == [NoticeKind.MFA_ASKED]
    assert give(world, request).status is Status.PENDING_APPROVAL
    passed = world.requests.events(request.subject)[-1]
    assert (passed.kind, passed.actor) == (EventKind.MFA_PASSED, "rita")
    asked = [(n.recipient_id, n.kind) for n in notices_of(world, passed)]
    assert asked == [("anna", NoticeKind.APPROVAL_ASKED)]
    world.approve(request, "anna")
    world.run()
    assert world.status(request) is Status.ACTIVE


@pytest.mark.req("R63.pending")
@pytest.mark.parametrize(("later", "status"), [(None, Status.ACTIVE), (2 * HOUR, Status.SCHEDULED)])
def test_without_approval_it_is_granted_or_waits_for_its_start(
    later: timedelta | None, status: Status
) -> None:
    world = a_world()
    request = world.submit(starts_at=later and world.now + later)
    world.run()
    give(world, request)
    world.run()
    assert world.status(request) is status
    world.run(2 * HOUR)
    assert world.request(request).activated_at is not None


@pytest.mark.req("R63.pending")
def test_nobody_decides_before_the_code() -> None:
    world = a_world(approval=an_approval("leads"))
    request = world.submit()
    with pytest.raises(AlreadySettled, match="this request is Pending MFA"):
        world.approve(request, "anna")


def by_machine(world: World) -> None:
    world.run()


def by_sweep(world: World) -> None:
    world.executions.clear()
    world.now += timedelta(seconds=16)
    world.sweep()


@pytest.mark.req("R63.pending")
@pytest.mark.parametrize("noticed", [by_machine, by_sweep])
@pytest.mark.parametrize(
    ("flow", "wait"),
    [
        ({"approval": an_approval("leads", timeout=timedelta(minutes=20))}, timedelta(minutes=20)),
        ({}, timedelta(hours=24)),
    ],
)
def test_without_a_code_it_times_out(
    flow: dict, wait: timedelta, noticed: Callable[[World], None]
) -> None:
    world = a_world(**flow)
    request = world.submit()
    world.run(wait - timedelta(seconds=1))
    assert world.status(request) is Status.PENDING_MFA
    world.machines_work = False
    world.now += timedelta(seconds=1)
    with pytest.raises(AlreadySettled, match="nobody confirmed this request before"):
        give(world, request)
    noticed(world)
    ended = world.request(request)
    assert (ended.status, ended.cause) == (Status.REJECTED, Cause.TIMED_OUT)
    (mail,) = mails_of(world, request).sent
    assert "It was not confirmed with a one-time code in time" in mail.text


def test_where_nobody_approves_a_later_start_leaves_a_day_from_then_on() -> None:
    world = a_world()
    starts_at = world.now + timedelta(days=5)
    request = world.submit(starts_at=starts_at)
    assert request.due_at == starts_at + timedelta(hours=24)


@pytest.mark.req("R61.timeout", "R63.pending")
def test_tiers_and_time_out_count_from_the_submission() -> None:
    escalation = Escalation(every=timedelta(minutes=30), tiers=(in_group("engineers"),))
    world = a_world(approval=an_approval("leads"), escalation=escalation)
    request = world.submit()
    submitted_at = world.now
    world.run(timedelta(minutes=45))
    passed = give(world, request)
    assert passed.approval_timeout_at == submitted_at + timedelta(hours=24)
    world.run()
    assert world.request(request).tiers_open == 1
    assert world.approve(request, "gina").status is Status.GRANTING


@pytest.mark.req("R63.once")
def test_a_wrong_an_old_and_a_used_code_are_refused() -> None:
    world = a_world()
    world.flow_store.account = AccountSettings(mfa_valid_for=timedelta(0))
    one, other = world.submit(), world.submit()
    with pytest.raises(WrongCode, match="not the code that your authenticator app shows now"):
        give(world, one, wrong_at(world.now))
    with pytest.raises(WrongCode, match="shows now"):
        give(world, one, code_at(world.now - 2 * STEP))
    give(world, one)
    with pytest.raises(WrongCode, match="this code was used; wait for the next one"):
        give(world, other)
    world.now += STEP
    assert give(world, other).status is Status.GRANTING


@pytest.mark.req("R63.lock", "N18.mfa")
def test_after_five_wrong_codes_the_sixth_is_refused_though_right() -> None:
    world = a_world()
    request = world.submit()
    for _ in range(4):
        with pytest.raises(WrongCode):
            give(world, request, wrong_at(world.now))
    with pytest.raises(MfaLocked):
        give(world, request, wrong_at(world.now))
    with pytest.raises(MfaLocked, match="locked until"):
        give(world, request)
    assert world.status(request) is Status.PENDING_MFA
    person_id, happened = world.second_factors.told[-1]
    assert (person_id, happened.kind) == ("rita", EventKind.MFA_LOCKED)
    world.now += timedelta(minutes=15)
    assert give(world, request).status is Status.GRANTING


def test_how_many_wrong_codes_lock_is_a_setting() -> None:
    world = a_world()
    world.flow_store.account = AccountSettings(mfa_tries=1)
    with pytest.raises(MfaLocked):
        give(world, world.submit(), wrong_at(world.now))


@pytest.mark.req("R63.once")
def test_of_two_who_use_one_code_at_once_one_is_refused() -> None:
    world = a_world()
    world.flow_store.account = AccountSettings(mfa_valid_for=timedelta(0))
    one, other = world.submit(), world.submit()
    won: list[AccessRequest] = []

    def faster() -> None:
        world.second_factors.before_put = lambda: None
        won.append(give(world, one))

    world.second_factors.before_put = faster
    with pytest.raises(WrongCode, match="was used"):
        give(world, other)
    assert [request.status for request in won] == [Status.GRANTING]
    assert world.status(other) is Status.PENDING_MFA


@pytest.mark.req("R63.lock")
def test_guesses_at_once_each_count() -> None:
    world = a_world()
    request = world.submit()

    def four_others() -> None:
        world.second_factors.before_put = lambda: None
        for _ in range(4):
            with pytest.raises(WrongCode):
                give(world, request, wrong_at(world.now))

    world.second_factors.before_put = four_others
    with pytest.raises(MfaLocked):
        give(world, request, wrong_at(world.now))
    assert world.second_factors.get("rita").locked_until == world.now + timedelta(minutes=15)


def test_what_fails_after_the_code_was_used_leaves_the_request_waiting_and_the_code_used() -> None:
    world = a_world()
    request = world.submit()

    def lose() -> None:
        raise Lost

    world.requests.before_write = lose
    with pytest.raises(Lost):
        give(world, request)
    world.requests.before_write = lambda: None
    assert world.status(request) is Status.PENDING_MFA
    with pytest.raises(WrongCode, match="was used"):
        give(world, request)
    world.now += STEP
    assert give(world, request).status is Status.GRANTING


@pytest.mark.req("R63.valid_for")
def test_a_pass_counts_for_what_waits_and_for_the_next_hour() -> None:
    world = a_world()
    one, other = world.submit(), world.submit()
    give(world, one)
    assert world.status(other) is Status.GRANTING
    world.now += HOUR - timedelta(seconds=1)
    within = world.submit()
    assert within.status is Status.GRANTING
    assert within.mfa_passed_at == world.request(one).mfa_passed_at == NOON
    (submitted,) = world.requests.events(within.subject)
    assert submitted.details["mfa_passed_at"] == NOON.isoformat()
    world.now += timedelta(seconds=1)
    assert world.submit().status is Status.PENDING_MFA


@pytest.mark.req("R63.valid_for")
def test_with_no_time_at_all_each_request_needs_a_code() -> None:
    world = a_world()
    world.flow_store.account = AccountSettings(mfa_valid_for=timedelta(0))
    one, other = world.submit(), world.submit()
    give(world, one)
    assert world.status(other) is Status.PENDING_MFA
    assert world.submit().status is Status.PENDING_MFA


def test_what_was_withdrawn_meanwhile_is_not_brought_back_by_a_pass() -> None:
    world = a_world()
    one, other = world.submit(), world.submit()
    cancel(world.ports, other.id, world.directory.person("rita"), world.now)
    give(world, one)
    assert world.status(other) is Status.CANCELLED
    with pytest.raises(AlreadySettled):
        give(world, other)


@pytest.mark.req("R63.pending", "R20")
def test_on_behalf_of_another_the_grantee_confirms_and_nobody_else() -> None:
    world = a_world(enrolled=("rita", "gina", "anna"), approval=an_approval("leads"))
    request = world.submit(grantee_id="gina")
    (submitted,) = world.requests.events(request.subject)
    assert [(n.recipient_id, n.kind) for n in notices_of(world, submitted)] == [
        ("rita", NoticeKind.SUBMITTED),
        ("gina", NoticeKind.MFA_ASKED),
    ]
    mails = mails_of(world, request)
    assert "It waits until Gina confirms it with a one-time code" in mails.to("rita")[0].text
    assert "Rita asked for access for you" in mails.to("gina")[0].text
    for other in ("rita", "ada"):
        with pytest.raises(NotYours, match="only the person who receives this access"):
            give(world, request, by=other)
    with pytest.raises(NotFound):
        give(world, request, by="anna")
    assert give(world, request, by="gina").status is Status.PENDING_APPROVAL


def test_a_pass_of_the_requester_is_none_of_the_grantee() -> None:
    world = a_world(enrolled=("rita", "gina"))
    give(world, world.submit())
    assert world.submit().status is Status.GRANTING
    assert world.submit(grantee_id="gina").status is Status.PENDING_MFA


@pytest.mark.req("R22.onboarding_mfa", "R64.enrol")
def test_a_new_colleague_confirms_once_they_have_set_up_an_app() -> None:
    world = a_world(enrolled=(), approval=an_approval("leads"))
    request = world.submit(grantee_id="gina")
    world.run(3 * HOUR)
    asked = mails_of(world, request).to("gina")[0].text
    assert "you are asked to do that first" in asked
    with pytest.raises(NotEnrolled, match="set up an authenticator app first"):
        give(world, request, by="gina")
    begin_enrolment(world.ports, SEAL, GINA, SECRET)
    with pytest.raises(NotEnrolled):
        give(world, request, by="gina")
    confirm_enrolment(world.ports, SEAL, GINA, code_at(world.now), world.now)
    world.now += STEP
    assert give(world, request, by="gina").status is Status.PENDING_APPROVAL
    world.approve(request, "anna")
    world.run()
    assert world.status(request) is Status.ACTIVE


@pytest.mark.req("R64.reset")
def test_only_another_admin_resets_and_then_neither_code_nor_pass_counts() -> None:
    world = a_world(enrolled=("rita", "ada"))
    give(world, world.submit())
    assert reset_mfa(world.ports, ADA, "rita", world.now).enrolment is Enrolment.NONE
    person_id, happened = world.second_factors.told[-1]
    assert (person_id, happened.kind, happened.actor) == ("rita", EventKind.MFA_RESET, "ada")
    waiting = world.submit()
    assert waiting.status is Status.PENDING_MFA
    with pytest.raises(NotEnrolled):
        give(world, waiting)
    with pytest.raises(NotYours, match="ask another admin"):
        reset_mfa(world.ports, ADA, "ada", world.now)
    with pytest.raises(NotFound):
        reset_mfa(world.ports, ADA, "nobody", world.now)


def test_an_emergency_waits_for_its_code_and_is_told_to_admins_only_then() -> None:
    world = a_world(emergency=True)
    request = world.submit()
    kinds = [n.kind for n in notices_of(world, world.requests.events(request.subject)[0])]
    assert NoticeKind.EMERGENCY not in kinds
    give(world, request)
    told = notices_of(world, world.requests.events(request.subject)[-1])
    assert [(n.recipient_id, n.kind) for n in told] == [("ada", NoticeKind.EMERGENCY)]


@pytest.mark.req("R73.no_checks")
def test_an_extension_asks_for_no_code() -> None:
    world = a_world(settings={"max_extensions": 1}, grant_duration=3 * HOUR)
    request = world.submit()
    give(world, request)
    world.run(2 * HOUR)
    rita = world.directory.person("rita")
    assert world.submit().status is Status.PENDING_MFA
    extended = extend(world.ports, request.id, rita, world.now)
    assert (extended.status, extended.extensions_used) == (Status.ACTIVE, 1)


def test_without_the_setting_nothing_waits_and_nothing_is_noted() -> None:
    world = a_world(settings={"require_mfa": False})
    give_nothing = world.submit()
    assert (give_nothing.status, give_nothing.mfa_passed_at) == (Status.GRANTING, None)
