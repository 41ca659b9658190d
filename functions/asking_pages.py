"""New Request: choosing, saying what for, seeing what would come of it, and asking.

choose --details--> details --review--> review --submit--> the request

Nothing is kept between the steps but what the forms carry along. A resource's own page has the
same form for that resource."""

from collections.abc import Mapping
from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from accessflows import wiring
from accessflows.actions import browse, offer, show_resource
from accessflows.actions.answer import answer
from accessflows.actions.expand import Holding
from accessflows.actions.grantees import grantees
from accessflows.actions.submit import submit
from accessflows.model.refusal import BadInput, Refusal
from accessflows.notices.words import asked
from accessflows.rules.description import describe
from accessflows.rules.grantees import usable
from accessflows.web.asking import (
    beside_fields,
    carried,
    chosen_so_far,
    details_form,
    holdings_of,
    lists_of,
    nameable,
    outcome,
    page_of_boxes,
    put_in,
    taken_out,
    what_comes,
)
from accessflows.web.chooser import LISTS, Place, button, read_place
from accessflows.web.draft import Draft, read_draft, want
from accessflows.web.invalid import NOTHING
from accessflows.web.offers import complaints, sentence
from accessflows.web.portal import Visitor, handle, logger
from accessflows.web.problems import STATUS, retry_after

# A page of boxes, and everything that is carried along beside them.
MOST_FIELDS = 3_000

portal = wiring.portal()
app = portal.app


@app.get("/new")
def begin() -> Response[str]:
    """The first step. The address may say for whom, by which flow, and what is looked for."""
    visitor, given = portal.visitor(), portal.asked()
    draft = Draft(grantee_id=_not_oneself(visitor, given.get("for", [""])[0]))
    return choose(visitor, draft, read_place(given))


@app.post("/new")
def go_on() -> Response[str]:
    """Whatever a button of the three steps leads to."""
    visitor = portal.visitor()
    fields = portal.fields(visitor, MOST_FIELDS)
    draft, place = read_draft(fields), read_place(fields)
    draft = draft._replace(grantee_id=_not_oneself(visitor, draft.grantee_id))
    verb, about = button(fields.get("do", ()))
    match verb:
        case "details":
            return details(visitor, draft, place)
        case "review":
            return review(visitor, draft, place)
        case "submit":
            return send(visitor, draft, place, fields.get("key", [""])[0])
    try:
        draft = taken_out(draft, verb, about).with_chosen(
            put_in(wiring.ports(), visitor.person, draft, place, verb, fields)
        )
    except BadInput as refusal:
        return choose(visitor, draft, place, problems_of(refusal))
    return choose(visitor, draft, place.led(verb, about))


@app.get("/resources/<integration>/<resource_type>")
def resource(integration: str, resource_type: str) -> Response[str]:
    """One resource: locked, with the form to ask for it, or open, with how to use it."""
    visitor, now = portal.visitor(), wiring.now()
    name = portal.asked().get("name", [""])[0]
    sight = show_resource.show_resource(
        wiring.ports(), visitor.person, (integration, resource_type, name), now
    )
    integrations = wiring.ports().flows.integrations()
    every = Holding(sight.resource, sight.resource.permissions)
    can = [e for one in sight.asking.prospects for e in one.portion.entitlements]
    return portal.page(
        "resource.html",
        visitor,
        sight=sight,
        what=asked(every.entitlements, integrations)[0],
        choices=[(e.permission, want(e)) for e in can],
        now=now,
        **outcome(wiring.ports(), sight.asking),
        # Whoever ticks nothing is led to the lists, and finds this resource there.
        **details_form(wiring.ports(), visitor.person, Draft(), Place(name=name), sight.asking),
    )


def choose(
    visitor: Visitor, draft: Draft, place: Place, problems: Mapping[str, str] = NOTHING
) -> Response[str]:
    """The lists of what may be asked for, with what was chosen."""
    ports, person = wiring.ports(), visitor.person
    counts = ports.flows.snapshot()
    mine = usable(counts.flows, person)
    flows = browse.open_by(ports, mine, person, draft.grantee_id or None)
    flow = offer.usable_flow(mine, place.only) if place.tab == "flows" and place.only else None
    found = page_of_boxes(ports, counts.catalogue, flows, person, draft, place)
    held, listed = holdings_of(found), lists_of(ports, person, draft, place)
    narrowing = [flow] if flow else flows
    excess = {"": sentence(draft.excess)} if draft.excess else {}
    wrong = problems or excess
    return portal.page(
        "new.html",
        visitor,
        HTTPStatus.UNPROCESSABLE_ENTITY if wrong else HTTPStatus.OK,
        lists=LISTS,
        mine=mine,
        fallback=counts.settings.fallback_flow,
        grantees=grantees(ports, mine, person, place.who or None, None),
        flow=flow,
        scope=counts.catalogue.access_scopes.get(place.only) if place.tab == "scopes" else None,
        description=describe(flow, counts.integrations) if flow else "",
        filters=offer.filters(ports, counts, narrowing),
        nameable=nameable(ports, counts) if counts.settings.fallback_flow else (),
        found=found,
        boxes=[(one, [(e.permission, want(e)) for e in one.entitlements]) for one in held],
        integrations=counts.integrations,
        problems=wrong,
        **listed,
        **carried(person, draft, place, held, listed),
        **chosen_so_far(counts, draft),
    )


def details(
    visitor: Visitor,
    draft: Draft,
    place: Place,
    problems: Mapping[str, str] = NOTHING,
    status: HTTPStatus = HTTPStatus.OK,
) -> Response[str]:
    """What for, how long and from when; and what would come of it as it is now."""
    try:
        found = what_comes(wiring.ports(), visitor.person, draft, wiring.now())
    except Refusal as refusal:
        return choose(visitor, draft, place, problems_of(refusal))
    return portal.page(
        "new_details.html",
        visitor,
        status,
        problems=problems,
        **outcome(wiring.ports(), found),
        **details_form(wiring.ports(), visitor.person, draft, place, found),
        **chosen_so_far(wiring.ports().flows.snapshot(), draft),
    )


def review(visitor: Visitor, draft: Draft, place: Place) -> Response[str]:
    """What would be submitted, once nothing stands in its way; else the details again."""
    try:
        wish = draft.wish()
        found = answer(wiring.ports(), wish, caller_id=visitor.person.id, now=wiring.now())
    except Refusal as refusal:
        return sent_back(visitor, draft, place, refusal)
    if found.refused:
        return details(
            visitor, draft, place, complaints(found), status=HTTPStatus.UNPROCESSABLE_ENTITY
        )
    return portal.page(
        "new_review.html",
        visitor,
        key=wiring.new_id(),
        wish=wish,
        ticket=found.ask.ticket,
        **outcome(wiring.ports(), found),
        **details_form(wiring.ports(), visitor.person, draft, place, found),
    )


def send(visitor: Visitor, draft: Draft, place: Place, key: str) -> Response[str]:
    """Ask. key: of the form, so that a double click asks once."""
    if not key:
        return review(visitor, draft, place)
    try:
        made = submit(
            wiring.ports(),
            draft.wish(),
            caller_id=visitor.person.id,
            idempotency_key=key[:100],
            now=wiring.now(),
            new_id=wiring.new_id,
        )
    except Refusal as refusal:
        return sent_back(visitor, draft, place, refusal)
    logger.info("asked", person_id=visitor.person.id, requests=[request.id for request in made])
    return portal.go(f"/requests/{made[0].id}" if len(made) == 1 else "/requests")


def sent_back(visitor: Visitor, draft: Draft, place: Place, refusal: Refusal) -> Response[str]:
    """The details again, with what was refused beside its field, or above them."""
    problems = beside_fields(refusal)
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    if not isinstance(refusal, BadInput):
        status = STATUS.get(type(refusal), status)
    page = details(visitor, draft, place, problems, status)
    page.headers |= retry_after(refusal)
    return page


def problems_of(refusal: Refusal) -> dict[str, str]:
    return {str(refusal.detail.get("field", "")): sentence(str(refusal))}


def _not_oneself(visitor: Visitor, grantee_id: str) -> str:
    return "" if grantee_id == visitor.person.id else grantee_id


handler = handle(portal)
