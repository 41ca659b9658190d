"""The pages by which admins see everything: dashboard, activity, audit, graph, files to take along.

They end requests and change nothing else; of people they only read."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from accessflows import wiring
from accessflows.actions import access_graph, summary
from accessflows.actions.activity import activity
from accessflows.actions.audit import SETTINGS, audit
from accessflows.actions.browse import Search, found_in
from accessflows.actions.dashboard import dashboard
from accessflows.actions.end_many import Ending, end_many
from accessflows.actions.export_activity import export_activity
from accessflows.actions.gather import gather_listed
from accessflows.actions.holders import at_place, holders
from accessflows.actions.realm import looks_after
from accessflows.model.limits import ENDS_SOON, MOST_COUNTED, MOST_ENDED_AT_ONCE, MOST_EXPORTED
from accessflows.model.person import Role
from accessflows.model.request import CLOSED, OPEN, Status
from accessflows.rules import figures
from accessflows.rules.planning import ResourceKey
from accessflows.web.activity_files import (
    ACTIVITY_COLUMNS,
    SUMMARY_COLUMNS,
    activity_data,
    activity_rows,
    summary_data,
    summary_rows,
)
from accessflows.web.activity_filter import ActivityFilter
from accessflows.web.audit_words import entries_of
from accessflows.web.cards import cards
from accessflows.web.drawing import bars
from accessflows.web.files import csv_text, download, json_text
from accessflows.web.graph_drawing import of_person, of_resource
from accessflows.web.portal import ForAdmins, Visitor, chosen, handle

DAYS_SHOWN = 30
MOST_SAID = 1_000

portal = wiring.portal()
app = portal.app


@app.get("/admin")
def home() -> Response[str]:
    """The dashboard; whoever looks after a space only goes on to that."""
    visitor, now = portal.visitor(), wiring.now()
    if Role.ADMIN not in visitor.person.roles:
        return _beyond(visitor)
    seen = dashboard(wiring.ports(), now)
    times = figures.approval_times(seen.latest)
    days = figures.by_day(seen.latest, now, DAYS_SHOWN)
    return portal.page(
        "oversight/dashboard.html",
        visitor,
        seen=seen,
        days=bars(days),
        times=times,
        time_bars=bars(times.steps),
        statuses=figures.by_status(seen.latest),
        ends_within=ENDS_SOON,
        most_counted=MOST_COUNTED,
    )


@app.get("/admin/activity")
def list_activity() -> Response[str]:
    visitor, now = portal.admin(), wiring.now()
    wanted = ActivityFilter.of(portal.asked())
    found = activity(wiring.ports(), wanted.sought(_id_of), portal.one("cursor"))
    listed = gather_listed(wiring.ports(), found.requests)
    shown = cards(found.requests, listed, visitor.person, now)
    return portal.page(
        "oversight/activity.html",
        visitor,
        filter=wanted,
        cards=shown,
        endable=any(card.can & {"revoke", "cancel"} for card in shown),
        people=listed.people,
        open=[status for status in Status if status in OPEN],
        closed=[status for status in Status if status in CLOSED],
        more=wanted.query(cursor=found.cursor) if found.cursor else "",
        integrations=sorted(wiring.ports().flows.integrations()),
        flows=[flow.id for flow in wiring.ports().flows.current()],
        most_ended=MOST_ENDED_AT_ONCE,
    )


@app.get("/admin/activity/export")
def export() -> Response[str]:
    """One file, or where one is not enough a page that gives them part by part."""
    visitor, now = portal.admin(), wiring.now()
    wanted, cursor = ActivityFilter.of(portal.asked()), portal.one("cursor")
    kind = "json" if portal.one("format") == "json" else "csv"
    found = export_activity(wiring.ports(), wanted.sought(_id_of), cursor)
    if portal.one("part") is None and (found.cursor or cursor):
        return portal.page(
            "oversight/export.html",
            visitor,
            kind=kind,
            found=found,
            this_part=wanted.query(format=kind, cursor=cursor, part="1"),
            next_part=wanted.query(format=kind, cursor=found.cursor) if found.cursor else "",
            most=MOST_EXPORTED,
        )
    if kind == "json":
        body = json_text(activity_data(found, now))
    else:
        body = csv_text(ACTIVITY_COLUMNS, activity_rows(found, now))
    return download(f"activity-{now:%Y%m%d-%H%M%S}.{kind}", body)


@app.post("/admin/activity/revoke")
def revoke() -> Response[str]:
    """Asks once more, with a reason, before it ends anything."""
    visitor, now = portal.admin(), wiring.now()
    sent = portal.fields(visitor)
    request_ids = chosen(sent, "request")
    reason = sent.get("reason", [""])[0].strip()
    problems = _unendable(request_ids, reason, confirmed="confirmed" in sent)
    if problems is None:
        ending = Ending(request_ids=request_ids, reason=reason, cancel_pending=True)
        ended = end_many(wiring.ports(), ending, visitor.person, now)
        return portal.page("oversight/ended.html", visitor, outcomes=ended.outcomes)
    known = wiring.ports().requests.several(request_ids[:MOST_ENDED_AT_ONCE])
    listed = gather_listed(wiring.ports(), known)
    return portal.page(
        "oversight/revoke.html",
        visitor,
        HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK,
        cards=cards(known, listed, visitor.person, now),
        reason=reason,
        problems=problems,
        most_characters=MOST_SAID,
    )


@app.get("/admin/audit")
def show_audit() -> Response[str]:
    """What happened to one subject: a request, a person, a part of the configuration."""
    visitor = portal.admin()
    kind, name = portal.one("kind"), portal.one("id")
    subject = f"{kind}:{name}" if kind and name else portal.one("subject") or SETTINGS
    found = audit(wiring.ports(), wiring.flows(), wiring.users(), subject, portal.one("cursor"))
    return portal.page(
        "oversight/audit.html", visitor, found=found, entries=entries_of(found), subject=subject
    )


@app.get("/admin/graph")
def graph() -> Response[str]:
    """Of a person or a resource; else where to look one up."""
    visitor = portal.admin()
    place, person_id = _place(), portal.one("person")
    if place:
        return _graph_of_resource(visitor, place, portal.one("cursor"))
    if person_id:
        return _graph_of_person(visitor, person_id, portal.one("cursor"))
    name = portal.one("name") or ""
    counts = wiring.ports().flows.snapshot()
    return portal.page(
        "oversight/look_up.html",
        visitor,
        name=name,
        integrations=wiring.ports().flows.integrations(),
        people=wiring.users().called(name, None)[0] if name else (),
        found=found_in(
            wiring.ports(), counts.catalogue, counts.flows, Search(name), portal.one("cursor")
        ),
    )


@app.get("/admin/reports")
def take_summary() -> Response[str]:
    """The summary of a resource, a group or a person, as a file."""
    portal.admin()
    now, ports = wiring.now(), wiring.ports()
    place, group_id = _place(), portal.one("group")
    if place:
        told = summary.of_resource(ports, place, now)
    elif group_id:
        told = summary.of_group(ports, wiring.users().group(group_id), now)
    else:
        person = wiring.users().person(portal.one("person") or "")
        told = summary.of_person(ports, person, now)
    name = f"{told.about[0]}-{now:%Y%m%d-%H%M%S}"
    if portal.one("format") == "json":
        return download(f"{name}.json", json_text(summary_data(told)))
    return download(f"{name}.csv", csv_text(SUMMARY_COLUMNS, summary_rows(told)))


def _beyond(visitor: Visitor) -> Response[str]:
    """Where somebody goes on who is no admin. Raises ForAdmins where they look after no space."""
    if not looks_after(wiring.flows(), visitor.person):
        raise ForAdmins
    return portal.go("/admin/access-flows")


def _graph_of_person(visitor: Visitor, person_id: str, cursor: str | None) -> Response[str]:
    ports, now = wiring.ports(), wiring.now()
    person = wiring.users().person(person_id)
    reach = access_graph.could_reach(ports, person, cursor)
    mine = ports.requests.open_of_grantee(person.id)
    return portal.page(
        "oversight/graph_person.html",
        visitor,
        subject=person,
        reach=reach,
        flow_names={way.flow.id: way.flow.name for way in reach.ways},
        integrations=ports.flows.integrations(),
        drawing=of_person(reach),
        cards=cards(mine, gather_listed(ports, mine), visitor.person, now),
    )


def _graph_of_resource(visitor: Visitor, place: ResourceKey, cursor: str | None) -> Response[str]:
    ports = wiring.ports()
    reach = access_graph.could_be_reached_by(ports, place)
    return portal.page(
        "oversight/graph_resource.html",
        visitor,
        resource=reach.resource,
        integrations=ports.flows.integrations(),
        reach=reach,
        drawing=of_resource(reach),
        now_held=holders(ports, at_place(place), cursor),
    )


def _place() -> ResourceKey | None:
    named = [portal.one(name) for name in ("integration", "resource_type", "resource")]
    match named:
        case [str(integration), str(resource_type), str(resource)]:
            return integration, resource_type, resource
    return None


def _id_of(typed: str) -> str:
    """Of whom an address names; anything else is taken for an id."""
    found = wiring.users().person_with_email(typed) if "@" in typed else None
    return found.id if found else typed


def _unendable(
    request_ids: tuple[str, ...], reason: str, *, confirmed: bool
) -> dict[str, str] | None:
    """Why nothing is ended yet: problems, or none of them where it was not confirmed yet."""
    if not request_ids:
        return {"": "Choose at least one request."}
    if len(request_ids) > MOST_ENDED_AT_ONCE:
        return {"": f"Choose {MOST_ENDED_AT_ONCE} requests at most."}
    if not confirmed:
        return {}
    if not reason:
        return {"reason": "Write your reason; its people are told."}
    if len(reason) > MOST_SAID:
        said = f"Your reason has {len(reason)} characters; write {MOST_SAID} at most."
        return {"reason": said}
    return None


handler = handle(portal)
