"""What the pages of New Request show, and what their buttons choose.

No HTTP here: the function beside it reads forms and renders pages."""

import json
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from accessflows.actions import apps, browse, offer
from accessflows.actions.answer import Answer, answer
from accessflows.actions.expand import Holding
from accessflows.model.flow import AccessFlow
from accessflows.model.limits import (
    LONGEST_AHEAD,
    MOST_JUSTIFICATION_CHARACTERS,
    MOST_RESOURCES,
)
from accessflows.model.person import Person
from accessflows.model.refusal import BadInput, NotFound, Refusal
from accessflows.model.target import Catalogue, Entitlement, spelled
from accessflows.notices.words import asked
from accessflows.ports import Ports, Snapshot
from accessflows.rules.explaining import explain
from accessflows.rules.planning import key_of
from accessflows.web.chooser import Place
from accessflows.web.draft import UNITS, Draft, Incomplete, basket
from accessflows.web.explained import explained
from accessflows.web.offers import hindrances, offers, sentence, wanted

# Resources of one request or selection that a page lists; more are counted.
MOST_LISTED = 50


def taken_out(draft: Draft, verb: str, about: str) -> Draft:
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


def put_in(
    ports: Ports,
    person: Person,
    draft: Draft,
    place: Place,
    verb: str,
    fields: Mapping[str, list[str]],
) -> tuple[Entitlement, ...]:
    """What a button chooses besides the boxes. Raises BadInput."""
    match verb:
        case "all":
            return _everything(ports, person, draft, place)
        case "add":
            return (_named(fields),)
    return ()


def what_comes(ports: Ports, person: Person, draft: Draft, now: datetime) -> Answer:
    """What would come of it; while something typed cannot be used, of what is chosen alone."""
    bare = draft.bare_wish()
    try:
        return answer(ports, draft.wish(), caller_id=person.id, now=now)
    except (BadInput, NotFound):
        return answer(ports, bare, caller_id=person.id, now=now)


def beside_fields(refusal: Refusal) -> dict[str, str]:
    """A refusal by the field that it is about, else by an empty name."""
    said = sentence(str(refusal))
    if isinstance(refusal, Incomplete):
        return {field: sentence(each) for field, each in refusal.complaints.items()}
    field = {"starts_at": "starts", "ticket.type": "ticket"}.get(str(refusal.detail.get("field")))
    return {field or "": said}


def outcome(ports: Ports, found: Answer) -> dict[str, Any]:
    """What a submission would come to, what stands in its way, and why."""
    counts = ports.flows.snapshot()
    trace = explain(found.ask, found.decisions, found.at)
    return {
        "offers": offers(found, counts.integrations, MOST_LISTED),
        "hindrances": hindrances(found, counts.integrations, MOST_LISTED),
        "explained": explained(trace, {f.id: f.name for f in counts.flows}, counts.integrations),
        "grantee": found.ask.grantee,
    }


def details_form(
    ports: Ports, person: Person, draft: Draft, place: Place, found: Answer
) -> dict[str, Any]:
    """What the fields of the details need."""
    counts = ports.flows.snapshot()
    return {
        "wanted": wanted(found),
        "units": UNITS,
        "ticket_types": counts.settings.ticket_types,
        "most_characters": MOST_JUSTIFICATION_CHARACTERS,
        "earliest": found.at,
        "latest": found.at + LONGEST_AHEAD,
        **carried(person, draft, place),
    }


def carried(
    person: Person,
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
        "own_id": person.id,
        "basket": basket(draft.chosen, resources),
        "trail": json.dumps(place.trail),
        "hidden_bundles": [one for one in draft.bundles if one not in bundles],
        "hidden_apps": [one for one in draft.apps if one not in named],
    }


def chosen_so_far(counts: Snapshot, draft: Draft) -> dict[str, Any]:
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


def page_of_boxes(
    ports: Ports,
    catalogue: Catalogue,
    flows: Collection[AccessFlow],
    person: Person,
    draft: Draft,
    place: Place,
) -> browse.Found | None:
    """The page of resources that has boxes; none where another list is shown.

    flows: by which the person may ask for whom the draft is.
    """
    cursor = place.cursor or None
    match place.at.partition(":"):
        case ["resources", _, _]:
            return browse.found_in(ports, catalogue, flows, place.search, cursor)
        case ["flow", _, flow_id]:
            this = [flow for flow in flows if flow.id == flow_id]
            return browse.found_in(ports, catalogue, this, place.search, cursor)
        case ["scope", _, scope_id]:
            return browse.scope_contents(
                ports, person, scope_id, grantee_id=draft.grantee_id or None, cursor=cursor
            )
    return None


def holdings_of(found: browse.Found | None) -> tuple[Holding, ...]:
    return found.holdings if found else ()


def lists_of(ports: Ports, person: Person, draft: Draft, place: Place) -> dict[str, Any]:
    """What has boxes as a whole, or leads to what has; and what is looked into."""
    grantee_id = draft.grantee_id or None
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


def _everything(
    ports: Ports, person: Person, draft: Draft, place: Place
) -> tuple[Entitlement, ...]:
    """All that the list finds, on whatever page. Raises BadInput for too much."""

    counts = ports.flows.snapshot()
    flows = browse.open_to(ports, counts, person, draft.grantee_id or None)

    def page(cursor: str | None) -> browse.Found:
        at = place._replace(cursor=cursor or "")
        found = page_of_boxes(ports, counts.catalogue, flows, person, draft, at)
        return found or browse.Found((), None)

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
        raise BadInput(
            "choose what it is, and write its name as the system knows it: 1000 characters at most",
            field="unlisted",
        ) from error


def nameable(ports: Ports, counts: Snapshot) -> list[tuple[str, str]]:
    """What may be named without a list: a permission on a type, in every open system."""
    found = []
    for name, integration in counts.integrations.items():
        if name in counts.catalogue.integrations:
            can = ports.connectors[integration.kind].capabilities(integration)
            for kind, permissions in can.resource_types.items():
                for one in permissions:
                    words = f"{spelled(one)} on {spelled(kind)} in {integration.name}"
                    found.append((json.dumps([name, kind, one]), words))
    return found


def _place_of(about: str) -> list[str]:
    try:
        return [str(part) for part in json.loads(about)]
    except (ValueError, TypeError):
        return []
