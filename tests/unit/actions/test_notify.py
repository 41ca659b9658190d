"""Who is told what."""

from datetime import timedelta

import pytest

from accessflows.actions.decide import decide
from accessflows.actions.end import cancel, revoke
from accessflows.model.flow import Mode
from accessflows.model.notice import NoticeKind
from accessflows.model.person import Role
from accessflows.model.request import AccessRequest, Status
from tests.doubles.mail import notices_of
from tests.factories import a_delegation, a_flow, a_person, an_approval
from tests.worlds import World

ANNA = a_person("anna", groups=("leads",))
BEN = a_person("ben", groups=("security",))
BOTH = a_person("bo", groups=("leads", "security"))
GINA = a_person("gina", groups=("engineers",))
RITA_LEADS = a_person("rita", groups=("engineers", "leads"))
HOUR = timedelta(hours=1)
Told = list[tuple[str, NoticeKind]]


def told(world: World, request: AccessRequest) -> Told:
    """Who is told what of the request's last event."""
    last = world.requests.events(request.subject)[-1]
    return [(notice.recipient_id, notice.kind) for notice in notices_of(world, last)]


def a_world(*people, **flow) -> World:
    flow = {"approval": an_approval("leads", "security"), **flow}
    return World(flows=[a_flow(**flow)], people=people)


def for_gina(world: World) -> AccessRequest:
    """A request of Rita's for Gina, as it stands once it is stored."""
    request = world.submit().but(grantee_id="gina")
    world.requests.requests[request.id] = request
    return request


@pytest.mark.req("R124.submitted", "R124.approval_asked")
def test_submitting_tells_requester_and_grantee_and_asks_every_approver_once() -> None:
    world = a_world(ANNA, BEN, BOTH, GINA)
    assert told(world, for_gina(world)) == [
        ("rita", NoticeKind.SUBMITTED),
        ("gina", NoticeKind.SUBMITTED),
        ("anna", NoticeKind.APPROVAL_ASKED),
        ("bo", NoticeKind.APPROVAL_ASKED),
        ("ben", NoticeKind.APPROVAL_ASKED),
    ]


def test_who_asks_for_themselves_is_told_once() -> None:
    world = a_world(ANNA)
    assert told(world, world.submit()) == [
        ("rita", NoticeKind.SUBMITTED),
        ("anna", NoticeKind.APPROVAL_ASKED),
    ]


def test_an_automatic_flow_asks_nobody() -> None:
    world = a_world(ANNA, approval=None)
    assert told(world, world.submit()) == [("rita", NoticeKind.SUBMITTED)]


def test_a_deactivated_approver_is_not_asked() -> None:
    world = a_world(ANNA, BEN.but(active=False))
    assert ("ben", NoticeKind.APPROVAL_ASKED) not in told(world, world.submit())


@pytest.mark.req("R69")
def test_requester_and_grantee_are_not_asked_where_they_may_not_decide() -> None:
    gina = GINA.but(groups=RITA_LEADS.groups)
    world = a_world(RITA_LEADS, gina, ANNA, settings={"requester_cannot_approve_self": True})
    asked = [p for p, kind in told(world, for_gina(world)) if "asked" in kind]
    assert asked == ["anna"]


def test_a_requester_who_may_decide_is_asked_besides_being_told() -> None:
    world = a_world(RITA_LEADS)
    assert told(world, world.submit()) == [
        ("rita", NoticeKind.SUBMITTED),
        ("rita", NoticeKind.APPROVAL_ASKED),
    ]


@pytest.mark.req("R124.decided")
def test_the_outcome_is_told_and_a_vote_among_several_is_not() -> None:
    world = a_world(ANNA, BEN, approval=an_approval("leads", "security", mode=Mode.ALL_OF))
    request = world.submit()
    assert told(world, world.approve(request, "anna")) == []
    assert told(world, world.approve(request, "ben")) == [("rita", NoticeKind.APPROVED)]


@pytest.mark.req("R124.decided")
def test_a_rejection_is_told() -> None:
    world = a_world(ANNA)
    request = world.submit()
    decide(world.ports, request.id, "anna", approves=False, reason=None, now=world.now)
    assert told(world, request) == [("rita", NoticeKind.REJECTED)]


@pytest.mark.req("R124.decided")
def test_a_time_out_is_told_as_a_rejection() -> None:
    world = a_world(ANNA)
    request = world.submit()
    world.run(timedelta(hours=25))
    assert world.status(request) is Status.REJECTED
    assert told(world, request) == [("rita", NoticeKind.REJECTED)]


@pytest.mark.req("R124.active", "R124.ended")
def test_activation_and_expiry_are_told() -> None:
    world = a_world(approval=None)
    request = world.submit()
    world.run(timedelta(minutes=1))
    assert world.status(request) is Status.ACTIVE
    assert told(world, request) == [("rita", NoticeKind.ACTIVE)]
    world.run(timedelta(hours=2))
    assert world.status(request) is Status.EXPIRED
    assert told(world, request) == [("rita", NoticeKind.ENDED)]


@pytest.mark.req("R124.ended")
def test_a_revocation_is_told_when_the_access_is_gone_and_not_before() -> None:
    world = a_world(approval=None)
    request = world.submit()
    world.run(timedelta(minutes=1))
    revoke(world.ports, request.id, a_person("rita"), None, world.now)
    assert told(world, request) == []
    world.run(timedelta(minutes=1))
    assert world.status(request) is Status.REVOKED
    assert told(world, request) == [("rita", NoticeKind.ENDED)]


def test_a_cancellation_is_told_to_those_who_did_not_do_it() -> None:
    admin = a_person("root", roles=(Role.ADMIN,))
    world = a_world(ANNA, GINA, admin)
    by_rita, by_admin = for_gina(world), for_gina(world)
    cancel(world.ports, by_rita.id, world.directory.person("rita"), world.now)
    cancel(world.ports, by_admin.id, admin, world.now)
    assert told(world, by_rita) == [("gina", NoticeKind.CANCELLED)]
    assert told(world, by_admin) == [
        ("rita", NoticeKind.CANCELLED),
        ("gina", NoticeKind.CANCELLED),
    ]


@pytest.mark.req("N12.told")
def test_who_decides_in_an_approvers_place_is_asked_besides_them() -> None:
    world = a_world(ANNA, BOTH, a_person("dora"))
    world.directory.delegations["it"] = a_delegation("anna", "dora")
    world.directory.delegations["too"] = a_delegation("bo", "dora")
    world.directory.delegations["later"] = a_delegation("bo", "ben", starts_at=world.now + HOUR)
    asked = [who for who, kind in told(world, world.submit()) if kind is NoticeKind.APPROVAL_ASKED]
    assert asked == ["anna", "bo", "dora"]


@pytest.mark.req("R69", "R68.delegate")
def test_f12_no_delegate_is_asked_whom_the_flow_bars() -> None:
    world = a_world(ANNA, RITA_LEADS, settings={"requester_cannot_approve_self": True})
    world.directory.delegations["as requester"] = a_delegation("anna", "rita")
    world.directory.delegations["of requester"] = a_delegation("rita", "dora")
    asked = [who for who, kind in told(world, world.submit()) if kind is NoticeKind.APPROVAL_ASKED]
    assert asked == ["anna"]
