"""Reach: what the product needs to end access that stands is not lost by a deploy."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from moto import mock_aws

from accessflows.actions.apply_config import apply_config
from accessflows.actions.reach import refuse_stranding
from accessflows.cli.validators import VALIDATORS
from accessflows.model.configuration import Configuration
from accessflows.model.integration import Kind
from accessflows.model.person import DirectoryGroup, Role
from accessflows.model.refusal import BadInput
from accessflows.model.request import Status
from accessflows.stores.directory import DynamoDirectory
from accessflows.stores.flows import DynamoFlows
from tests.doubles.tables import TEST_SETTINGS, create_tables
from tests.doubles.target import MemoryTarget
from tests.factories import NOON, a_flow, a_person, an_integration
from tests.worlds import World

PATTERNS = {"account_id": "000000000000", "principals": ["user/demo-*"]}
SPARE = an_integration(
    id="spare", name="Spare", settings={**PATTERNS, "principals": ["user/spare-*"]}
)
FILES = Configuration(
    flows=(a_flow("buckets", version=0),),
    integrations=(an_integration(settings=PATTERNS), SPARE),
    people=(a_person("rita"), a_person("ada", roles=(Role.ADMIN, Role.GRANTEE))),
    groups=(DirectoryGroup(id="engineers", name="Engineers", members=("rita",)),),
)


@pytest.fixture(autouse=True)
def applied() -> Iterator[None]:
    with mock_aws():
        create_tables()
        flows, directory = DynamoFlows(TEST_SETTINGS), DynamoDirectory(TEST_SETTINGS)
        apply_config(FILES, flows, directory, validators=VALIDATORS, now=NOON)
        yield


def deployable(world: World, *integrations: Any) -> None:
    """Raises BadInput where the world's access would be stranded by these integrations."""
    files = FILES.but(integrations=integrations)
    refuse_stranding(files, DynamoFlows(TEST_SETTINGS), world.requests, VALIDATORS)


def active() -> World:
    world = World()
    request = world.submit()
    world.run()
    assert world.status(request) is Status.ACTIVE
    return world


DESK = an_integration(
    id="desk",
    name="Desk",
    kind=Kind.WEBHOOK,
    settings={
        "url": "https://desk.example.com",
        "secret": "accessflows/desk",
        "resource_types": {"desk_role": ["hold"]},
    },
)


@pytest.mark.parametrize(
    "left",
    [
        (),
        (an_integration(settings={**PATTERNS, "principals": ["user/demo-rita"]}),),
        (an_integration(settings={**PATTERNS, "account_id": "111111111111"}),),
    ],
    ids=["removed", "narrowed", "of another account"],
)
def test_an_integration_at_which_access_stands_is_not_taken_from_the_files(left: Any) -> None:
    with pytest.raises(BadInput, match="aws-demo: 1 requests") as refused:
        deployable(active(), *left, SPARE)
    assert refused.value.detail["held"] == {"aws-demo": 1}


def test_what_still_reaches_as_far_may_change() -> None:
    wider = an_integration(id="renamed", settings={**PATTERNS, "principals": ["user/d*"]})
    deployable(active(), wider, SPARE)


def test_the_last_integration_of_a_kind_stays_while_access_stands_there() -> None:
    with_desk = FILES.but(integrations=(*FILES.integrations, DESK))
    flows, directory = DynamoFlows(TEST_SETTINGS), DynamoDirectory(TEST_SETTINGS)
    apply_config(with_desk, flows, directory, validators=VALIDATORS, now=NOON)
    world = active()
    (request,) = world.requests.open_with(Status.ACTIVE).requests
    at_the_desk = tuple(batch.but(integration="desk") for batch in request.batches)
    world.requests.requests[request.id] = request.but(batches=at_the_desk)
    # Its functions go with it, whatever its settings were.
    never_beyond = {**VALIDATORS, Kind.WEBHOOK: MemoryTarget(clock=lambda: NOON)}
    with pytest.raises(BadInput, match="desk: 1 requests"):
        refuse_stranding(FILES, DynamoFlows(TEST_SETTINGS), world.requests, never_beyond)
    refuse_stranding(with_desk, DynamoFlows(TEST_SETTINGS), world.requests, never_beyond)


def test_access_at_an_integration_that_closed_keeps_what_ends_it() -> None:
    flows, directory = DynamoFlows(TEST_SETTINGS), DynamoDirectory(TEST_SETTINGS)
    renamed = an_integration(id="renamed", name="Renamed", settings=PATTERNS)
    world = active()
    closed = FILES.but(flows=(), integrations=(renamed, SPARE))
    apply_config(closed, flows, directory, validators=VALIDATORS, now=NOON)
    deployable(world, renamed, SPARE)
    with pytest.raises(BadInput, match="aws-demo: 1 requests"):
        deployable(world, SPARE)


def test_an_integration_without_access_may_go() -> None:
    deployable(active(), an_integration(settings=PATTERNS))


def test_once_the_access_has_ended_the_integration_may_go() -> None:
    world = active()
    world.run(timedelta(hours=2))
    deployable(world, SPARE)
