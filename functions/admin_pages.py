"""The pages of admins, and of who looks after a space: what the product works by.

What a form does is decided by the actions that the admin API uses."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import parse_qs

from aws_lambda_powertools.event_handler import Response
from pydantic import ValidationError

from accessflows import wiring
from accessflows.actions import browse, configure, look_up
from accessflows.actions.change_settings import change_settings
from accessflows.actions.decide_change import approve_change, proposed_changes, reject_change
from accessflows.actions.editor import Editor
from accessflows.actions.plan_change import plan_change
from accessflows.actions.rate import rated
from accessflows.actions.realm import realm_of
from accessflows.model.account import AccountSettings
from accessflows.model.configuration import Entry, Origin, Section
from accessflows.model.flow import AccessFlow, ResourceAccess
from accessflows.model.integration import Integration
from accessflows.model.proposed_change import ChangeState, ProposedChange
from accessflows.model.refusal import BadInput, ChangedMeanwhile, NotFound, NotYours, Refusal
from accessflows.model.target import AccessScope, Bundle, Resource, ScopeTarget, Target
from accessflows.rules.spaces import OWNED, Realm
from accessflows.rules.targets import take_in
from accessflows.web import flow_form, path_form
from accessflows.web.configuration_views import description_of, in_words
from accessflows.web.entry_text import (
    BEGINNINGS,
    UNCHECKED,
    Finding,
    Mistake,
    Reading,
    beside_fields,
    read_entry,
    text_of,
    text_of_entry,
)
from accessflows.web.invalid import NOTHING, complaints, problems_of
from accessflows.web.portal import ForAdmins, Visitor, as_typed, handle
from accessflows.web.problems import STATUS
from accessflows.web.request_settings import access_of, begun, tree_of
from accessflows.web.settings_form import CALLED, LISTS, settings_of, text_of_list
from accessflows.yaml_files import read_document

PATHS = {
    "access-flows": Section.FLOWS,
    "bundles": Section.BUNDLES,
    "access-scopes": Section.ACCESS_SCOPES,
    "integrations": Section.INTEGRATIONS,
    "on-call-schedules": Section.ON_CALL_SCHEDULES,
    "spaces": Section.SPACES,
    "resource-access": Section.RESOURCE_ACCESS,
}
# What who looks after a space may see; all else is for admins alone.
SHARED = (*OWNED, Section.SPACES)
# What can be made without leaving the editor of a flow.
BESIDE_A_FLOW = {
    "bundle": (Section.BUNDLES, "bundle"),
    "scope": (Section.ACCESS_SCOPES, "access_scope"),
}

portal = wiring.portal()
app = portal.app


class AtWork(NamedTuple):
    """Who looks, at which section, and what of it is theirs. path: of the section's pages."""

    visitor: Visitor
    section: Section
    realm: Realm
    path: str

    @property
    def editor(self) -> Editor:
        return _editor(self.visitor, self.realm)


class OfResource(NamedTuple):
    """Request settings of a resource, and the flows that they come to, each in words."""

    access: ResourceAccess
    origin: Origin
    flows: list[tuple[AccessFlow, str | None]]


@app.get("/admin/settings")
def show_settings() -> Response[str]:
    return _settings_page(portal.admin())


@app.post("/admin/settings")
def change_the_settings() -> Response[str]:
    visitor = portal.admin()
    form = portal.form(visitor)
    placed = look_up.settings(wiring.flows())
    try:
        wanted = settings_of(form, placed)
        done = change_settings(_editor(visitor, _WHOLE), wanted, _version(form))
    except (BadInput, ChangedMeanwhile) as refusal:
        return _settings_page(visitor, form, problems_of(refusal))
    except ValidationError as error:
        return _settings_page(visitor, form, complaints(error, AccountSettings, {}, CALLED))
    return _onward(done, "/admin/settings")


@app.get("/admin/changes")
def list_changes() -> Response[str]:
    visitor = portal.admin()
    page = proposed_changes(wiring.flows(), _asked("cursor") or None)
    return portal.page(
        "admin/changes.html",
        visitor,
        changes=page.changes,
        cursor=page.cursor,
        now=wiring.now(),
        names=_names(change.author_id for change in page.changes),
    )


@app.get("/admin/changes/<change_id>")
def show_change(change_id: str) -> Response[str]:
    return _change_page(portal.admin(), change_id)


@app.post("/admin/changes/<change_id>/approve")
def approve(change_id: str) -> Response[str]:
    visitor = portal.admin()
    portal.form(visitor)
    try:
        approve_change(_editor(visitor, _WHOLE), visitor.person, change_id)
    except Refusal as refusal:
        return _change_page(visitor, change_id, refusal)
    return portal.go(f"/admin/changes/{change_id}")


@app.post("/admin/changes/<change_id>/reject")
def reject(change_id: str) -> Response[str]:
    visitor = portal.admin()
    reason = as_typed(portal.form(visitor).get("reason", ""))
    if len(reason) > 1_000:
        said = f"the reason has {len(reason)} characters; write 1000 at most"
        return _change_page(visitor, change_id, BadInput(said, field="reason"), reason)
    reject_change(wiring.flows(), visitor.person, change_id, reason or None, wiring.now())
    return portal.go(f"/admin/changes/{change_id}")


@app.get("/admin/resources")
def list_resources() -> Response[str]:
    visitor = portal.admin()
    search = browse.Search(
        name=_asked("q"),
        resource_types=tuple(filter(None, [_asked("type")])),
        integrations=tuple(filter(None, [_asked("integration")])),
    )
    found = browse.find_anywhere(wiring.ports(), search, _asked("cursor") or None)
    return portal.page(
        "admin/resources.html",
        visitor,
        holdings=found.holdings,
        cursor=found.cursor,
        search=search,
        offered=wiring.flows().open_integrations(),
        integrations=wiring.flows().integrations(),
        type=_asked("type"),
        integration=_asked("integration"),
    )


@app.get("/admin/resource")
def show_resource() -> Response[str]:
    """A resource: its request settings, with what they come to, and the flows that open it."""
    visitor = portal.admin()
    resource = _resource_asked()
    counts = wiring.flows().snapshot()
    opening = [
        (flow, described)
        for flow in counts.flows
        if any(take_in(flow.targets, resource, p, counts.catalogue) for p in resource.permissions)
        for described in [description_of(flow, counts.integrations)]
    ]
    accesses = [
        OfResource(access, origin, [each for each in opening if each[0].made_from == access.id])
        for access, origin in look_up.request_settings_of(wiring.flows(), resource)
    ]
    are_set = {permission for one in accesses for permission in one.access.permissions}
    return portal.page(
        "admin/resource.html",
        visitor,
        resource=resource,
        integrations=counts.integrations,
        accesses=accesses,
        unset=[each for each in resource.permissions if each not in are_set],
        others=[(flow, text) for flow, text in opening if not flow.made_from],
    )


@app.get("/admin/start")
def start_flow() -> Response[str]:
    """A form for the common parts of a flow, which the editor goes on from."""
    return _start_page(_at("access-flows"), flow_form.begun())


@app.post("/admin/start")
def go_on_in_the_editor() -> Response[str]:
    at = _at("access-flows")
    _, tree = _tree_sent(at, flow_form.SEVERAL)
    text = text_of(flow_form.flow_of(tree))
    return _editor_page(at, text, finding=_finding(at, read_entry(at.section, text), None))


@app.post("/admin/start/check")
def check_start() -> Response[str]:
    """The form once more: with a row more or less, what a target takes in, or what is wrong."""
    at = _at("access-flows")
    fields, tree = _tree_sent(at, flow_form.SEVERAL)
    if "add" in fields or "drop" in fields:
        return _start_page(at, tree)
    if "preview" in fields:
        return _start_page(at, tree, previewed=fields["preview"][0])
    reading = read_entry(at.section, text_of(flow_form.flow_of(tree)))
    return _start_page(at, tree, finding=_finding(at, reading, None))


@app.get("/admin/new/<path>")
def new_entry(path: str) -> Response[str]:
    at = _at(path)
    if at.section is Section.RESOURCE_ACCESS:
        return _editor_page(at, text_of(begun(_resource_asked())))
    return _editor_page(at, BEGINNINGS[at.section])


@app.post("/admin/new/<path>")
def create(path: str) -> Response[str]:
    at = _at(path)
    form, text = _draft(at)
    reading = read_entry(at.section, text)
    if reading.entry is None:
        return _editor_page(at, text, finding=Finding.of(reading))
    try:
        done = configure.create(at.editor, at.section, reading.entry, form.get("once") or None)
    except Refusal as refusal:
        return _editor_page(at, text, finding=Finding.of(reading, refusal))
    return _onward(done, f"/admin/{path}/{reading.entry.id}")


@app.get("/admin/edit/<path>/<entry_id>")
def edit_entry(path: str, entry_id: str) -> Response[str]:
    at = _at(path)
    placed = _placed(at, entry_id)
    return _editor_page(at, text_of_entry(placed.entry), placed=placed)


@app.post("/admin/edit/<path>/<entry_id>")
def update(path: str, entry_id: str) -> Response[str]:
    at = _at(path)
    form, text = _draft(at)
    placed = _placed(at, entry_id)
    reading = _same(read_entry(at.section, text), entry_id)
    if reading.entry is None:
        return _editor_page(at, text, placed=placed, finding=Finding.of(reading))
    try:
        version = _version(form)
        done = configure.update(at.editor, at.section, reading.entry, version)
    except Refusal as refusal:
        return _editor_page(at, text, placed=placed, finding=Finding.of(reading, refusal))
    return _onward(done, f"/admin/{path}/{entry_id}")


@app.post("/admin/check/<path>")
def check_new(path: str) -> Response[str]:
    return _checked(_at(path), None)


@app.post("/admin/check/<path>/<entry_id>")
def check_changed(path: str, entry_id: str) -> Response[str]:
    at = _at(path)
    return _checked(at, _placed(at, entry_id))


@app.post("/admin/beside/<kind>")
def make_beside(kind: str) -> Response[str]:
    """A bundle or access scope that is made while a flow is written. The flow's text stays."""
    if kind not in BESIDE_A_FLOW:
        raise NotFound("there is no such page")
    at = _at("access-flows")
    form = portal.form(at.visitor)
    section, named = BESIDE_A_FLOW[kind]
    entry_id, text = form.get("entry_id", ""), form.get("text", "")
    placed = _placed(at, entry_id) if entry_id else None
    reading = read_entry(section, form.get(kind, ""))
    mistakes, told = reading.mistakes, {}
    if reading.entry is not None:
        try:
            once = f"{form['once']}-{kind}" if form.get("once") else None
            done = configure.create(at.editor, section, reading.entry, once)
        except Refusal as refusal:
            mistakes = reading.mistakes_of(refusal)
        else:
            told = {"made": reading.entry, "waits": isinstance(done, ProposedChange)}
            text = flow_form.with_target(text, named, reading.entry.id)
    shown = {"mistakes": [(kind, mistake.words) for mistake in mistakes], "made": None}
    beside = {"kind": kind, "text": form.get(kind, ""), **shown, **told}
    return _editor_page(at, text, placed=placed, beside=beside)


@app.get("/admin/close/<path>/<entry_id>")
def ask_once_more(path: str, entry_id: str) -> Response[str]:
    at = _at(path)
    placed = _placed(at, entry_id)
    return portal.page("admin/close.html", at.visitor, at=at, placed=placed, said=None)


@app.post("/admin/close/<path>/<entry_id>")
def close(path: str, entry_id: str) -> Response[str]:
    at = _at(path)
    form = portal.form(at.visitor)
    try:
        done = configure.close(at.editor, at.section, entry_id, _version(form))
    except BadInput as refusal:
        placed = _placed(at, entry_id)
        status = HTTPStatus.BAD_REQUEST
        return portal.page(
            "admin/close.html", at.visitor, status, at=at, placed=placed, said=str(refusal)
        )
    return _onward(done, f"/admin/{path}")


@app.post("/admin/describe/<flow_id>")
def describe(flow_id: str) -> Response[str]:
    """Put the words of a flow by hand, or take them away for those that are written anew."""
    at = _at("access-flows")
    form = portal.form(at.visitor)
    flow = _placed(at, flow_id).entry
    words = None if form.get("again") else form.get("description") or None
    try:
        changed = flow.but(version=0, description=words)
    except ValidationError as error:
        called = {"description": "The description"}
        return _entry_page(at, flow_id, words or "", complaints(error, AccessFlow, {}, called))
    return _onward(
        configure.update(at.editor, at.section, changed, _version(form)),
        f"/admin/access-flows/{flow_id}",
    )


@app.get("/admin/<path>")
def list_entries(path: str) -> Response[str]:
    at = _at(path)
    text = _asked("q")
    page = look_up.entries(wiring.flows(), at.section, _asked("cursor") or None, at.realm, text)
    health: Mapping[str, Any] = {}
    if at.section is Section.INTEGRATIONS:
        health = wiring.inventory().health([placed.entry.id for placed in page.entries])
    integrations = wiring.flows().integrations()
    return portal.page(
        "admin/list.html",
        at.visitor,
        at=at,
        page=page,
        text=text,
        health=health,
        integrations=integrations,
        described={p.entry.id: description_of(p.entry, integrations) for p in page.entries},
        can_make=at.section is not Section.SPACES or at.realm.whole,
    )


@app.get("/admin/<path>/<entry_id>")
def show_entry(path: str, entry_id: str) -> Response[str]:
    return _entry_page(_at(path), entry_id)


@app.get("/admin/<path>/<entry_id>/versions/<version>")
def show_version(path: str, entry_id: str, version: str) -> Response[str]:
    at = _at(path)
    number = int(version) if version.isdecimal() and len(version) < 10 else 0
    entry = look_up.version_of(wiring.flows(), at.section, entry_id, number, at.realm)
    return portal.page(
        "admin/version.html",
        at.visitor,
        at=at,
        entry=entry,
        version=number,
        text=text_of_entry(entry),
    )


_WHOLE = Realm({}, whole=True)


def _visitor() -> tuple[Visitor, Realm]:
    """The visitor, and what they look after. Raises NotSignedIn, ForAdmins."""
    visitor = portal.visitor()
    try:
        return visitor, realm_of(wiring.flows(), visitor.person)
    except NotYours:
        raise ForAdmins from None


def _at(path: str) -> AtWork:
    """Raises ForAdmins, NotFound."""
    visitor, realm = _visitor()
    section = PATHS.get(path)
    if section is None:
        raise NotFound("there is no such page")
    if section not in SHARED and not realm.whole:
        raise ForAdmins
    return AtWork(visitor, section, realm, path)


def _editor(visitor: Visitor, realm: Realm) -> Editor:
    return Editor(
        wiring.flows(),
        wiring.directory(),
        wiring.requests(),
        wiring.connectors(),
        visitor.person.id,
        wiring.now(),
        wiring.new_id,
        realm,
    )


def _draft(at: AtWork) -> tuple[Mapping[str, str], str]:
    """What a form sent, and the entry that it means, as a file would say it."""
    if at.section is not Section.RESOURCE_ACCESS:
        form = portal.form(at.visitor)
        return form, form.get("text", "")
    fields, tree = _tree_sent(at, frozenset({"permissions"}))
    return {name: values[0] for name, values in fields.items()}, text_of(access_of(tree))


def _tree_sent(
    at: AtWork, several: frozenset[str]
) -> tuple[Mapping[str, Sequence[str]], path_form.Tree]:
    """The fields of a form by paths, and what it holds, with a row more or less where asked."""
    fields = portal.fields(at.visitor, path_form.MOST_FIELDS)
    tree = path_form.read(fields, several)
    path_form.press(tree, fields)
    return fields, tree


def _is_written_here(placed: look_up.Placed) -> bool:
    """Whether it stands in no file and follows from nothing else."""
    follows = isinstance(placed.entry, AccessFlow) and placed.entry.made_from
    return placed.origin is not Origin.FILES and not follows


def _resource_asked() -> Resource:
    """Raises NotFound."""
    key = (_asked("integration"), _asked("type"), _asked("name"))
    resource = all(key) and wiring.inventory().resources([key]).get(key)
    if not resource:
        raise NotFound("there is no such resource, as the last sync saw it")
    return resource


def _permissions_at(integration_id: str, resource_type: str) -> Sequence[str]:
    """What may be done with resources of a type; nothing where no connector says."""
    integration = wiring.flows().integrations().get(integration_id)
    connector = integration and wiring.connectors().get(integration.kind)
    if not integration or not connector:
        return ()
    return connector.capabilities(integration).resource_types.get(resource_type, ())


def _placed(at: AtWork, entry_id: str) -> look_up.Placed:
    return look_up.entry(wiring.flows(), wiring.requests(), at.section, entry_id, at.realm)


def _asked(name: str) -> str:
    (value, *_) = portal.asked().get(name, [""])
    return value.strip()


def _version(form: Mapping[str, str]) -> int:
    version = form.get("version", "")
    if not version.isdecimal() or len(version) > 9:
        raise BadInput("the form does not say which version it changes; open the page again")
    return int(version)


def _onward(done: object, path: str) -> Response[str]:
    """To what counts now, or to what waits for another admin."""
    if isinstance(done, ProposedChange):
        return portal.go(f"/admin/changes/{done.id}")
    return portal.go(path)


def _names(person_ids: Any) -> Mapping[str, str]:
    people = wiring.directory().people({*person_ids})
    return {person_id: person.name for person_id, person in people.items()}


def _same(reading: Reading, entry_id: str) -> Reading:
    """A text whose id is another one says no entry."""
    if reading.entry is None or reading.entry.id == entry_id:
        return reading
    said = f"must stay {entry_id}: an id stays for ever"
    line = reading.document.line(("id",))
    return reading._replace(entry=None, mistakes=(Mistake("id", line, said),))


def _checked(at: AtWork, placed: look_up.Placed | None) -> Response[str]:
    """The editor with what is wrong, or what would change. Saves nothing."""
    form, text = _draft(at)
    if form.get("add") or form.get("drop"):
        return _editor_page(at, text, placed=placed)
    reading = read_entry(at.section, text)
    if placed is not None:
        reading = _same(reading, placed.entry.id)
    expected = _version(form) if placed is not None else None
    finding = _finding(at, reading, expected, plans=bool(form.get("plan")))
    return _editor_page(at, text, placed=placed, finding=finding)


def _finding(at: AtWork, reading: Reading, expected: int | None, *, plans: bool = False) -> Finding:
    """What the check says that saving goes through, and the plan where one is asked for."""
    if reading.entry is None:
        return Finding.of(reading)
    try:
        proposal = configure.check(at.editor, at.section, reading.entry, expected)
    except Refusal as refusal:
        return Finding.of(reading, refusal)
    plan = plan_change(wiring.flows(), wiring.users(), proposal) if plans else None
    return Finding.of(reading)._replace(plan=plan)


def _told(finding: Finding, *, is_form: bool = False) -> Mapping[str, Any]:
    """A finding as the editor shows it, or a form with a field for each part."""
    entry, integrations = finding.entry, wiring.flows().integrations()
    return {
        "mistakes": [
            (mistake.field if is_form else "text", mistake.words) for mistake in finding.mistakes
        ],
        "wrong": beside_fields(finding.mistakes),
        "valid": entry is not None,
        "described": in_words(entry, integrations) if entry else None,
        "holdings": _holdings(entry) if entry else None,
        "integrations": integrations,
        "plan": finding.plan,
    }


def _entry_page(
    at: AtWork, entry_id: str, words: str = "", problems: Mapping[str, str] = NOTHING
) -> Response[str]:
    """words: of a flow, as typed by hand; problems: with them."""
    placed = _placed(at, entry_id)
    history = look_up.history(
        wiring.flows(),
        wiring.requests(),
        at.section,
        entry_id,
        _asked("cursor") or None,
        at.realm,
    )
    rates = at.section is Section.FLOWS and at.realm.whole
    integration = placed.entry if isinstance(placed.entry, Integration) else None
    health = wiring.inventory().health([entry_id]).get(entry_id) if integration else None
    return portal.page(
        "admin/entry.html",
        at.visitor,
        HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK,
        words=words,
        problems=problems,
        at=at,
        placed=placed,
        entry=placed.entry,
        text=text_of_entry(placed.entry),
        described=description_of(placed.entry, wiring.flows().integrations()),
        history=history,
        names=_names(event.actor for event in history.events),
        ratings=rated(wiring.ratings(), entry_id, None).ratings if rates else (),
        holdings=_holdings(placed.entry),
        integrations=wiring.flows().integrations(),
        health=health,
    )


def _editor_page(
    at: AtWork,
    text: str,
    *,
    placed: look_up.Placed | None = None,
    finding: Finding = UNCHECKED,
    beside: Mapping[str, Any] | None = None,
) -> Response[str]:
    """placed: what is edited; none for a new entry."""
    if placed is not None and not _is_written_here(placed):
        return portal.go(f"/admin/{at.path}/{placed.entry.id}")
    # htmx shows only what was answered well; what is wrong with a draft is such an answer.
    checks = portal.app.current_event.path.startswith(("/admin/check/", "/admin/start"))
    status = HTTPStatus.OK if checks else finding.status
    form = portal.app.current_event.decoded_body or ""
    shown = {
        "placed": placed,
        "version": _version_sent(form) or (placed.version if placed else ""),
        "two": wiring.flows().settings().two_person_changes,
        "once": wiring.new_id(),
    }
    if at.section is Section.RESOURCE_ACCESS:
        return _request_settings_page(at, text, status, finding, shown)
    return portal.page(
        "admin/edit.html",
        at.visitor,
        status,
        at=at,
        text=text,
        beside=beside,
        beginnings={kind: BEGINNINGS[section] for kind, (section, _) in BESIDE_A_FLOW.items()},
        **shown,
        **_told(finding),
    )


def _request_settings_page(
    at: AtWork, text: str, status: HTTPStatus, finding: Finding, shown: Mapping[str, Any]
) -> Response[str]:
    """The form in place of the editor, with what a file would say in its fields."""
    tree = tree_of(read_document(text).data)
    return portal.page(
        "admin/request_settings.html",
        at.visitor,
        status,
        tree=tree,
        permissions=_permissions_at(tree["integration"], tree["resource_type"]),
        groups=[group.id for group in wiring.users().groups(None)[0]],
        **shown,
        **_told(finding.without_lines(), is_form=True),
    )


def _start_page(
    at: AtWork, tree: path_form.Tree, *, finding: Finding = UNCHECKED, previewed: str = ""
) -> Response[str]:
    """previewed: path of the target whose resources are shown."""
    offered = flow_form.offered(wiring.flows(), wiring.connectors(), at.realm)
    preview = flow_form.target_at(tree, previewed, offered)
    catalogue = wiring.flows().snapshot().catalogue
    return portal.page(
        "admin/start.html",
        at.visitor,
        tree=tree,
        previewed=previewed,
        preview=browse.contents(wiring.ports(), (preview,), catalogue, None) if preview else None,
        offered=offered,
        **_told(finding.without_lines(), is_form=True),
    )


def _version_sent(body: str) -> str:
    """The version that a form was opened with, which stays until the page is opened again."""
    (version, *_) = parse_qs(body).get("version", [""])
    return version if version.isdecimal() and len(version) < 10 else ""


def _holdings(entry: Entry) -> browse.Found | None:
    """What it takes in now, as far as a page goes; none for what takes in nothing."""
    catalogue = wiring.flows().snapshot().catalogue
    targets: tuple[Target, ...]
    match entry:
        case AccessScope():
            catalogue = catalogue.but(access_scopes={**catalogue.access_scopes, entry.id: entry})
            targets = (ScopeTarget(access_scope=entry.id),)
        case Bundle() | AccessFlow():
            targets = entry.targets
        case _:
            return None
    return browse.contents(wiring.ports(), targets, catalogue, None)


def _change_page(
    visitor: Visitor, change_id: str, refusal: Refusal | None = None, reason: str = ""
) -> Response[str]:
    change = wiring.flows().change(change_id)
    now = wiring.now()
    before = ""
    if change.section and change.entry_id and change.base_version:
        stored = wiring.flows().entry(change.section, change.entry_id, change.base_version)
        before = text_of_entry(stored)
    after = ""
    if change.content:
        after = text_of_entry(change.entry()) if change.section else text_of(change.content)
    is_open = change.state_at(now) is ChangeState.PROPOSED
    plan, problems = None, _said_of_change(refusal) if refusal else {}
    if is_open and change.section and change.content:
        expected = change.base_version or None
        editor = _editor(visitor, _WHOLE)
        try:
            proposal = configure.check(editor, change.section, change.entry(), expected)
            plan = plan_change(wiring.flows(), wiring.users(), proposal)
        except Refusal as unfit:
            problems = problems or _said_of_change(unfit)
    people = (change.author_id, *filter(None, [change.decided_by]))
    return portal.page(
        "admin/change.html",
        visitor,
        STATUS.get(type(refusal), HTTPStatus.BAD_REQUEST) if refusal else HTTPStatus.OK,
        change=change,
        state=change.state_at(now),
        before=before,
        after=after,
        plan=plan,
        problems=problems,
        reason=reason,
        names=_names(people),
        is_author=change.author_id == visitor.person.id,
    )


def _said_of_change(refusal: Refusal) -> dict[str, str]:
    """Of its page's fields there is but one; what is wrong with what was proposed is of none."""
    told = problems_of(refusal)
    return told if "reason" in told else {"": " ".join(told.values())}


def _settings_page(
    visitor: Visitor, form: Mapping[str, str] | None = None, problems: Mapping[str, str] = NOTHING
) -> Response[str]:
    placed = look_up.settings(wiring.flows())
    data = placed.settings.to_data()
    return portal.page(
        "admin/settings.html",
        visitor,
        HTTPStatus.BAD_REQUEST if problems else HTTPStatus.OK,
        placed=placed,
        settings=placed.settings,
        data=data,
        form=form,
        problems=problems,
        lists={name: text_of_list(data, name) for name in LISTS},
    )


handler = handle(portal)
