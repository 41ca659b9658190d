"""The custom resource: what was deployed counts, a mistake fails the deployment."""

import zipfile
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import boto3
import pytest
from moto import mock_aws

from accessflows import wiring
from accessflows.cli.validators import VALIDATORS
from accessflows.stores.directory import DynamoDirectory
from accessflows.stores.flows import DynamoFlows
from accessflows.stores.requests import DynamoRequests
from functions import apply_config
from tests.doubles.organisation import ORGANISATION
from tests.doubles.tables import TEST_SETTINGS, create_tables
from tests.functions.calls import CONTEXT


@pytest.fixture(autouse=True)
def deployment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with mock_aws():
        create_tables()
        boto3.client("s3").create_bucket(
            Bucket="assets", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
        )
        monkeypatch.setattr(wiring, "flows", lambda: DynamoFlows(TEST_SETTINGS))
        monkeypatch.setattr(wiring, "directory", lambda: DynamoDirectory(TEST_SETTINGS))
        monkeypatch.setattr(wiring, "requests", lambda: DynamoRequests(TEST_SETTINGS))
        monkeypatch.setattr(wiring, "connectors", lambda: VALIDATORS)
        yield


def asset(**changes: str) -> None:
    body = BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        for name, text in {**ORGANISATION, **changes}.items():
            archive.writestr(name, text)
    boto3.client("s3").put_object(Bucket="assets", Key="key.zip", Body=body.getvalue())


def deploy(request: str = "Create") -> dict[str, Any]:
    event = {
        "RequestType": request,
        "PhysicalResourceId": apply_config.PHYSICAL_ID,
        "ResourceProperties": {"Bucket": "assets", "Key": "key.zip"},
    }
    return apply_config.handler(event, CONTEXT)


@pytest.mark.req("R11.files")
@pytest.mark.parametrize("request_type", ["Create", "Update"])
def test_the_files_that_were_deployed_count(request_type: str) -> None:
    asset()
    assert deploy(request_type) == {
        "PhysicalResourceId": apply_config.PHYSICAL_ID,
        "Data": {
            "flows": 1,
            "people": 2,
            "integrations": 1,
            "written": 5,
            "closed": 0,
            "bundles": 0,
            "access_scopes": 0,
        },
    }
    assert [flow.id for flow in DynamoFlows(TEST_SETTINGS).current()] == ["buckets"]


@pytest.mark.req("R2.validate")
def test_a_mistake_fails_the_deployment_and_nothing_changes() -> None:
    asset(**{"flows.yaml": "flows: [{id: x}]"})
    with pytest.raises(RuntimeError, match=r"flows.yaml: flows\[0\].name: is missing"):
        deploy()
    assert DynamoFlows(TEST_SETTINGS).current() == ()


def test_deleting_the_resource_changes_nothing() -> None:
    asset()
    deploy()
    deploy("Delete")
    assert [flow.id for flow in DynamoFlows(TEST_SETTINGS).current()] == ["buckets"]
