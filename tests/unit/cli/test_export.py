"""The command that takes out of a stack what a plan needs."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import boto3
import pytest
from moto import mock_aws
from typer.testing import CliRunner

from accessflows.cli.app import app
from accessflows.cli.exported import read
from accessflows.model.past_request import PastRequest
from accessflows.model.person import Person
from accessflows.model.target import Resource
from accessflows.stores.directory import DynamoDirectory
from accessflows.stores.inventory import DynamoInventory
from accessflows.stores.requests import DynamoRequests
from tests.doubles.tables import TEST_SETTINGS, create_tables, put_people
from tests.factories import a_flow, a_person, a_resource, an_entitlement
from tests.worlds import World

TEMPLATE = {
    "Resources": {"Queue": {"Type": "AWS::SQS::Queue"}},
    "Outputs": {
        f"{name.capitalize()}Table": {"Value": getattr(TEST_SETTINGS, f"{name}_table")}
        for name in ("requests", "flows", "directory", "inventory")
    },
}
RECENT = datetime.now(UTC).replace(microsecond=0) - timedelta(days=1)


def run(*arguments: object):
    return CliRunner().invoke(app, ["export", *map(str, arguments)])


def a_stack(name: str, template: dict) -> None:
    client = boto3.client("cloudformation")
    client.create_stack(StackName=name, TemplateBody=json.dumps(template))


@pytest.fixture
def stack() -> Iterator[None]:
    with mock_aws():
        create_tables()
        a_stack("AccessFlows", TEMPLATE)
        yield


@pytest.mark.req("N5.replay")
@pytest.mark.usefixtures("stack")
def test_what_a_plan_needs_is_written_a_line_each(tmp_path: Path) -> None:
    inventory = [a_resource("orders", tags={"env": "live"}), a_resource("SYNC")]
    DynamoInventory(TEST_SETTINGS).replace("aws-demo", inventory, RECENT)
    directory = DynamoDirectory(TEST_SETTINGS)
    put_people(directory, a_person(groups=("engineers",)), a_person("tom", source="scim"))
    world = World(flows=[a_flow()], now=RECENT)
    world.requests = DynamoRequests(TEST_SETTINGS)  # type: ignore[assignment]
    world.ports = world.ports._replace(requests=world.requests)
    request = world.submit(justification="Closing the month, and nobody's business")
    done = run(tmp_path / "out")
    assert done.output == (
        f"{tmp_path}/out/inventory.jsonl: 2\n"
        f"{tmp_path}/out/people.jsonl: 2\n"
        f"{tmp_path}/out/requests.jsonl: 1\n"
    )
    found = read(tmp_path / "out" / "inventory.jsonl", Resource)
    assert sorted(each.name for each in found) == ["SYNC", "orders"]
    people = read(tmp_path / "out" / "people.jsonl", Person)
    assert {each.id: each for each in people} == directory.people(["rita", "tom"])
    (past,) = read(tmp_path / "out" / "requests.jsonl", PastRequest)
    assert past == PastRequest(
        id=request.id,
        requester_id="rita",
        grantee_id="rita",
        flow=request.flow,
        status=request.status,
        submitted_at=request.submitted_at,
        duration=request.duration,
        justified=True,
        entitlements=(an_entitlement(),),
    )
    assert "business" not in (tmp_path / "out" / "requests.jsonl").read_text()


@pytest.mark.usefixtures("stack")
def test_older_requests_are_left_where_they_are(tmp_path: Path) -> None:
    world = World(flows=[a_flow()], now=RECENT - timedelta(days=90))
    world.requests = DynamoRequests(TEST_SETTINGS)  # type: ignore[assignment]
    world.ports = world.ports._replace(requests=world.requests)
    world.submit()
    assert run(tmp_path).output.endswith("requests.jsonl: 0\n")
    assert run(tmp_path, "--days", 100).output.endswith("requests.jsonl: 1\n")


@pytest.mark.usefixtures("stack")
def test_a_stack_that_is_not_this_products_is_named(tmp_path: Path) -> None:
    a_stack("Other", {"Resources": TEMPLATE["Resources"]})
    for name, why in (("Other", "its outputs name no table"), ("None", "does not exist")):
        done = run(tmp_path / "out", "--stack", name)
        assert done.exit_code == 2
        assert f"stack {name!r} was not exported" in done.stderr
        assert why in done.stderr
