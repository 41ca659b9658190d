"""A small organisation, and requests of Rita's in every state that a route asks for.

They are lived through in memory; the tables get what came of it."""

from datetime import timedelta

from accessflows.actions.submit import submit
from accessflows.actions.visit import place_of
from accessflows.model.access_link import NewLink, Proof
from accessflows.model.account import AccountSettings, IdentitySource, SourceKind
from accessflows.model.configuration import Configuration
from accessflows.model.event import Change
from accessflows.model.integration import Kind
from accessflows.model.person import OUTSIDER, DirectoryGroup, Role
from accessflows.model.request import AccessRequest
from accessflows.model.wish import Wish
from accessflows.notices.links import Purpose, sign
from accessflows.rules.access_links import make
from accessflows.stores.access_links import DynamoAccessLinks
from accessflows.stores.requests import DynamoRequests, event_row
from tests.doubles.mail import KEYS, mails_of
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
    an_approval,
    an_integration,
    an_outsider,
)
from tests.worlds import World

PEOPLE = (
    a_person("rita"),
    a_person("olga"),
    a_person("anna"),
    a_person("vera", roles=(Role.ACCESS_REVIEWER,)),
    a_person("ada", roles=(Role.ADMIN,)),
    a_person("alf", roles=(Role.ADMIN,)),
    a_person("eve"),
    a_person("dan", active=False),
)
NAMED = {"targets": (a_target(resources={"names": ("invoices",)}),)}
FLOWS = (
    a_flow("asked", approval=an_approval("leads"), settings={"max_extensions": 1}, **NAMED),
    a_flow("urgent", emergency=True, targets=(a_target(resources={"names": ("reports",)}),)),
    a_flow(
        "guarded",
        settings={"require_mfa": True},
        targets=(a_target(resources={"names": ("vault",)}),),
    ),
    a_flow("held", targets=({"bundle": "starter"}, {"access_scope": "found"})),
    a_link_flow(targets=(a_target(integration="crm", resource_type="crm_account"),)),
)
CRM = an_integration(
    id="crm",
    kind=Kind.LAMBDA,
    settings={"function": "acme-crm", "resource_types": {"crm_account": ["read", "write"]}},
    principal={"attribute": "email"},
)
INTEGRATIONS = (an_integration(), CRM)
RESOURCES = (
    a_resource(),
    a_resource("reports"),
    a_resource("archive"),
    a_resource("vault"),
    a_resource("acme", integration="crm", resource_type="crm_account"),
)
VISITOR = an_outsider(source=OUTSIDER)
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
    name="Otto",
    email="otto@partner.example",
    asked_at=NOON,
)
PROVED = ASKED.but(id="proved", proved_at=NOON, person_id=VISITOR.id)
SOURCE = "okta"
CONFIGURATION = Configuration(
    flows=tuple(flow.but(version=0) for flow in FLOWS),
    integrations=INTEGRATIONS,
    people=PEOPLE,
    groups=(
        DirectoryGroup(id="engineers", name="Engineers", members=("rita", "olga")),
        DirectoryGroup(id="leads", name="Leads", members=("anna",)),
    ),
    bundles=(a_bundle(a_target(resources={"names": ("archive",)})),),
    access_scopes=(a_scope('resource_name = "invoices"'),),
    settings=AccountSettings(
        spaces=True,
        identity_sources=(IdentitySource(id=SOURCE, name="Okta", kind=SourceKind.SCIM),),
    ),
)


def live(store: DynamoRequests, links: DynamoAccessLinks) -> tuple[dict[str, str], dict[str, str]]:
    """The ids of the requests by how they stand at noon, and the tokens of links by page."""
    people = (*CONFIGURATION.directory(), VISITOR)
    named = a_catalogue(
        *CONFIGURATION.bundles,
        *CONFIGURATION.access_scopes,
        integrations=frozenset(one.id for one in INTEGRATIONS),
    )
    world = World(
        flows=FLOWS,
        people=people,
        resources=RESOURCES,
        integrations=INTEGRATIONS,
        catalogue=named,
        now=NOON - timedelta(hours=5),
    )
    closed = world.submit()
    world.approve(closed, "anna")
    world.run(timedelta(hours=4, minutes=50))
    active = world.submit()
    world.approve(active, "anna")
    urgent = world.submit("reports")
    world.run(timedelta(minutes=10))
    waiting = world.submit("vault")
    pending = world.submit()
    mails_of(world, pending)
    visited = _visit(world)
    pour(world, store)
    links.put(LINK)
    for proof in (ASKED, PROVED):
        links.put_proof(proof)
    (link,) = world.requests.links.values()
    tokens = {
        "approve": sign(link.id, KEYS),
        "join": sign(place_of(LINK.link), KEYS, Purpose.ACCESS),
        "confirm": sign(ASKED.id, KEYS, Purpose.PROOF),
        "ask": sign(PROVED.id, KEYS, Purpose.VISIT),
        "status": sign(visited.id, KEYS, Purpose.STATUS),
    }
    made = {
        "closed": closed,
        "active": active,
        "urgent": urgent,
        "waiting": waiting,
        "pending": pending,
    }
    return {name: request.id for name, request in made.items()}, tokens


def _visit(world: World) -> AccessRequest:
    """What the visitor asked for by the link, as it is put into the tables without its use."""
    world.requests.put_access_link(LINK)
    wanted = {
        "integration": "crm",
        "resource_type": "crm_account",
        "resource": "acme",
        "permissions": ("read",),
    }
    (request,) = submit(
        world.ports,
        Wish.model_validate({"resources": (wanted,)}),
        caller_id=VISITOR.id,
        idempotency_key=None,
        now=world.now,
        new_id=lambda: next(world.ids),
        link=LINK.link,
    )
    return request


def pour(world: World, store: DynamoRequests) -> None:
    """Put what happened in memory into the tables."""
    kept = world.requests
    for request in kept.requests.values():
        events = kept.events(request.subject)
        submission = kept.submissions[request.submission_id]
        last = Change(request, events[-1])
        store.submit(
            submission, [last], kept.batches(request), {request.id: kept.trace(request.id)}
        )
        for event in events[:-1]:
            event_row(event).save()
    for link in kept.links.values():
        store.put_link(link)
