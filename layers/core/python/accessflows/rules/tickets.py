"""Tickets: is this one of the organisation's, and does it suit the flow. Pure."""

import re
from collections.abc import Sequence
from difflib import get_close_matches

from accessflows.model.account import FiledTicket, Ticket, TicketType
from accessflows.model.flow import AccessFlow
from accessflows.model.refusal import BadInput


def filed(ticket: Ticket, types: Sequence[TicketType]) -> FiledTicket:
    """The ticket with its address. Raises BadInput for a type that nobody defined."""
    by_id = {kind.id: kind for kind in types}
    if ticket.type not in by_id:
        near = get_close_matches(ticket.type, sorted(by_id), n=1)
        hint = f"; did you mean {near[0]}?" if near else _known(types)
        raise BadInput(f"there is no type of ticket {ticket.type!r}{hint}", field="ticket.type")
    return FiledTicket.of(ticket, by_id[ticket.type])


def ticket_missing(flow: AccessFlow, ticket: FiledTicket | None) -> str | None:
    """What the flow demands of a ticket and this one is not, in words; none if nothing."""
    rule = flow.settings.ticket
    if rule is None:
        return None
    if ticket is None:
        return f"flow {flow.name!r} asks for a ticket of type {rule.type}; name its id"
    if ticket.type != rule.type:
        return f"flow {flow.name!r} asks for a ticket of type {rule.type}, not {ticket.type}"
    if not re.fullmatch(rule.pattern, ticket.id):
        return (
            f"ticket {ticket.id!r} is none that flow {flow.name!r} takes: "
            f"the whole id must match {rule.pattern}"
        )
    return None


def _known(types: Sequence[TicketType]) -> str:
    listed = ", ".join(sorted(kind.id for kind in types))
    return f"; there are {listed}" if listed else "; this organisation defined none: leave it out"
