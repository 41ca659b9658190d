"""Stories after the first request: asking again, favourites, one's own access; tickets."""

from datetime import timedelta
from typing import Any

import pytest

from accessflows.actions import end
from accessflows.actions.ask_again import Again, ask_again
from accessflows.actions.gather import gather
from accessflows.actions.my_access import favourites, my_access, star, unstar
from accessflows.model.account import AccountSettings, Ticket, TicketType
from accessflows.model.limits import MOST_FAVOURITES
from accessflows.model.notice import NoticeKind
from accessflows.model.refusal import (
    BadInput,
    DurationTooLong,
    NoAccessFlow,
    NotFound,
    NotYours,
    StillOpen,
)
from accessflows.model.request import AccessRequest, Status
from accessflows.notices.letters import write
from tests.factories import a_flow, a_person, a_resource, an_approval, in_group
from tests.worlds import World

HOUR = timedelta(hours=1)
LEAD = a_person("anna", groups=("leads",))
TICKETS = AccountSettings(
    ticket_types=(TicketType(id="jira", name="Jira", url="https://tracker.example/{id}"),)
)
OPS = {"ticket": {"type": "jira", "pattern": "OPS-[0-9]+"}}


def again(world: World, request: AccessRequest, by: str = "rita", **changes: Any) -> AccessRequest:
    (made,) = ask_again(
        world.ports,
        request.id,
        world.directory.person(by),
        Again(**changes),
        idempotency_key=None,
        now=world.now,
        new_id=lambda: next(world.ids),
    )
    return made


def end_as(world: World, status: Status) -> AccessRequest:
    """A request that ended in a status."""
    request = world.submit(justification="audit")
    rita = world.directory.person("rita")
    if status is Status.CANCELLED:
        end.cancel(world.ports, request.id, rita, world.now)
    elif status is Status.REJECTED:
        world.run(timedelta(hours=25))
    else:
        world.approve(request, "anna")
        world.run()
    if status is Status.REVOKED:
        end.revoke(world.ports, request.id, rita, None, world.now)
    world.run(2 * HOUR)
    assert world.status(request) is status
    return request


@pytest.mark.req("R101", "R103.api")
@pytest.mark.parametrize(
    "status", [Status.EXPIRED, Status.REVOKED, Status.REJECTED, Status.CANCELLED]
)
def test_a_closed_request_is_asked_again_under_todays_flow(status: Status) -> None:
    world = World(flows=[a_flow(approval=an_approval("leads"))], people=[LEAD])
    old = end_as(world, status)
    world.flow_store.change(a_flow(version=2, name="Renamed", approval=an_approval("leads")))
    new = again(world, old)
    assert new.id != old.id
    assert (new.flow.version, new.flow_name) == (2, "Renamed")
    assert (new.status, new.duration) == (Status.PENDING_APPROVAL, HOUR)
    assert new.justification == "audit"
    was, now = (world.requests.batch(request.id, 1) for request in (old, new))
    assert now.entitlements == was.entitlements


@pytest.mark.req("R101")
def test_a_failed_request_is_asked_again() -> None:
    world = World()
    old = world.submit()
    world.target.quota = 0
    world.machines_work = False
    world.run(timedelta(minutes=11))
    world.sweep()
    world.run(timedelta(minutes=1))
    world.sweep()
    assert world.status(old) is Status.FAILED
    world.target.quota = 10
    assert again(world, old).status is Status.GRANTING


@pytest.mark.req("R101")
def test_what_no_flow_allows_any_more_is_refused_again() -> None:
    world = World()
    old = world.submit()
    world.run(2 * HOUR)
    world.flow_store.change(a_flow(version=2, grant_duration=timedelta(minutes=5)))
    with pytest.raises(DurationTooLong, match="PT5M at most"):
        again(world, old)
    assert again(world, old, duration=timedelta(minutes=5)).duration == timedelta(minutes=5)
    world.flow_store.close("buckets")
    with pytest.raises(NoAccessFlow):
        again(world, old)


@pytest.mark.req("R101")
def test_an_open_request_is_not_asked_again_and_other_peoples_neither() -> None:
    flow = a_flow(request_for={"scopes": ["others"], "grantees": in_group("c")})
    world = World(flows=[flow], people=[a_person("gus", groups=("c",)), a_person("eve")])
    request = world.submit(grantee_id="gus")
    world.run()
    with pytest.raises(StillOpen, match="Active"):
        again(world, request)
    world.run(2 * HOUR)
    with pytest.raises(NotYours):
        again(world, request, by="gus")
    with pytest.raises(NotFound):
        again(world, request, by="eve")
    assert again(world, request).grantee_id == "gus"


@pytest.mark.req("R101")
def test_all_resources_and_permissions_are_asked_again() -> None:
    world = World(resources=[a_resource(), a_resource("ledger")])
    old = world.submit("invoices", "ledger")
    world.run(2 * HOUR)
    new = again(world, old, justification="once more")
    assert new.justification == "once more"
    asked = [world.requests.batch(r.id, 1).entitlements for r in (old, new)]
    assert asked[0] == asked[1]


@pytest.mark.req("R104")
def test_only_what_one_asked_for_oneself_becomes_a_favourite() -> None:
    flow = a_flow(request_for={"scopes": ["self", "others"], "grantees": in_group("c")})
    world = World(flows=[flow], people=[a_person("gus", groups=("c",)), a_person("eve")])
    rita, gus, eve = (world.directory.person(who) for who in ("rita", "gus", "eve"))
    mine, for_gus = world.submit(), world.submit(grantee_id="gus")
    star(world.ports, mine.id, rita)
    star(world.ports, mine.id, rita)
    for who in (rita, gus):
        with pytest.raises(NotYours, match="made for yourself"):
            star(world.ports, for_gus.id, who)
    with pytest.raises(NotFound):
        star(world.ports, mine.id, eve)
    assert [r.id for r in favourites(world.ports, rita)] == [mine.id]
    assert favourites(world.ports, gus) == ()
    unstar(world.ports, mine.id, rita)
    unstar(world.ports, mine.id, rita)
    assert favourites(world.ports, rita) == ()


def test_favourites_have_a_limit() -> None:
    world = World()
    rita = world.directory.person("rita")
    for n in range(MOST_FAVOURITES):
        world.requests.star("rita", f"r{n}")
    with pytest.raises(BadInput, match="take one away"):
        star(world.ports, world.submit().id, rita)


@pytest.mark.req("R102.recent", "R102.favourites")
def test_my_access_is_what_is_active_three_recent_ones_and_favourites() -> None:
    world = World(resources=[a_resource(f"b{n}") for n in range(5)])
    rita = world.directory.person("rita")
    old = [world.submit(f"b{n}", duration=timedelta(minutes=10 - n)) for n in range(4)]
    world.run(HOUR)
    star(world.ports, old[3].id, rita)
    active = world.submit("b4")
    world.run()
    mine = my_access(world.ports, rita, world.now)
    assert [held.request.id for held in mine.active] == [active.id]
    assert mine.active[0].access_details == ("use user/demo-rita",)
    # The one that was asked for first ended last.
    assert [request.id for request in mine.recent] == [r.id for r in old[:3]]
    assert [request.id for request in mine.favourites] == [old[3].id]
    world.machines_work = False
    world.now += 2 * HOUR
    assert my_access(world.ports, rita, world.now).active == ()


@pytest.mark.req("R86.required", "R86.pattern", "R87")
def test_a_ticket_is_demanded_kept_with_its_link_and_told_to_approvers() -> None:
    flow = a_flow(approval=an_approval("leads"), settings=OPS)
    world = World(flows=[flow], people=[LEAD])
    world.flow_store.account = TICKETS
    for ticket, words in [
        (None, "asks for a ticket"),
        (Ticket(type="jira", id="X-1"), "must match"),
        (Ticket(type="jirra", id="OPS-1"), "did you mean jira"),
    ]:
        with pytest.raises(BadInput, match=words):
            world.submit(ticket=ticket)
    assert world.requests.writes == 0
    request = world.submit(ticket={"type": "jira", "id": "OPS-1"})
    assert request.ticket is not None
    assert request.ticket.url == "https://tracker.example/OPS-1"
    letter = write(NoticeKind.APPROVAL_ASKED, gather(world.ports, request), LEAD)
    facts = {fact.label: fact.lines for fact in letter.facts}
    assert facts["Ticket"] == ("Jira OPS-1", "https://tracker.example/OPS-1")
    end.cancel(world.ports, request.id, world.directory.person("rita"), world.now)
    assert again(world, request).ticket == request.ticket
    other = again(world, request, ticket={"type": "jira", "id": "OPS-2"})
    assert other.ticket is not None
    assert other.ticket.id == "OPS-2"


@pytest.mark.req("R87")
def test_a_ticket_is_optional_where_no_flow_asks_for_one() -> None:
    world = World()
    assert world.submit().ticket is None
    with pytest.raises(BadInput, match="defined none"):
        world.submit(ticket={"type": "jira", "id": "1"})
    world.flow_store.account = TICKETS
    assert world.submit(ticket={"type": "jira", "id": "1"}).ticket is not None
