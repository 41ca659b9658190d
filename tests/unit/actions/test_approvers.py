"""Stories of approvers by relation and of tiers: whom a request asks, who is told, who decides."""

from datetime import timedelta
from typing import Any

import pytest

from accessflows.actions import submit as submitting
from accessflows.actions.decide import decide
from accessflows.model.condition import Condition, Group, Operator
from accessflows.model.event import EventKind, first_broken
from accessflows.model.flow import Approval, Escalation, Mode
from accessflows.model.integration import Owner
from accessflows.model.notice import NoticeKind
from accessflows.model.person import Person
from accessflows.model.refusal import AlreadySettled, NobodyCanApprove, NotAnApprover, SignInNeeded
from accessflows.model.request import AccessRequest, Cause, Status
from accessflows.ports import ApprovalLink
from accessflows.rules.approval import fingerprint
from tests.doubles.mail import notices_of
from tests.factories import (
    NOON,
    a_flow,
    a_person,
    a_resource,
    all_of,
    an_approval,
    an_integration,
    any_of,
    in_group,
    is_,
)
from tests.worlds import World

OWNER = Condition(attribute="owner")
MANAGER = Condition(attribute="grantee_manager")
EVERY = timedelta(minutes=30)
OWNED = an_integration(owner=Owner(attribute="group", values=("custodians",)), owner_tag="team")
PEOPLE = (
    a_person("anna", groups=("finance",), emails=("anna@example.com", "a.berg@example.com")),
    a_person("cora", groups=("custodians",)),
    a_person("mona"),
    a_person("nora"),
    a_person("rita", groups=("engineers",), manager="mona"),
)
RESOURCES = (
    a_resource("invoices", tags={"team": "FINANCE"}),
    a_resource("ledgers", tags={"team": "finance"}),
    a_resource("minutes", tags={"team": "A.Berg@example.com"}),
    a_resource("relics", tags={"team": "disbanded"}),
    a_resource("strays"),
)


def asking(*groups: Group, **changes: Any) -> World:
    approval = Approval(groups=groups, mode=changes.pop("mode", Mode.ANY_OF))
    people = {p.id: p for p in (*PEOPLE, *changes.pop("people", ()))}
    return World(
        flows=[a_flow(approval=approval, **changes)],
        people=people.values(),
        resources=RESOURCES,
        integrations=[OWNED],
    )


def escalated(*tiers: str, people: tuple[Person, ...] = (), **flow: Any) -> World:
    approval = flow.pop("approval", an_approval("leads", timeout=timedelta(hours=3)))
    policy = Escalation(every=EVERY, tiers=tuple(in_group(tier) for tier in tiers))
    return World(
        flows=[a_flow(approval=approval, escalation=policy, **flow)],
        people=[
            a_person("anna", groups=("leads",)),
            a_person("hedi", groups=("heads",)),
            a_person("boss", groups=("bosses",)),
            *people,
        ],
    )


def asked(world: World, request: AccessRequest, kind: EventKind) -> list[list[str]]:
    """Who is asked for a decision at each event of a kind."""
    return [
        [n.recipient_id for n in notices_of(world, event) if n.kind is NoticeKind.APPROVAL_ASKED]
        for event in world.requests.events(request.subject)
        if event.kind is kind
    ]


def submit_all(world: World, *resources: str) -> tuple[AccessRequest, ...]:
    return submitting.submit(
        world.ports,
        world.wish(*resources),
        caller_id="rita",
        idempotency_key=None,
        now=world.now,
        new_id=lambda: next(world.ids),
    )


@pytest.mark.req("R48.owner_tag", "R48.integration_owner", "R5.owner")
@pytest.mark.parametrize(
    ("resource", "owner", "approver"),
    [
        ("invoices", is_("group", "finance"), "anna"),
        ("minutes", is_("user", "anna"), "anna"),
        ("relics", is_("group", "custodians"), "cora"),
        ("strays", is_("group", "custodians"), "cora"),
    ],
)
def test_the_owner_is_whom_the_tag_names_else_the_integrations(
    resource: str, owner: Condition, approver: str
) -> None:
    world = asking(all_of(OWNER))
    request = world.submit(resource)
    assert request.owner == owner
    assert asked(world, request, EventKind.SUBMITTED) == [[approver]]
    (other,) = {"anna", "cora"} - {approver}
    with pytest.raises(NotAnApprover):
        world.approve(request, other)
    assert world.approve(request, approver).status is Status.GRANTING


@pytest.mark.req("R48.split")
def test_resources_of_different_owners_become_different_requests() -> None:
    world = asking(all_of(OWNER))
    requests = submit_all(world, "strays", "invoices", "relics", "ledgers", "minutes")
    held = [
        [e.resource for batch in world.requests.batches(r) for e in batch.entitlements]
        for r in requests
    ]
    assert held == [["relics", "strays"], ["invoices", "ledgers"], ["minutes"]]
    trace = world.requests.trace(requests[1].id)
    assert [a.resources for d in trace.decisions for a in d.asked] == [("invoices", "ledgers")]
    assert [(g.condition, g.people) for g in trace.approvers] == [("group is 'finance'", ("anna",))]


@pytest.mark.req("R48.split")
def test_a_flow_that_asks_no_owner_is_not_split() -> None:
    (request,) = submit_all(asking(in_group("finance")), "strays", "invoices", "minutes")
    assert request.owner is None


@pytest.mark.req("R48.user", "R48.group")
def test_named_people_and_members_of_a_group_approve() -> None:
    for group, approver in (
        (all_of(is_("user", "MONA@example.com")), "mona"),
        (in_group("custodians"), "cora"),
    ):
        world = asking(group)
        assert world.approve(world.submit("strays"), approver).status is Status.GRANTING


def test_f13_an_owner_who_stops_to_be_one_decides_no_more() -> None:
    world = asking(all_of(OWNER))
    request = world.submit("invoices")
    world.directory.change(world.directory.person("anna").but(groups=()))
    with pytest.raises(NotAnApprover):
        world.approve(request, "anna")


def test_f13_the_manager_of_the_moment_decides() -> None:
    world = asking(all_of(MANAGER))
    request = world.submit("strays")
    assert asked(world, request, EventKind.SUBMITTED) == [["mona"]]
    world.directory.change(world.directory.person("rita").but(manager="nora"))
    with pytest.raises(NotAnApprover):
        world.approve(request, "mona")
    assert world.approve(request, "nora").status is Status.GRANTING


def test_without_a_manager_nobody_could_approve_which_is_said_at_once() -> None:
    world = asking(all_of(MANAGER), people=(a_person("rita", groups=("engineers",)),))
    with pytest.raises(NobodyCanApprove, match="nobody"):
        world.submit("strays")
    assert world.requests.requests == {}


def test_not_the_manager_is_everybody_else() -> None:
    other = Condition(attribute="grantee_manager", operator=Operator.IS_NOT)
    world = asking(all_of(is_("user", "mona", "nora"), other))
    request = world.submit("strays")
    with pytest.raises(NotAnApprover):
        world.approve(request, "mona")
    assert world.approve(request, "nora").status is Status.GRANTING


@pytest.mark.req("R5.owner", "R5.grantee_manager")
def test_owner_or_manager_of_one_group_and_both_groups_of_all_of() -> None:
    either = asking(any_of(OWNER, MANAGER))
    for approver in ("anna", "mona"):
        assert either.approve(either.submit("invoices"), approver).status is Status.GRANTING
    both = asking(all_of(OWNER), all_of(MANAGER), mode=Mode.ALL_OF)
    request = both.submit("invoices")
    assert both.approve(request, "mona").status is Status.PENDING_APPROVAL
    assert both.approve(request, "anna").status is Status.GRANTING


@pytest.mark.req("R68.alias")
@pytest.mark.parametrize("tag", ["R.Own@Example.COM", "rita", "Engineers"])
def test_f12_the_requester_does_not_approve_as_owner_under_any_name(tag: str) -> None:
    rita = a_person("rita", groups=("engineers",), emails=("rita@example.com", "r.own@example.com"))
    other = a_person("eve", groups=("engineers",))
    barred = {"requester_cannot_approve_self": True}
    world = asking(any_of(OWNER, is_("user", "eve")), people=(rita, other), settings=barred)
    world.ports.inventory.replace("aws-demo", [a_resource(tags={"team": tag})], NOON)
    request = world.submit()
    assert asked(world, request, EventKind.SUBMITTED) == [["eve"]]
    with pytest.raises(NotAnApprover, match="bars requester and grantee"):
        world.approve(request, "rita")


def test_f12_a_manager_who_asks_for_their_report_does_not_approve_as_manager() -> None:
    world = asking(all_of(MANAGER), settings={"requester_cannot_approve_self": True})
    request = world.submit("strays").but(requester_id="mona")
    world.requests.requests[request.id] = request
    with pytest.raises(NotAnApprover, match="bars requester and grantee"):
        world.approve(request, "mona")


@pytest.mark.req("R61.moves", "R61.once", "R61.timeout")
def test_each_tier_is_opened_and_told_once_and_then_it_times_out() -> None:
    world = escalated("heads", "bosses")
    request = world.submit()
    world.run(timedelta(minutes=29))
    assert world.request(request).tiers_open == 0
    world.run(timedelta(minutes=91))
    assert world.request(request).tiers_open == 2
    assert asked(world, request, EventKind.SUBMITTED) == [["anna"]]
    assert asked(world, request, EventKind.TIER_OPENED) == [["hedi"], ["boss"]]
    opened = [e for e in world.requests.events(request.subject) if e.kind == "tier_opened"]
    assert [(e.at - NOON, e.details) for e in opened] == [
        (EVERY, {"tier": 1}),
        (2 * EVERY, {"tier": 2}),
    ]
    world.run(timedelta(hours=1))
    closed = world.request(request)
    assert (closed.status, closed.cause) == (Status.REJECTED, Cause.TIMED_OUT)
    assert closed.closed_at == NOON + timedelta(hours=3)
    assert first_broken(world.requests.events(request.subject)) is None


@pytest.mark.req("R61.once")
def test_tiers_whose_timers_were_lost_are_each_told_once_by_the_sweep() -> None:
    world = escalated("heads", "bosses")
    world.machines_work = False
    request = world.submit()
    world.now = NOON + 2 * EVERY + timedelta(seconds=16)
    for _ in range(3):
        world.sweep()
    assert asked(world, request, EventKind.TIER_OPENED) == [["hedi"], ["boss"]]
    assert world.request(request).due_at == request.approval_timeout_at


@pytest.mark.req("R61.any_of", "R61.keeps")
@pytest.mark.parametrize("approver", ["anna", "hedi", "boss"])
def test_with_every_timer_lost_the_tiers_decide_by_the_clock(approver: str) -> None:
    world = escalated("heads", "bosses")
    world.machines_work = False
    request = world.submit()
    if approver != "anna":
        with pytest.raises(NotAnApprover):
            world.approve(request, approver)
    world.now = NOON + 2 * EVERY
    assert world.approve(request, approver).status is Status.GRANTING


def test_f06_an_approval_after_a_time_out_that_no_timer_noticed_is_refused() -> None:
    world = escalated("heads")
    world.machines_work = False
    request = world.submit()
    world.now = NOON + timedelta(hours=3)
    for person in ("anna", "hedi"):
        with pytest.raises(AlreadySettled, match="timed out"):
            world.approve(request, person)


def test_f06_an_approval_while_the_tier_opens_counts_and_so_does_the_tier() -> None:
    both = an_approval("leads", "heads", mode=Mode.ALL_OF, timeout=timedelta(hours=3))
    world = escalated("bosses", approval=both)
    request = world.submit()
    world.run(EVERY - timedelta(seconds=1))
    between = ["anna"]

    def anna_is_faster() -> None:
        if between:
            world.approve(request, between.pop())

    world.requests.before_write = anna_is_faster
    world.run(timedelta(seconds=1))
    stands = world.request(request)
    assert (stands.tiers_open, [v.person_id for v in stands.votes]) == (1, ["anna"])
    assert world.approve(request, "boss").status is Status.GRANTING


@pytest.mark.req("R69")
def test_f12_a_tier_asks_neither_requester_nor_grantee_where_they_may_not_decide() -> None:
    rita = a_person("rita", groups=("engineers", "heads"))
    barred = {"requester_cannot_approve_self": True}
    world = escalated("heads", people=(rita,), settings=barred)
    request = world.submit()
    world.run(EVERY)
    assert asked(world, request, EventKind.TIER_OPENED) == [["hedi"]]
    with pytest.raises(NotAnApprover):
        world.approve(request, "rita")


@pytest.mark.req("R55.refused")
def test_what_only_a_tier_could_approve_is_refused_at_submit() -> None:
    world = escalated("heads", approval=an_approval("nobody", timeout=timedelta(hours=3)))
    with pytest.raises(NobodyCanApprove, match="group is 'nobody'"):
        world.submit()


@pytest.mark.req("N7.signed_in")
def test_a_link_alone_is_no_sign_in_whatever_page_posts_it() -> None:
    world = escalated("heads", settings={"require_approver_sign_in": True})
    request = world.submit()
    link = ApprovalLink(
        id="l",
        request_id=request.id,
        approver_id="anna",
        fingerprint=fingerprint(request, world.requests.batches(request)),
        created_at=NOON,
    )
    world.requests.put_link(link)
    with pytest.raises(SignInNeeded):
        decide(world.ports, request.id, "anna", approves=True, reason=None, now=NOON, link=link)
    assert world.requests.link("l").used_at is None
    assert world.approve(request, "anna").status is Status.GRANTING
