"""From asking to the end: with a real PostgreSQL, and with local HTTP servers that speak for
clusters and clouds."""

from collections.abc import Callable, Iterator, Sequence
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
from tests.doubles.google import Google
from tests.doubles.json_server import serving
from tests.doubles.kubernetes import Cluster
from tests.factories import a_flow, a_person
from tests.services import test_google_cloud as google_cloud
from tests.services import test_kubernetes as kubernetes
from tests.services import test_postgresql as postgresql
from tests.worlds import World

HOUR = timedelta(hours=1)


@dataclass
class System:
    """ends: what is there, by the end that it carries. tag: of the resources that are offered.

    artefacts: as how many two resources are granted.
    """

    connector: Connector
    integration: Integration
    resource_type: str
    permission: str
    ends: Callable[[], list[datetime]]
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
        yield System(kubernetes.connector(), integration, "namespace", "view", ends)


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
        connector = google_cloud.a_connector(address)
        yield System(connector, google_cloud.CLOUD, "project", "read_logs", ends)


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
            ends,
            tag=("owner", "postgres"),
            artefacts=1,
        )


def a_world(system: System) -> World:
    attribute = system.integration.principal.attribute
    rita = a_person("rita", groups=("engineers",), attributes={attribute: ("rita@example.com",)})
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


def asked(world: World, system: System, names: Sequence[str]) -> AccessRequest:
    wanted = tuple(
        WantedResource(
            integration=system.integration.id,
            resource_type=system.resource_type,
            resource=name,
            permissions=(system.permission,),
        )
        for name in names
    )
    return world.submit(resources=wanted)


@pytest.mark.parametrize(
    ("running", "names"),
    [
        pytest.param(a_cluster, ("shop", "web"), marks=pytest.mark.req("R39.kubernetes")),
        pytest.param(
            projects, ("shop-prod", "web-prod"), marks=pytest.mark.req("R39.google_cloud")
        ),
        pytest.param(
            databases,
            ("shop", postgresql.ODD_DATABASE),
            marks=pytest.mark.req("R39.postgresql", "N1.postgresql"),
        ),
    ],
    ids=["kubernetes", "google_cloud", "postgresql"],
)
def test_access_is_there_with_its_end_which_moves_on_and_then_it_is_gone(
    running: Callable[[], AbstractContextManager[System]], names: Sequence[str]
) -> None:
    with running() as system:
        world = a_world(system)
        request = asked(world, system, names)
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
