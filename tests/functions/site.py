"""A site with something of everything in it, and hostile words wherever somebody may write some.

It lies over tables, and is seen through the functions of its pages."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import boto3
import pytest
from moto import mock_aws

from accessflows import wiring
from accessflows.actions import end, rate
from accessflows.actions.decide import decide
from accessflows.actions.submit import submit
from accessflows.actions.visit import place_of
from accessflows.model.access_link import NewLink, Proof
from accessflows.model.account import AccountSettings, IdentitySource, SourceKind, TicketType
from accessflows.model.configuration import Configuration
from accessflows.model.on_call import OnCallSchedule
from accessflows.model.person import OUTSIDER, DirectoryGroup, Person, Role
from accessflows.model.rating import Opinion, Thumb
from accessflows.model.refusal import TargetRefused
from accessflows.model.request import AccessRequest, Batch, Status
from accessflows.model.space import Space
from accessflows.model.wish import Wish
from accessflows.notices.links import Purpose, sign
from accessflows.notices.words import plain
from accessflows.rules.access_links import make
from tests.doubles.kept_rows import KeptRows
from tests.doubles.mail import KEYS, MemoryMailer, Sent, deliver, notices_of
from tests.doubles.memory import MemoryAccessLinks
from tests.doubles.mfa import SECRET, PaperSeal, code_at
from tests.doubles.tables import TEST_SETTINGS, create_tables, put_people
from tests.factories import (
    NOON,
    a_bundle,
    a_catalogue,
    a_flow,
    a_link_flow,
    a_person,
    a_resource,
    a_scope,
    a_target,
    an_integration,
    an_outsider,
    any_of,
    in_group,
    is_,
)
from tests.functions.browser import Browser
from tests.functions.calls import forget_adapters, portal_at
from tests.functions.endpoint_story import CRM, pour
from tests.functions.endpoint_world import REGION, furnish
from tests.functions.signed_in import browser_of
from tests.pages import Page
from tests.worlds import World

SITE = "https://access.example.com"
HOUR = timedelta(hours=1)


def planted(what: str) -> str:
    """A text that becomes an element, an attribute, a script, a formula, an expression of a
    template, or another text, wherever it is taken for more than text."""
    return (
        f"=1+1 \"'><planted-{what} onerror=planted()>{{{{7*7}}}}{{% raw %}}"
        "<script>planted()</script>\u202egnp.exe\u202c\x07"
    )


WHY: dict[str, Any] = {
    "justification": planted("justification"),
    "ticket": {"type": "jira", "id": planted("ticket")[:100]},
}
STORED = (
    *("person", "group", "attribute", "condition", "flow", "schedule", "details", "scope"),
    *("resource", "path", "justification", "ticket", "approval", "rejection", "revocation"),
    *("failure", "delegation", "comment", "health", "change", "visitor"),
    *("username", "password"),
)
RESOURCE = planted("resource")


def _named(person_id: str, *roles: Role, **changes: Any) -> Person:
    held = {"aws_principal": (f"user/demo-{person_id}",), "title": (planted("attribute"),)}
    name = f"{person_id.capitalize()} {planted('person')}"
    roles = roles or (Role.GRANTEE,)
    return a_person(person_id, **{"name": name, "roles": roles, "attributes": held, **changes})


def _on(*names: str) -> tuple[Any, ...]:
    return (a_target(resources={"names": names}),)


LEADS = {"groups": (any_of(is_("group", "leads"), is_("title", planted("condition"))),)}
FLOWS = (
    a_flow(
        "asked",
        approval=LEADS,
        description=planted("flow"),
        request_for={"scopes": ["self", "others"], "grantees": in_group("staff")},
        settings={"max_extensions": 1, "labels": ("night",)},
        targets=_on("invoices", RESOURCE),
    ),
    a_flow("at-once", duration_presets=(HOUR / 2,), targets=_on("reports")),
    a_flow("guarded", settings={"require_mfa": True}, targets=_on("vault")),
    a_flow("urgent", emergency=True, targets=_on("engine")),
    a_flow(
        "strict",
        approval={"groups": (in_group("leads"),)},
        settings={"require_approver_reason": True, "require_justification": True},
        targets=_on("ledger"),
    ),
    a_flow("held", targets=({"bundle": "starter"}, {"access_scope": "found"})),
    a_link_flow(
        approval={"groups": (in_group("leads"),)},
        description=planted("flow"),
        targets=(a_target(integration="crm", resource_type="crm_account"),),
        settings={"max_extensions": 1},
    ),
)
INTEGRATIONS = (an_integration(access_details=planted("details")), CRM)
RESOURCES = (
    *map(a_resource, ("invoices", "reports", "archive", "vault", "engine", "ledger")),
    a_resource(RESOURCE, path=planted("path"), tags={planted("tag"): planted("tag")}),
    a_resource("acme", integration="crm", resource_type="crm_account"),
)
VISITOR = an_outsider(source=OUTSIDER).but(name=planted("visitor"))
CONFIGURATION = Configuration(
    flows=tuple(flow.but(version=0) for flow in FLOWS),
    integrations=INTEGRATIONS,
    people=(
        *map(_named, ("rita", "anna", "gus", "olga", "eve")),
        _named("vera", Role.ACCESS_REVIEWER),
        *(_named(name, Role.ADMIN, Role.GRANTEE) for name in ("ada", "alf")),
        _named("dan", active=False),
    ),
    groups=(
        DirectoryGroup(id="engineers", name=planted("group"), members=("rita", "ada", "eve")),
        DirectoryGroup(id="leads", name="Leads", members=("anna",)),
        DirectoryGroup(id="staff", name="Staff", members=("gus", "eve")),
    ),
    bundles=(a_bundle(*_on("archive")),),
    access_scopes=(a_scope('resource_name = "invoices"').but(description=planted("scope")),),
    on_call_schedules=(
        OnCallSchedule.model_validate(
            {
                "id": "nights",
                "name": planted("schedule"),
                "time_zone": "Europe/Berlin",
                "rotations": ({"people": ["rita"], "starts": "2026-01-05T09:00"},),
            }
        ),
    ),
    spaces=(Space(id="shop", name="Shop", owners=("olga",)),),
    settings=AccountSettings(
        spaces=True,
        fallback_flow=True,
        ticket_types=(TicketType(id="jira", name="Jira", url="https://tickets.example.com/{id}"),),
        identity_sources=(IdentitySource(id="okta", name="Okta", kind=SourceKind.SCIM),),
    ),
)
LINK = make(
    FLOWS[-1],
    NewLink(name="Partners"),
    link_id="01JPARTNERS000000000000000",
    actor="ada",
    now=NOON,
)
ASKED = Proof(
    id="asked",
    flow_id=LINK.link.flow_id,
    link_id=LINK.link.id,
    name=planted("visitor")[:100],
    email="otto@partner.example",
    asked_at=NOON,
)
PROVED = ASKED.but(id="proved", proved_at=NOON, person_id=VISITOR.id)
# What admins wrote here, so that it may be changed here: by section.
WRITTEN = {
    "access-flows": "id: made\nname: Made\nrequestors: {conditions: [{attribute: group, values: "
    "[engineers]}]}\ntargets: [{integration: aws-demo, resource_type: s3_bucket, permissions: "
    "[admin]}]\n",
    "bundles": "{id: made, name: Made, targets: [{integration: aws-demo, resource_type: s3_bucket,"
    " permissions: [read]}]}",
    "access-scopes": "{id: made, name: Made, query: 'permission = \"read\"'}",
    "integrations": '{id: made, name: Made, kind: aws_iam, settings: {account_id: "000000000000", '
    "principals: [user/demo-x]}, principal: {attribute: aws_principal}, "
    "owner: {attribute: user, values: [ada]}}",
    "on-call-schedules": "{id: made, name: Made, time_zone: Europe/Berlin, rotations: [{people: "
    "[rita], starts: '2026-01-05T09:00'}]}",
    "spaces": "{id: made, name: Made, owners: [eve]}",
}


class Site:
    """The pages, and who looks at them.

    doors: addresses that people are given, or would find late, by person; nobody has no session.
    mails: what was sent.
    kept: what is in the tables, where `reset` leads to.
    """

    def __init__(self, doors: dict[str | None, list[str]], mails: list[Sent]) -> None:
        self.doors, self.mails = doors, mails
        self._sessions = wiring.sessions()
        self.kept = KeptRows(REGION)

    def visit(self, person_id: str | None) -> Browser:
        """Somebody's browser, signed in; nobody's without."""
        if person_id is None:
            return Browser()
        return browser_of(wiring.directory().person(person_id), self._sessions, NOON)

    def reset(self) -> None:
        if not self.kept.are_there:
            self.kept.restore()
            forget_adapters()


@contextmanager
def a_site() -> Iterator[Site]:
    with pytest.MonkeyPatch.context() as monkeypatch, mock_aws():
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.setenv(name, "testing")
        monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
        create_tables()
        forget_adapters()
        pool = boto3.client("cognito-idp").create_user_pool(PoolName="people")["UserPool"]["Id"]
        settings = TEST_SETTINGS.model_copy(update={"user_pool_id": pool})
        monkeypatch.setattr(wiring, "settings", lambda: settings)
        monkeypatch.setattr(wiring, "login_seal", PaperSeal)
        monkeypatch.setattr(wiring, "new_mfa_secret", lambda: SECRET)
        portal_at(SITE, monkeypatch)
        furnish(monkeypatch, CONFIGURATION, RESOURCES)
        put_people(wiring.directory(), VISITOR)
        doors, mails = _live()
        site = Site(doors, mails)
        _write(site)
        site.kept.keep()
        yield site
    forget_adapters()


def _live() -> tuple[dict[str | None, list[str]], list[Sent]]:
    """Requests in every status, lived through in memory and put into the tables."""
    world = World(
        flows=FLOWS,
        people=(*CONFIGURATION.directory(), VISITOR),
        resources=RESOURCES,
        integrations=INTEGRATIONS,
        catalogue=a_catalogue(
            *CONFIGURATION.bundles,
            *CONFIGURATION.access_scopes,
            integrations=frozenset(one.id for one in INTEGRATIONS),
        ),
        now=NOON - timedelta(hours=5),
    )
    world.target.access_details = lambda *_: planted("details")  # type: ignore[method-assign]
    world.target.state = _login
    world.flow_store.account = CONFIGURATION.settings
    world.requests.put_access_link(LINK)
    _end_badly(world)
    world.run(NOON - HOUR / 4 - world.now)
    active = world.submit("invoices", RESOURCE, **WHY)
    _vote(world, active, approves=True, reason=planted("approval"))
    _vote(world, world.submit("invoices", by="rita", grantee_id="gus"), approves=True)
    visited = _visit(world)
    _vote(world, visited, approves=True)
    world.submit("engine")
    world.run(HOUR / 4)
    revoking = world.submit("reports")
    world.run()
    end.revoke(world.ports, revoking.id, _of(world, "rita"), None, world.now)
    world.submit("reports", starts_at=NOON + HOUR)
    for person_id in ("rita", "eve"):
        world.submit("vault", by=person_id)
    pending = world.submit("invoices", RESOURCE, **WHY)
    for resource in ("invoices", "ledger"):
        world.submit(resource, **WHY)
    waiting = _visit(world)
    world.submit("archive")
    seen = {request.status for request in world.requests.requests.values()}
    assert seen == set(Status), f"there is none of {set(Status) - seen}"
    mails = MemoryMailer()
    for event in list(world.requests.event_rows.values()):
        if event.subject.startswith("request:"):
            for notice in notices_of(world, event):
                deliver(world, notice, mails)
    pour(world, wiring.requests())
    mailed = (one for one in world.requests.links.values() if one.request_id == pending.id)
    links = wiring.access_links()
    links.put(LINK)
    for proof in (ASKED, PROVED):
        links.put_proof(proof)
    pages = ("invoices", "vault", "archive", RESOURCE)
    return {
        None: [
            f"/approve/{sign(next(mailed).id, KEYS)}",
            f"/join/{sign(place_of(LINK.link), KEYS, Purpose.ACCESS)}",
            f"/confirm/{sign(ASKED.id, KEYS, Purpose.PROOF)}",
            f"/ask/{sign(PROVED.id, KEYS, Purpose.VISIT)}",
            f"/status/{sign(visited.id, KEYS, Purpose.STATUS)}",
            f"/status/{sign(waiting.id, KEYS, Purpose.STATUS)}",
            *("/signed-out", "/callback"),
        ],
        "rita": [
            *(f"/resources/aws-demo/s3_bucket?{urlencode({'name': name})}" for name in pages),
            "/new?flow=asked",
            *(f"/new?at={at}" for at in ("bundles", "scopes", "apps", "flows")),
        ],
        "ada": [
            *(f"/admin/people/{one}" for one in ("dan", "eve", VISITOR.id)),
            *(f"/admin/access-flows/{one}" for one in ("made", "partners")),
            "/admin/integrations/crm",
        ],
    }, mails.sent


def _login(batch: Batch) -> dict[str, Any]:
    """What a target keeps of an account that it made for a grant: told to the letter."""
    username, password = (plain(planted(what)) for what in ("username", "password"))
    sealed = PaperSeal().close(password, batch.grant_id)
    return {"login": {"username": username, "password": sealed}}


def _end_badly(world: World) -> None:
    """What is closed: expired, rejected, revoked, cancelled, failed."""
    rita = _of(world, "rita")
    world.submit("reports", duration=HOUR)
    world.run(timedelta(hours=2))
    _vote(world, world.submit("invoices", **WHY), approves=False, reason=planted("rejection"))
    revoked = world.submit("reports")
    world.run()
    end.revoke(world.ports, revoked.id, rita, planted("revocation"), world.now)
    world.run()
    cancelled = world.submit("ledger", justification="none")
    end.cancel(world.ports, cancelled.id, rita, world.now)
    world.target.refuse = TargetRefused(planted("failure"))
    world.submit("reports")
    world.run(timedelta(minutes=20))
    world.target.refuse = None


def _visit(world: World) -> AccessRequest:
    """What the visitor asked for by the link."""
    wanted = {
        "integration": "crm",
        "resource_type": "crm_account",
        "resource": "acme",
        "permissions": ("read",),
    }
    (request,) = submit(
        world.ports,
        Wish.model_validate({"resources": (wanted,), "justification": planted("justification")}),
        caller_id=VISITOR.id,
        idempotency_key=None,
        now=world.now,
        new_id=lambda: next(world.ids),
        link=MemoryAccessLinks(world.requests).link(LINK.link.flow_id, LINK.link.id),
    )
    return request


def _of(world: World, person_id: str) -> Person:
    return world.directory.person(person_id)


def _vote(
    world: World, request: AccessRequest, *, approves: bool, reason: str | None = None
) -> None:
    decide(world.ports, request.id, "anna", approves=approves, reason=reason, now=world.now)
    world.run()


def _write(site: Site) -> None:
    """What people wrote in forms, and what only programs say."""
    ada, alf, rita, anna, eve = map(site.visit, ("ada", "alf", "rita", "anna", "eve"))
    for path, text in WRITTEN.items():
        new = f"/admin/new/{path}"
        made = ada.press(new, on=new, text=text, once=path)
        assert made.location == f"/admin/{path}/made", made.text
    until = f"{NOON + timedelta(days=1):%Y-%m-%dT%H:%M}"
    for browser, who in ((anna, "eve"), (rita, "gus")):
        form = {"delegate": f"{who}@example.com", "to": until, "reason": planted("delegation")}
        on = "/account/delegates"
        assert browser.press(on, on=on, **form).status == 303
    for browser in (rita, ada):
        on = "/account/tokens"
        form = {"name": "Script", "scope": "approvals", "lives_for": "30"}
        assert browser.press(on, on=on, **form).status == 200
    on = "/account/mfa"
    assert eve.press(on, on=on).status == 200
    confirmed = eve.press(f"{on}/confirm", on=on, code=code_at(NOON - HOUR / 120))
    assert confirmed.status == 303, confirmed.text
    invited = {"email": "zoe@example.com", "name": planted("person"), "roles": "grantee"}
    zoe = ada.press("/admin/people/invite", on="/admin/people/invite", **invited)
    site.doors["ada"] += [zoe.location, f"{zoe.location}/delete"]
    stars = [f.action for f in Page(rita.get("/requests").html).forms if "/star" in f.action]
    assert rita.press(stars[0], on="/requests", back="/").status == 303
    opinion = Opinion(thumb=Thumb.DOWN, comment=planted("comment"))
    rate.rate(
        wiring.ports(), wiring.ratings(), wiring.directory().person("rita"), "asked", opinion, NOON
    )
    wiring.inventory().note_failure("crm", planted("health"), NOON)
    site.doors["alf"] = _propose(ada, alf)


def _propose(ada: Browser, alf: Browser) -> list[str]:
    """Where a change waits for another admin, and where one was turned down."""
    on = "/admin/settings"
    version = Page(ada.get(on).html).document.xpath("//input[@name='version']")[0].get("value")
    assert ada.press(on, on=on, version=version, two_person_changes="yes").status == 303
    changes = []
    for name in ("Changed", "Changed again"):
        edit = "/admin/edit/access-flows/made"
        text = WRITTEN["access-flows"].replace("name: Made", f"name: {name}")
        proposed = ada.press(edit, on=edit, text=text, version="1")
        assert proposed.location.startswith("/admin/changes/"), proposed.text
        changes.append(proposed.location)
    rejecting = f"{changes[-1]}/reject"
    rejected = alf.press(rejecting, on=changes[-1], reason=planted("change"))
    assert rejected.status == 303, rejected.text
    return changes
