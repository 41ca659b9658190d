"""Stories of people who ask for somebody else, whole, in memory."""

from datetime import timedelta

import pytest

from accessflows.actions import end, read
from accessflows.actions.answer import answer
from accessflows.actions.grantees import GranteePage, grantees
from accessflows.model.flow import AccessFlow
from accessflows.model.limits import PAGE_SIZE
from accessflows.model.notice import NoticeKind
from accessflows.model.person import Person
from accessflows.model.refusal import (
    BadInput,
    NoAccessFlow,
    NobodyCanApprove,
    NotAnApprover,
    NotFound,
    NotYours,
)
from accessflows.model.request import Cause, Status
from accessflows.rules.grantees import usable
from tests.doubles.mail import notices_of
from tests.factories import a_flow, a_person, an_approval, in_group
from tests.worlds import World

HOUR = timedelta(hours=1)


def for_others(grantees: str, **changes) -> AccessFlow:
    scopes = changes.pop("scopes", ["others"])
    request_for = {"scopes": scopes, "grantees": in_group(grantees)}
    return a_flow(request_for=request_for, **changes)


def asked_for(grantee: Person, flow: AccessFlow, *people: Person) -> World:
    return World(flows=[flow], people=[grantee, *people])


@pytest.mark.req("R22.onboarding", "R18")
def test_access_is_ready_before_a_new_colleagues_first_day() -> None:
    nina = a_person("nina", manager="rita")
    world = asked_for(nina, a_flow(request_for={"scopes": ["direct_reports"]}))
    request = world.submit(grantee_id="nina")
    world.run()
    assert world.status(request) is Status.ACTIVE
    assert (request.requester_id, request.grantee_id) == ("rita", "nina")
    assert world.target.has_access("user/demo-nina", "invoices", "read")
    assert not world.target.has_access("user/demo-rita", "invoices", "read")
    world.run(HOUR + timedelta(minutes=1))
    assert world.status(request) is Status.EXPIRED
    assert not world.target.has_access("user/demo-nina", "invoices", "read")


@pytest.mark.req("R22.incident", "R19.grantees")
def test_a_responder_gets_help_from_somebody_without_access() -> None:
    gus = a_person("gus", groups=("responders",))
    world = asked_for(gus, for_others("responders"), a_person("eve"))
    request = world.submit(grantee_id="gus", justification="the database is down")
    world.run()
    assert world.target.has_access("user/demo-gus", "invoices", "read")
    assert read.show(world.ports, request.id, gus, world.now).access_details == (
        "use user/demo-gus",
    )
    rita = world.directory.person("rita")
    assert read.show(world.ports, request.id, rita, world.now).access_details == ()
    with pytest.raises(NoAccessFlow, match="for Eve"):
        world.submit(grantee_id="eve")


@pytest.mark.req("R22.contractor", "R106.on_behalf", "R105.requester")
def test_a_contractor_receives_what_a_colleague_asks_for_and_only_the_colleague_ends_it() -> None:
    carl = a_person("carl", groups=("contractors",))
    lead = a_person("anna", groups=("leads",))
    flow = for_others("contractors", approval=an_approval("leads"))
    world = asked_for(carl, flow, lead)
    with pytest.raises(NoAccessFlow):
        world.submit(by="carl")
    request = world.submit(grantee_id="carl")
    world.approve(request, "anna")
    world.run()
    assert world.status(request) is Status.ACTIVE
    with pytest.raises(NotYours, match="only the person who made this request"):
        end.revoke(world.ports, request.id, carl, "done", world.now)
    rita = world.directory.person("rita")
    end.revoke(world.ports, request.id, rita, "contract over", world.now)
    world.run()
    closed = world.request(request)
    assert (closed.status, closed.cause) == (Status.REVOKED, Cause.PERSON)
    assert not world.target.has_access("user/demo-carl", "invoices", "read")


@pytest.mark.req("R22.team", "R18", "R20")
def test_a_lead_equips_a_whole_team_and_themselves() -> None:
    team = [a_person(name, manager="rita") for name in ("tom", "tia", "tim")]
    flow = a_flow(request_for={"scopes": ["self", "direct_reports"]})
    world = World(flows=[flow], people=[*team, a_person("not-mine", manager="tom")])
    requests = [world.submit(grantee_id=who) for who in ("tom", "tia", "tim", None)]
    world.run()
    assert {world.status(request) for request in requests} == {Status.ACTIVE}
    with pytest.raises(NoAccessFlow):
        world.submit(grantee_id="not-mine")


@pytest.mark.req("R105.grantee")
def test_who_asked_for_themselves_gives_it_back_as_grantee() -> None:
    world = World()
    request = world.submit()
    world.run()
    end.revoke(world.ports, request.id, world.directory.person("rita"), None, world.now)
    world.run()
    assert world.status(request) is Status.REVOKED


@pytest.mark.req("R19.not_self")
def test_without_self_meeting_the_conditions_oneself_does_not_help() -> None:
    world = World(flows=[for_others("engineers")], people=[a_person("ben", groups=("engineers",))])
    with pytest.raises(NoAccessFlow):
        world.submit()
    with pytest.raises(NoAccessFlow):
        world.submit(grantee_id="rita")
    assert world.submit(grantee_id="ben").grantee_id == "ben"


def test_somebody_who_left_or_never_was_does_not_receive() -> None:
    world = asked_for(a_person("gus", groups=("c",), active=False), for_others("c"))
    with pytest.raises(NoAccessFlow):
        world.submit(grantee_id="gus")
    with pytest.raises(NotFound):
        world.submit(grantee_id="nobody")


@pytest.mark.parametrize("change", [{"active": False}, {"groups": ()}])
def test_f11_a_grantee_who_no_longer_qualifies_gets_nothing_after_approval(change) -> None:
    gus = a_person("gus", groups=("contractors",))
    lead = a_person("anna", groups=("leads",))
    world = asked_for(gus, for_others("contractors", approval=an_approval("leads")), lead)
    request = world.submit(grantee_id="gus")
    world.approve(request, "anna")
    world.directory.change(gus.but(**change))
    world.run()
    stands = world.request(request)
    assert (stands.status, stands.cause) == (Status.REJECTED, Cause.LOST_ELIGIBILITY)
    assert world.target.calls("grant") == []


def test_f12_on_behalf_of_others_neither_of_the_two_decides() -> None:
    gus = a_person("gus", groups=("contractors", "engineers"))
    settings = {"requester_cannot_approve_self": True}
    barred = for_others("contractors", approval=an_approval("engineers"), settings=settings)
    with pytest.raises(NobodyCanApprove):
        asked_for(gus, barred).submit(grantee_id="gus")
    world = asked_for(gus, barred, a_person("ben", groups=("engineers",)))
    request = world.submit(grantee_id="gus")
    for person in ("rita", "gus"):
        with pytest.raises(NotAnApprover, match="bars requester and grantee"):
            world.approve(request, person)
    assert world.approve(request, "ben").status is Status.GRANTING


def test_requester_and_grantee_are_both_told() -> None:
    gus = a_person("gus", groups=("contractors",))
    world = asked_for(gus, for_others("contractors"))
    request = world.submit(grantee_id="gus")
    world.run()
    told = [
        (notice.recipient_id, notice.kind)
        for event in world.requests.events(request.subject)
        for notice in notices_of(world, event)
    ]
    assert told == [
        ("rita", NoticeKind.SUBMITTED),
        ("gus", NoticeKind.SUBMITTED),
        ("rita", NoticeKind.ACTIVE),
        ("gus", NoticeKind.ACTIVE),
    ]


def test_a_dry_run_for_somebody_else_explains_and_changes_nothing() -> None:
    world = asked_for(a_person("gus", groups=("contractors",)), for_others("contractors"))
    found = answer(world.ports, world.wish(grantee_id="gus"), caller_id="rita", now=world.now)
    assert found.ask.grantee.id == "gus"
    conditions = [f.condition for f in found.decisions[0].findings]
    assert conditions == ["group is 'engineers'", "grantee: group is 'contractors'"]
    assert world.requests.writes == 0


def listed(world: World, name: str | None = None, cursor: str | None = None) -> GranteePage:
    rita = world.directory.person("rita")
    mine = usable(world.ports.flows.current(), rita)
    return grantees(world.ports, mine, rita, name, cursor)


@pytest.mark.req("R23.list")
def test_the_people_one_may_ask_for_are_listed_with_the_flows_by_which() -> None:
    mine = a_flow("mine", request_for={"scopes": ["self", "direct_reports"]})
    other_peoples = for_others("staff", flow_id="theirs", requestors=in_group("sales"))
    world = World(
        flows=[mine, for_others("contractors"), other_peoples],
        people=[
            a_person("tia", manager="rita"),
            a_person("carl", groups=("contractors",), manager="rita"),
            a_person("gone", groups=("contractors",), active=False),
            a_person("sue", groups=("staff",)),
        ],
    )
    page = listed(world)
    assert [(g.person.id, [f.id for f in g.flows]) for g in page.grantees] == [
        ("carl", ["buckets", "mine"]),
        ("rita", ["mine"]),
        ("tia", ["mine"]),
    ]
    assert page.cursor is None
    assert [g.person.id for g in listed(world, "CAR").grantees] == ["carl"]
    assert [g.person.id for g in listed(world, "tia@").grantees] == ["tia"]
    assert listed(world, "nobody").grantees == ()


@pytest.mark.req("R23.list")
def test_the_list_of_grantees_is_paged_without_gaps_or_repeats() -> None:
    people = [a_person(f"p{n:03d}", name="Same", groups=("c",)) for n in range(2 * PAGE_SIZE + 7)]
    world = World(flows=[for_others("c")], people=people)
    seen: list[str] = []
    sizes, cursor = [], None
    while True:
        page = listed(world, cursor=cursor)
        seen += [grantee.person.id for grantee in page.grantees]
        sizes.append(len(page.grantees))
        cursor = page.cursor
        if cursor is None:
            break
    assert sizes == [PAGE_SIZE, PAGE_SIZE, 7]
    assert seen == [person.id for person in people]
    with pytest.raises(BadInput, match="begin without one"):
        listed(world, cursor="nonsense")
