"""From asking to the end: with a real PostgreSQL, and with local HTTP servers that speak for
clusters and clouds."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from accessflows.actions.extend import extend
from accessflows.connectors.google_projects import SCOPE
from accessflows.model.integration import Integration
from accessflows.model.request import AccessRequest, BatchState, Status
from accessflows.model.target import ByTags, IntegrationTarget
from accessflows.model.wish import WantedResource
from accessflows.ports import Connector
from tests.doubles import postgres
from tests.doubles.azure import AzureCloud
from tests.doubles.google import Google
from tests.doubles.json_server import serving
from tests.doubles.kubernetes import Cluster
from tests.factories import a_flow, a_person
from tests.services import test_azure as azure
from tests.services import test_google_cloud as google_cloud
from tests.services import test_kubernetes as kubernetes
from tests.services import test_postgresql as postgresql
from tests.worlds import World

HOUR = timedelta(hours=1)


@dataclass
class System:
    """names: of two resources that carry the tag, among others that do not.

    ends: what is there, by the end that it carries. known_as: who Rita is there.
    artefacts: as how many the two are granted.
    """

    connector: Connector
    integration: Integration
    resource_type: str
    permission: str
    names: tuple[str, str]
    ends: Callable[[], list[datetime]]
    known_as: str = "rita@example.com"
    tag: tuple[str, str] = ("team", "payments")
    artefacts: int = 2


@contextmanager
def a_cluster() -> Iterator[System]:
    cluster = Cluster(kubernetes.TOKEN, bindable=("ClusterRole/view",))
    cluster.namespaces = {"shop": {"team": "payments"}, "web": {"team": "payments"}, "infra": {}}

    def ends() -> list[datetime]:
        annotations = [found["metadata"]["annotations"] for found in cluster.bindings.values()]
        return [datetime.fromisoformat(found["accessflows/ends-at"]) for found in annotations]

    with serving(cluster.answer) as address:
        integration = kubernetes.an_integration(address)
        names = "shop", "web"
        yield System(kubernetes.connector(), integration, "namespace", "view", names, ends)


@contextmanager
def projects() -> Iterator[System]:
    google = Google(SCOPE)
    for project, team in (("shop-prod", "payments"), ("web-prod", "payments"), ("ops-prod", "ops")):
        google.add(project, team=team)

    def ends() -> list[datetime]:
        expressions = [
            binding["condition"]["expression"]
            for policy in google.policies.values()
            for binding in policy["bindings"]
        ]
        return [datetime.fromisoformat(each.split('"')[1]) for each in expressions]

    with serving(google.answer) as address:
        connector, names = google_cloud.a_connector(address), ("shop-prod", "web-prod")
        yield System(connector, google_cloud.CLOUD, "project", "read_logs", names, ends)


def azure_holding(cloud: AzureCloud) -> AbstractContextManager[System]:
    subscription = azure.SUBSCRIPTION
    cloud.people = {azure.RITA}
    cloud.add(subscription, "shop", "web", "ops")
    for group in cloud.groups[subscription][:2]:
        group["tags"] = {"team": "payments"}

    def ends() -> list[datetime]:
        notes = [one["properties"]["description"] for one in cloud.assignments.values()]
        return [datetime.fromisoformat(note.rpartition(" ")[2]) for note in notes]

    @contextmanager
    def running() -> Iterator[System]:
        with serving(cloud.answer) as address:
            cloud.address = address
            yield System(
                connector=azure.a_connector(address),
                integration=azure.CLOUD,
                resource_type="resource_group",
                permission="read",
                names=(f"{subscription}/shop", f"{subscription}/web"),
                ends=ends,
                known_as=azure.RITA,
            )

    return running()


@contextmanager
def databases() -> Iterator[System]:
    with postgres.running() as server:

        def ends() -> list[datetime]:
            query = "SELECT rolvaliduntil FROM pg_roles WHERE rolname LIKE 'accessflows-%'"
            with server.owner() as session:
                return [end for (end,) in session.execute(query)]

        yield System(
            postgresql.connector(),
            postgresql.shop(server),
            "database",
            "read",
            ("shop", postgresql.ODD_DATABASE),
            ends,
            tag=("owner", "postgres"),
            artefacts=1,
        )


def a_world(system: System) -> World:
    attribute = system.integration.principal.attribute
    rita = a_person("rita", groups=("engineers",), attributes={attribute: (system.known_as,)})
    target = IntegrationTarget(
        integration=system.integration.id,
        resource_type=system.resource_type,
        permissions=(system.permission,),
        resources=ByTags(tags={system.tag[0]: system.tag[1:]}),
    )
    flow = a_flow(targets=(target,), settings={"max_extensions": 1})
    world = World(
        flows=[flow],
        people=[rita],
        integrations=[system.integration],
        resources=list(system.connector.discover(system.integration)),
    )
    world.ports = world.ports._replace(connectors={system.integration.kind: system.connector})
    return world


def asked(world: World, system: System, *names: str) -> AccessRequest:
    wanted = tuple(
        WantedResource(
            integration=system.integration.id,
            resource_type=system.resource_type,
            resource=name,
            permissions=(system.permission,),
        )
        for name in names or system.names
    )
    return world.submit(resources=wanted)


@pytest.mark.parametrize(
    "running",
    [
        pytest.param(a_cluster, marks=pytest.mark.req("R39.kubernetes")),
        pytest.param(projects, marks=pytest.mark.req("R39.google_cloud")),
        pytest.param(lambda: azure_holding(AzureCloud()), marks=pytest.mark.req("R39.azure")),
        pytest.param(databases, marks=pytest.mark.req("R39.postgresql", "N1.postgresql")),
    ],
    ids=["kubernetes", "google_cloud", "azure", "postgresql"],
)
def test_access_is_there_with_its_end_which_moves_on_and_then_it_is_gone(
    running: Callable[[], AbstractContextManager[System]],
) -> None:
    with running() as system:
        world = a_world(system)
        request = asked(world, system)
        world.run()
        active = world.request(request)
        assert active.status is Status.ACTIVE, world.last_error
        assert active.ends_at is not None
        first = system.ends()
        assert len(first) == system.artefacts
        assert all(HOUR <= end - world.now <= HOUR + timedelta(minutes=1) for end in first)

        extend(world.ports, request.id, world.directory.person("rita"), world.now)
        world.run()
        later = world.request(request).ends_at
        assert later is not None
        assert all(end >= later > active.ends_at for end in system.ends())

        world.run(2 * HOUR)
        batches = world.requests.batches(world.request(request))
        assert world.status(request) is Status.EXPIRED
        assert system.ends() == []
        assert {batch.state for batch in batches} == {BatchState.ABSENT}
        assert all(batch.evidence for batch in batches)


@pytest.mark.req("R39.azure")
def test_two_grants_of_one_azure_role_share_it_and_the_last_takes_it_away() -> None:
    with azure_holding(AzureCloud()) as system:
        world, name = a_world(system), system.names[0]
        first = asked(world, system, name)
        world.run(HOUR / 2)
        second = asked(world, system, name)
        world.run()
        assert world.status(second) is Status.ACTIVE, world.last_error
        assert [end >= world.now + HOUR for end in system.ends()] == [True]
        world.run(HOUR / 2 + timedelta(minutes=1))
        assert (world.status(first), world.status(second)) == (Status.EXPIRED, Status.ACTIVE)
        assert len(system.ends()) == 1
        world.run(HOUR)
        assert world.status(second) is Status.EXPIRED
        assert system.ends() == []


@pytest.mark.req("R39.azure")
def test_an_azure_role_that_was_there_before_stays_when_access_ends() -> None:
    cloud = AzureCloud()
    with azure_holding(cloud) as system:
        world, name = a_world(system), system.names[0]
        scope = f"/subscriptions/{name.replace('/', '/resourceGroups/')}"
        definition = f"/providers/Microsoft.Authorization/roleDefinitions/{azure.READER}"
        reads = {"roleDefinitionId": definition, "principalId": azure.RITA}
        standing = dict(cloud.put(scope, "a0000000-0000-0000-0000-00000000000a", reads))
        request = asked(world, system, name)
        world.run()
        assert world.status(request) is Status.ACTIVE, world.last_error
        world.run(2 * HOUR)
        assert world.status(request) is Status.EXPIRED
        assert list(cloud.assignments.values()) == [standing]
