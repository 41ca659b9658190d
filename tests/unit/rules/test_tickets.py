"""Tickets: of a known type, with an id that the flow takes, and an address that is safe."""

import pytest
from pydantic import ValidationError

from accessflows.model.account import FiledTicket, Ticket, TicketType
from accessflows.model.refusal import BadInput
from accessflows.rules.tickets import filed, ticket_missing
from tests.factories import a_flow

JIRA = TicketType(id="jira", name="Jira", url="https://tracker.example/browse/{id}")
DESK = TicketType(id="desk", name="Help desk", url="https://desk.example/t?n={id}&view=1")
OPS = a_flow(settings={"ticket": {"type": "jira", "pattern": "OPS-[0-9]+"}})


def a_ticket(ticket_id: str = "OPS-7", kind: str = "jira") -> FiledTicket:
    return filed(Ticket(type=kind, id=ticket_id), (JIRA, DESK))


@pytest.mark.req("R87")
@pytest.mark.parametrize(
    ("ticket", "url"),
    [
        (a_ticket(), "https://tracker.example/browse/OPS-7"),
        (a_ticket("a/b?c#d e"), "https://tracker.example/browse/a%2Fb%3Fc%23d%20e"),
        (a_ticket("1&admin=1", "desk"), "https://desk.example/t?n=1%26admin%3D1&view=1"),
        (a_ticket("{id}"), "https://tracker.example/browse/%7Bid%7D"),
    ],
)
def test_the_link_leads_to_the_ticket_and_nowhere_else(ticket: FiledTicket, url: str) -> None:
    assert ticket.url == url


@pytest.mark.parametrize(
    "url",
    [
        "https://tracker.example/",
        "https://{id}.example/",
        "https://tracker.example/{id}/{id}",
        "javascript:alert({id})",
        "tracker.example/{id}",
        "https://tracker.example/{key}",
        "https://tracker.example/ {id}",
    ],
)
def test_an_address_without_a_safe_place_for_the_id_is_refused(url: str) -> None:
    with pytest.raises(ValidationError):
        TicketType(id="jira", name="Jira", url=url)


@pytest.mark.req("R86.required", "R86.pattern", "R87")
@pytest.mark.parametrize(
    ("flow", "ticket", "words"),
    [
        (a_flow(), None, None),
        (a_flow(), a_ticket(), None),
        (OPS, a_ticket(), None),
        (OPS, None, "asks for a ticket of type jira; name its id"),
        (OPS, a_ticket("1", "desk"), "of type jira, not desk"),
        (OPS, a_ticket("XOPS-7"), "must match"),
        (OPS, a_ticket("OPS-7 and more"), "must match"),
        (OPS, a_ticket("OPS-7\n"), "must match"),
    ],
)
def test_a_flow_takes_only_the_tickets_it_asks_for(flow, ticket, words) -> None:
    missing = ticket_missing(flow, ticket)
    assert missing is None if words is None else words in (missing or "")


@pytest.mark.parametrize(
    ("types", "words"),
    [
        ((JIRA, DESK), "did you mean jira"),
        ((DESK,), "there are desk"),
        ((), "defined none"),
    ],
)
def test_an_unknown_type_is_refused_with_the_nearest(types, words) -> None:
    with pytest.raises(BadInput, match=words):
        filed(Ticket(type="jirra", id="1"), types)
