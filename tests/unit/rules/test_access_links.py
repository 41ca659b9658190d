"""Whom an access link lets in, until when, and what its record says."""

from datetime import timedelta

import pytest

from accessflows.model.access_link import NewLink
from accessflows.model.event import EventKind, first_broken
from accessflows.model.refusal import BadInput, LinkRefused
from accessflows.rules.access_links import make, refuse_address, refuse_closed, revoke, use
from tests.factories import NOON, a_flow, a_link, a_link_flow

SECOND = timedelta(seconds=1)
FLOW = a_link_flow()


def test_a_link_without_limits_lets_everybody_in() -> None:
    link = a_link(used=1_000)
    refuse_closed(link, FLOW, NOON + timedelta(days=3_650))
    refuse_address(link, "anybody@anywhere.example")


@pytest.mark.req("R121.end")
@pytest.mark.parametrize(("early", "open_"), [(SECOND, True), (timedelta(0), False)])
def test_a_link_ends_at_its_instant(early: timedelta, open_: bool) -> None:
    link = a_link(ends_at=NOON)
    if open_:
        refuse_closed(link, FLOW, NOON - early)
        return
    with pytest.raises(LinkRefused, match="ended on 2026-03-02 at 12:00 UTC"):
        refuse_closed(link, FLOW, NOON - early)


@pytest.mark.req("R121.uses")
def test_a_link_is_good_for_as_many_submissions_as_it_says() -> None:
    refuse_closed(a_link(uses=2, used=1), FLOW, NOON)
    with pytest.raises(LinkRefused, match="as often as it may be"):
        refuse_closed(a_link(uses=2, used=2), FLOW, NOON)


@pytest.mark.parametrize("flow", [None, FLOW.but(active=False), a_flow("partners")])
def test_a_link_is_no_better_than_its_flow(flow) -> None:
    with pytest.raises(LinkRefused, match="closed"):
        refuse_closed(a_link(), flow, NOON)


@pytest.mark.req("R121.domains")
@pytest.mark.parametrize(
    ("email", "let_in"),
    [
        ("olga@partner.example", True),
        ("olga@PARTNER.example", True),
        ("olga@mail.partner.example", False),
        ("olga@partner.example.evil.example", False),
        ("partner.example@evil.example", False),
    ],
)
def test_an_address_is_let_in_by_its_whole_domain(email: str, let_in: bool) -> None:
    link = a_link(domains=("Partner.example",))
    if let_in:
        refuse_address(link, email)
        return
    with pytest.raises(LinkRefused, match=r"partner\.example"):
        refuse_address(link, email)


@pytest.mark.parametrize("domain", ["@partner.example", "partner", "*.example", "a b.example", ""])
def test_what_is_no_domain_is_refused(domain: str) -> None:
    with pytest.raises(ValueError, match="domains"):
        NewLink(name="Partners", domains=(domain,))


def test_a_link_needs_a_flow_that_is_asked_by_link_and_an_end_to_come() -> None:
    with pytest.raises(BadInput, match="trigger: access_link"):
        make(a_flow(), NewLink(name="Partners"), link_id="1", actor="ada", now=NOON)
    with pytest.raises(BadInput, match="passed"):
        make(FLOW, NewLink(name="Partners", ends_at=NOON), link_id="1", actor="ada", now=NOON)


@pytest.mark.req("R120")
def test_all_that_happens_to_a_link_is_one_chain() -> None:
    made = make(FLOW, NewLink(name="Partners", uses=3), link_id="1", actor="ada", now=NOON)
    used = use(made.link, ["r1", "r2"], actor="outsider-olga", now=NOON)
    gone = revoke(used.link, actor="ada", now=NOON)
    events = [made.event, used.event, gone.event]
    assert first_broken(events) is None
    assert [event.kind for event in events] == [
        EventKind.ACCESS_LINK_MADE,
        EventKind.ACCESS_LINK_USED,
        EventKind.ACCESS_LINK_REVOKED,
    ]
    assert used.link.used == 1
    assert used.event.details == {"flow": "partners", "requests": ["r1", "r2"]}
    with pytest.raises(LinkRefused, match="withdrawn"):
        refuse_closed(gone.link, FLOW, NOON)
