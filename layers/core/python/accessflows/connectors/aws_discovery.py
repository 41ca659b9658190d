"""What there is in an AWS account: buckets, and the tables and secrets of one region, with tags.

A tag that cannot be read fails the listing: flows select by tags, and `except` would let too much
through. What vanishes while it is listed is left out."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from accessflows.connectors.aws_catalogue import CATALOGUE, Place, is_ours
from accessflows.connectors.aws_clients import Clients, error_code
from accessflows.model.target import Resource

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient

_GONE = frozenset({"NoSuchBucket", "ResourceNotFoundException"})
_UNTAGGED = "NoSuchTagSet"

Tags = dict[str, str]
Found = tuple[str, str, Tags]


def discover(clients: Clients, integration: str, place: Place) -> Iterator[Resource]:
    """Resources of every type in the catalogue, but for the product's own. path: the ARN."""
    for resource_type, found in (
        ("s3_bucket", _buckets(clients.s3, place)),
        ("dynamodb_table", _tables(clients.dynamodb, place)),
        ("secret", _secrets(clients.secretsmanager)),
    ):
        for name, arn, tags in found:
            yield Resource(
                integration=integration,
                resource_type=resource_type,
                name=name,
                path=arn,
                tags=tags,
                permissions=tuple(CATALOGUE[resource_type].permissions),
            )


def _buckets(s3: "S3Client", place: Place) -> Iterator[Found]:
    for page in s3.get_paginator("list_buckets").paginate():
        for name in _others(bucket["Name"] for bucket in page.get("Buckets", ())):
            tags = _bucket_tags(s3, name)
            if tags is not None:
                yield name, f"arn:{place.partition}:s3:::{name}", tags


def _bucket_tags(s3: "S3Client", name: str) -> Tags | None:
    from botocore.exceptions import ClientError

    try:
        answer = s3.get_bucket_tagging(Bucket=name)
    except ClientError as error:
        if error_code(error) == _UNTAGGED:
            return {}
        if error_code(error) in _GONE:
            return None
        raise
    return {tag["Key"]: tag["Value"] for tag in answer["TagSet"]}


def _tables(dynamodb: "DynamoDBClient", place: Place) -> Iterator[Found]:
    for page in dynamodb.get_paginator("list_tables").paginate():
        for name in _others(page["TableNames"]):
            arn = f"arn:{place.partition}:dynamodb:{place.region}:{place.account_id}:table/{name}"
            tags = _table_tags(dynamodb, arn)
            if tags is not None:
                yield name, arn, tags


def _table_tags(dynamodb: "DynamoDBClient", arn: str) -> Tags | None:
    from botocore.exceptions import ClientError

    pages = dynamodb.get_paginator("list_tags_of_resource").paginate(ResourceArn=arn)
    try:
        return {tag["Key"]: tag["Value"] for page in pages for tag in page.get("Tags", ())}
    except ClientError as error:
        if error_code(error) in _GONE:
            return None
        raise


def _secrets(secretsmanager: "SecretsManagerClient") -> Iterator[Found]:
    for page in secretsmanager.get_paginator("list_secrets").paginate():
        for secret in page["SecretList"]:
            if not is_ours(secret["Name"]):
                tags = {tag["Key"]: tag["Value"] for tag in secret.get("Tags", ())}
                yield secret["Name"], secret["ARN"], tags


def _others(names: Iterable[str]) -> Iterator[str]:
    return (name for name in names if not is_ours(name))
