"""New Request: choosing, saying what for, seeing what would come of it, and asking.

choose --details--> details --review--> review --submit--> the request

Nothing is kept between the steps but what the forms carry along. A resource's own page has the
same form for that resource."""

import json
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import Response

from accessflows import wiring
from accessflows.actions import apps, browse, offer, show_resource
from accessflows.actions.answer import Answer, answer
from accessflows.actions.expand import Holding
from accessflows.actions.grantees import grantees
from accessflows.actions.submit import submit
from accessflows.model.limits import (
    LONGEST_AHEAD,
    MOST_JUSTIFICATION_CHARACTERS,
    MOST_RESOURCES,
    PAGE_SIZE,
)
from accessflows.model.refusal import BadInput, NotFound, Refusal
from accessflows.model.target import Entitlement
from accessflows.notices.words import asked, spelled
from accessflows.ports import Snapshot
from accessflows.rules.description import describe
from accessflows.rules.explaining import explain
from accessflows.rules.grantees import usable
from accessflows.rules.planning import key_of
from accessflows.web.chooser import LISTS, Place, button, read_place
from accessflows.web.draft import UNITS, Draft, Incomplete, basket, read_draft, want
from accessflows.web.explained import asking, explained
from accessflows.web.offers import complaints, hindrances, offers, sentence, wanted
from accessflows.web.portal import Visitor, handle, logger
from accessflows.web.problems import STATUS, retry_after

# A page of boxes, and everything that is carried along beside them.
MOST_FIELDS = 3_000
MOST_LISTED = 50

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
        draft = _taken_out(draft, verb, about).with_chosen(
            _put_in(visitor, draft, place, verb, fields)
        )
    except BadInput as refusal:
        return choose(visitor, draft, place, sentence(str(refusal)))
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
    can = [e for one in sight.asking.prospects for e in one.portion.entitlements]
    return portal.page(
        "resource.html",
        visitor,
        sight=sight,
        what=asked(_entitlements_of(sight.resource), integrations)[0],
        choices=[(e.permission, want(e)) for e in can],
        now=now,
        **_outcome(sight.asking),
        **_form(visitor, Draft(), Place(), sight.asking),
    )


def choose(visitor: Visitor, draft: Draft, place: Place, complaint: str = "") -> Response[str]:
    """The lists of what may be asked for, with what was chosen."""
    ports, person = wiring.ports(), visitor.person
    counts = ports.flows.snapshot()
    mine = usable(counts.flows, person)
    grantee_id = draft.grantee_id or None
    flows = browse.open_to(ports, counts, person, grantee_id)
    flow = (
        offer.usable_flow(ports, person, place.only)
        if place.tab == "flows" and place.only
        else None
    )
    found = _found(visitor, draft, place, is_open=flow is None or flow in flows)
    listed = _listed(visitor, draft, place)
    narrowing = [flow] if flow else flows
    said = complaint or (draft.excess and sentence(draft.excess))
    return portal.page(
        "new.html",
        visitor,
        HTTPStatus.UNPROCESSABLE_ENTITY if said else HTTPStatus.OK,
        lists=LISTS,
        mine=mine,
        fallback=counts.settings.fallback_flow,
        grantees=grantees(ports, person, place.who or None, None),
        flow=flow,
        scope=counts.catalogue.access_scopes.get(place.only) if place.tab == "scopes" else None,
        description=describe(flow, counts.integrations) if flow else "",
        filters=offer.filters(ports, counts, narrowing),
        nameable=_nameable(counts) if counts.settings.fallback_flow else (),
        found=found,
        boxes=[
            (each, [(e.permission, want(e)) for e in each.entitlements]) for each in _held(found)
        ],
        integrations=counts.integrations,
        page_size=PAGE_SIZE,
        complaint=said,
        **listed,
        **_carried(visitor, draft, place, _held(found), listed),
        **_chosen(counts, draft),
    )


def details(
    visitor: Visitor,
    draft: Draft,
    place: Place,
    wrong: Mapping[str, str] | None = None,
    complaint: str = "",
    status: HTTPStatus = HTTPStatus.OK,
) -> Response[str]:
    """What for, how long and from when; and what would come of it as it is now."""
    try:
        found = _answer(visitor, draft)
    except Refusal as refusal:
        return choose(visitor, draft, place, sentence(str(refusal)))
    return portal.page(
        "new_details.html",
        visitor,
        status,
        wrong=wrong or {},
        complaint=complaint,
        **_outcome(found),
        **_form(visitor, draft, place, found),
        **_chosen(wiring.ports().flows.snapshot(), draft),
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
        **_outcome(found),
        **_form(visitor, draft, place, found),
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
    wrong, said = _sorted(refusal)
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    if not isinstance(refusal, BadInput):
        status = STATUS.get(type(refusal), status)
    page = details(visitor, draft, place, wrong, said, status)
    page.headers |= retry_after(refusal)
    return page


def _taken_out(draft: Draft, verb: str, about: str) -> Draft:
    """The draft without what a button takes out."""
    match verb:
        case "drop":
            return draft.without(_place_of(about))
        case "drop-bundle":
            return draft._replace(bundles=tuple(each for each in draft.bundles if each != about))
        case "drop-app":
            return draft._replace(apps=tuple(each for each in draft.apps if each != about))
        case "clear":
            return draft._replace(chosen={}, bundles=(), apps=())
    return draft


def _put_in(
    visitor: Visitor, draft: Draft, place: Place, verb: str, fields: Mapping[str, list[str]]
) -> tuple[Entitlement, ...]:
    """What a button chooses besides the boxes. Raises BadInput."""
    match verb:
        case "all":
            return _everything(visitor, draft, place)
        case "add":
            return (_named(fields),)
    return ()


def _answer(visitor: Visitor, draft: Draft) -> Answer:
    """What would come of it; while something typed cannot be used, of what is chosen alone."""
    ports, now = wiring.ports(), wiring.now()
    bare = draft.bare_wish()
    try:
        return answer(ports, draft.wish(), caller_id=visitor.person.id, now=now)
    except (BadInput, NotFound):
        return answer(ports, bare, caller_id=visitor.person.id, now=now)


def _sorted(refusal: Refusal) -> tuple[dict[str, str], str]:
    """A refusal beside the field that it is about, else above the form."""
    said = sentence(str(refusal))
    if isinstance(refusal, Incomplete):
        return {field: sentence(each) for field, each in refusal.complaints.items()}, ""
    field = {"starts_at": "starts", "ticket.type": "ticket"}.get(str(refusal.detail.get("field")))
    return ({field: said}, "") if field else ({}, said)


def _outcome(found: Answer) -> dict[str, Any]:
    ports = wiring.ports()
    counts = ports.flows.snapshot()
    trace = explain(found.ask, found.decisions, found.at)
    return {
        "offers": offers(found, counts.integrations, MOST_LISTED),
        "hindrances": hindrances(found, counts.integrations, MOST_LISTED),
        "explained": explained(trace, {f.id: f.name for f in counts.flows}, counts.integrations),
        "asking": asking(trace, {}),
        "grantee": found.ask.grantee,
    }


def _form(visitor: Visitor, draft: Draft, place: Place, found: Answer) -> dict[str, Any]:
    """What the fields of the details need."""
    counts = wiring.ports().flows.snapshot()
    return {
        "wanted": wanted(found),
        "units": UNITS,
        "ticket_types": counts.settings.ticket_types,
        "most_characters": MOST_JUSTIFICATION_CHARACTERS,
        "earliest": found.at,
        "latest": found.at + LONGEST_AHEAD,
        **_carried(visitor, draft, place),
    }


def _carried(
    visitor: Visitor,
    draft: Draft,
    place: Place,
    shown: Iterable[Holding] = (),
    listed: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """What forms carry along; of what has boxes on the page, nothing."""
    with_boxes = listed or {}
    bundles = {bundle.id for bundle in with_boxes.get("bundles", ())}
    named = {one.integration.id for one in with_boxes.get("apps", ())}
    resources = [key_of(e) for holding in shown for e in holding.entitlements]
    return {
        "draft": draft,
        "place": place,
        "own_id": visitor.person.id,
        "basket": basket(draft.chosen, resources),
        "trail": json.dumps(place.trail),
        "hidden_bundles": [one for one in draft.bundles if one not in bundles],
        "hidden_apps": [one for one in draft.apps if one not in named],
    }


def _chosen(counts: Snapshot, draft: Draft) -> dict[str, Any]:
    """What was chosen so far, in words; each with what the button to take it out says."""
    bundles, named = counts.catalogue.bundles, counts.integrations
    things = asked(draft.entitlements, counts.integrations)
    places = [json.dumps(place, ensure_ascii=False) for place in draft.chosen]
    return {
        "chosen": list(zip(things, places, strict=True))[:MOST_LISTED],
        "more_chosen": len(things[MOST_LISTED:]),
        "how_many": len(things) + len(draft.bundles) + len(draft.apps),
        "most_resources": MOST_RESOURCES,
        "chosen_bundles": [
            (key, bundles[key].name if key in bundles else key) for key in draft.bundles
        ],
        "chosen_apps": [(key, named[key].name if key in named else key) for key in draft.apps],
    }


def _found(visitor: Visitor, draft: Draft, place: Place, *, is_open: bool) -> browse.Found | None:
    """The page of resources that has boxes; none where another list is shown."""
    ports, person = wiring.ports(), visitor.person
    grantee_id, cursor = draft.grantee_id or None, place.cursor or None
    match place.at.partition(":"):
        case ["resources", _, _]:
            return browse.find_resources(
                ports, person, place.search, grantee_id=grantee_id, cursor=cursor
            )
        case ["flow", _, flow_id] if is_open:
            flow = offer.usable_flow(ports, person, flow_id)
            return browse.find_in_flow(ports, flow, place.search, cursor)
        case ["flow", _, _]:
            return browse.Found((), None)
        case ["scope", _, scope_id]:
            return browse.scope_contents(
                ports, person, scope_id, grantee_id=grantee_id, cursor=cursor
            )
    return None


def _held(found: browse.Found | None) -> tuple[Holding, ...]:
    return found.holdings if found else ()


def _listed(visitor: Visitor, draft: Draft, place: Place) -> dict[str, Any]:
    """What has boxes as a whole, or leads to what has; and what is looked into."""
    ports, person, grantee_id = wiring.ports(), visitor.person, draft.grantee_id or None
    listed: dict[str, Any] = {"apps": (), "bundles": (), "scopes": (), "contents": None}
    if place.at == "apps":
        listed["apps"] = apps.list_apps(ports, person, place.name, grantee_id=grantee_id)
    elif place.at == "bundles":
        listed["bundles"] = browse.list_bundles(ports, person, place.name, grantee_id=grantee_id)
        if place.look:
            listed["contents"] = browse.bundle_contents(
                ports,
                person,
                place.look,
                grantee_id=grantee_id,
                cursor=place.look_cursor or None,
            )
    elif place.at == "scopes":
        listed["scopes"] = browse.list_scopes(ports, person, place.name, grantee_id=grantee_id)
    return listed


def _everything(visitor: Visitor, draft: Draft, place: Place) -> tuple[Entitlement, ...]:
    """All that the list finds, on whatever page. Raises BadInput for too much."""

    def page(cursor: str | None) -> browse.Found:
        at = place._replace(cursor=cursor or "")
        return _found(visitor, draft, at, is_open=True) or browse.Found((), None)

    return offer.everything_found(page, place.permissions, needs_permission=not place.only)


def _named(fields: Mapping[str, list[str]]) -> Entitlement:
    """What somebody names because no list has it. Raises BadInput."""
    (kind, *_), (name, *_) = fields.get("kind", [""]), fields.get("unlisted", [""])
    try:
        integration, resource_type, permission = json.loads(kind)
        return Entitlement(
            integration=integration,
            resource_type=resource_type,
            resource=name.strip(),
            permission=permission,
        )
    except (ValueError, TypeError) as error:
        raise BadInput("choose what it is, and write its name as the system knows it") from error


def _nameable(counts: Snapshot) -> list[tuple[str, str]]:
    """What may be named without a list: a permission on a type, in every open system."""
    found = []
    for name, integration in counts.integrations.items():
        if name in counts.catalogue.integrations:
            can = wiring.ports().connectors[integration.kind].capabilities(integration)
            for kind, permissions in can.resource_types.items():
                for one in permissions:
                    words = f"{spelled(one)} on {spelled(kind)} in {integration.name}"
                    found.append((json.dumps([name, kind, one]), words))
    return found


def _entitlements_of(resource: Any) -> tuple[Entitlement, ...]:
    return Holding(resource, resource.permissions).entitlements


def _place_of(about: str) -> list[str]:
    try:
        return [str(part) for part in json.loads(about)]
    except (ValueError, TypeError):
        return []


def _not_oneself(visitor: Visitor, grantee_id: str) -> str:
    return "" if grantee_id == visitor.person.id else grantee_id


handler = handle(portal)
