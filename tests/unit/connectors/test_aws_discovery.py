"""What is listed of an AWS account, against moto."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from accessflows.connectors.aws_clients import Clients
from accessflows.connectors.aws_iam import AwsIam
from accessflows.model.target import Resource
from tests.factories import an_integration

ACCOUNT = "123456789012"
# One for all tests: to make a client takes longer than to call it.
CLIENTS = Clients("eu-central-1")
EVERYTHING = ("read", "write", "admin")


@pytest.fixture(autouse=True)
def account() -> Iterator[None]:
    with mock_aws():
        yield


def listed(connector: AwsIam | None = None) -> dict[str, Resource]:
    integration = an_integration(settings={"account_id": ACCOUNT, "principals": ["user/demo-*"]})
    return {
        found.name: found for found in (connector or AwsIam(clients=CLIENTS)).discover(integration)
    }


def a_bucket(name: str, region: str = "eu-central-1", **tags: str) -> None:
    s3 = CLIENTS.s3 if region == CLIENTS.region else Clients(region).s3
    s3.create_bucket(
        Bucket=name,
        CreateBucketConfiguration={"LocationConstraint": region},  # type: ignore[typeddict-item]  # any region
    )
    if tags:
        pairs: Any = [{"Key": key, "Value": value} for key, value in tags.items()]
        s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": pairs})


def a_table(name: str, **tags: str) -> None:
    CLIENTS.dynamodb.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
    )


def a_secret(name: str, **tags: str) -> str:
    pairs: Any = [{"Key": key, "Value": value} for key, value in tags.items()]
    client = CLIENTS.secretsmanager
    return client.create_secret(Name=name, SecretString="x", Tags=pairs)["ARN"]


@pytest.mark.req("R39.aws_iam")
def test_buckets_tables_and_secrets_are_listed_with_their_tags() -> None:
    a_bucket("invoices", env="prod", team="billing")
    a_table("orders", env="test")
    arn = a_secret("prod/db", env="prod")
    found = listed()
    assert list(found.values()) == [
        Resource(
            integration="aws-demo",
            resource_type="s3_bucket",
            name="invoices",
            path="arn:aws:s3:::invoices",
            tags={"env": "prod", "team": "billing"},
            permissions=EVERYTHING,
        ),
        Resource(
            integration="aws-demo",
            resource_type="dynamodb_table",
            name="orders",
            path=f"arn:aws:dynamodb:eu-central-1:{ACCOUNT}:table/orders",
            tags={"env": "test"},
            permissions=EVERYTHING,
        ),
        Resource(
            integration="aws-demo",
            resource_type="secret",
            name="prod/db",
            path=arn,
            tags={"env": "prod"},
            permissions=EVERYTHING,
        ),
    ]


def test_what_has_no_tags_is_listed_without() -> None:
    a_bucket("plain")
    a_table("plain-table")
    a_secret("plain-secret")
    assert [found.tags for found in listed().values()] == [{}, {}, {}]


def test_listings_of_several_pages_are_read_to_the_end() -> None:
    for number in range(101):
        a_secret(f"secret-{number:03}")
    assert len(listed()) == 101


def test_buckets_of_other_regions_are_listed() -> None:
    a_bucket("far", region="ap-southeast-2", env="prod")
    assert listed()["far"].tags == {"env": "prod"}


def test_the_products_own_resources_are_not_listed() -> None:
    a_table("AccessFlows-TablesRequests-1A2B3C")
    a_secret("accessflows-link-keys")
    a_bucket(f"cdk-hnb659fds-assets-{ACCOUNT}-eu-central-1")
    assert listed() == {}


def failing_tags(code: str, monkeypatch: pytest.MonkeyPatch) -> AwsIam:
    def fails(**_: Any) -> None:
        raise ClientError({"Error": {"Code": code, "Message": "no"}}, "GetBucketTagging")

    connector = AwsIam(clients=CLIENTS)
    monkeypatch.setattr(connector._clients.s3, "get_bucket_tagging", fails, raising=False)
    return connector


def test_f10_a_bucket_that_vanishes_while_it_is_listed_is_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    a_bucket("gone")
    assert listed(failing_tags("NoSuchBucket", monkeypatch)) == {}


def test_f22_tags_that_cannot_be_read_fail_the_listing(monkeypatch: pytest.MonkeyPatch) -> None:
    a_bucket("closed")
    with pytest.raises(ClientError, match="AccessDenied"):
        listed(failing_tags("AccessDenied", monkeypatch))
