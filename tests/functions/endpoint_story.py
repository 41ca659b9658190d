"""A small organisation, and requests of Rita's in every state that a route asks for.

They are lived through in memory; the tables get what came of it."""

from datetime import timedelta

from accessflows.model.account import AccountSettings, IdentitySource, SourceKind
from accessflows.model.configuration import Configuration
from accessflows.model.event import Change
from accessflows.model.person import DirectoryGroup, Role
from accessflows.ports import ApprovalLink
from accessflows.stores.requests import DynamoRequests, event_row
from tests.doubles.mail import mails_of
from tests.factories import (
    NOON,
    a_bundle,
    a_catalogue,
    a_flow,
    a_person,
    a_resource,
    a_scope,
    a_target,
    an_approval,
    an_integration,
)
from tests.worlds import World

PEOPLE = (
    a_person("rita"),
    a_person("olga"),
    a_person("anna"),
    a_person("vera", roles=(Role.ACCESS_REVIEWER,)),
    a_person("ada", roles=(Role.ADMIN,)),
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
)
RESOURCES = (a_resource(), a_resource("reports"), a_resource("archive"), a_resource("vault"))
SOURCE = "okta"
CONFIGURATION = Configuration(
    flows=tuple(flow.but(version=0) for flow in FLOWS),
    integrations=(an_integration(),),
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


def live(store: DynamoRequests) -> tuple[dict[str, str], ApprovalLink]:
    """The ids of the requests by how they stand at noon, and a mailed link to the pending one."""
    people = CONFIGURATION.directory()
    named = a_catalogue(*CONFIGURATION.bundles, *CONFIGURATION.access_scopes)
    world = World(
        flows=FLOWS,
        people=people,
        resources=RESOURCES,
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
    _pour(world, store)
    (link,) = world.requests.links.values()
    made = {
        "closed": closed,
        "active": active,
        "urgent": urgent,
        "waiting": waiting,
        "pending": pending,
    }
    return {name: request.id for name, request in made.items()}, link


def _pour(world: World, store: DynamoRequests) -> None:
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
