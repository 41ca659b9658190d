"""The permission catalogue of AWS: what each permission on each type of resource allows.

Data. Least privilege: nothing here lets its holder pass access on or keep it past the end, so no
policies, no access lists, no tags (flows select resources by them), no keys, no iam, no sts.
The product's own tables and secrets, and the bucket its code is deployed from, are no targets.
Source: AWS service authorization reference."""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from accessflows.model.refusal import TargetRefused
from accessflows.model.target import Entitlement

Actions = Mapping[str, tuple[str, ...]]

_OURS = re.compile(r"accessflows|cdk-[a-z0-9]+-assets-", re.IGNORECASE)
_PARTITIONS = {"cn": "aws-cn", "us-gov": "aws-us-gov"}


class Place(NamedTuple):
    """Where ARNs point. Buckets have no region; all else is in the one the product runs in."""

    region: str
    account_id: str

    @property
    def partition(self) -> str:
        return next((p for start, p in _PARTITIONS.items() if self.region.startswith(start)), "aws")


class ResourceType(NamedTuple):
    """names: what AWS allows, which is nothing that a policy reads as a wildcard or variable.

    arns: ARN by the kind of thing meant, `{name}` and the place to be filled in.
    permissions: by permission, the actions on each kind of thing.
    example: a command that uses the access.
    """

    names: re.Pattern[str]
    arns: Mapping[str, str]
    permissions: Mapping[str, Actions]
    example: str


def _all(*parts: Actions) -> Actions:
    kinds = {kind for part in parts for kind in part}
    return {
        kind: tuple(sorted({action for part in parts for action in part.get(kind, ())}))
        for kind in sorted(kinds)
    }


_S3_READ: Actions = {
    "bucket": ("s3:GetBucketLocation", "s3:ListBucket"),
    "object": ("s3:GetObject",),
}
_S3_WRITE: Actions = {"object": ("s3:AbortMultipartUpload", "s3:DeleteObject", "s3:PutObject")}
_S3_RUN: Actions = {
    "bucket": (
        "s3:GetBucketVersioning",
        "s3:GetLifecycleConfiguration",
        "s3:ListBucketMultipartUploads",
        "s3:ListBucketVersions",
        "s3:PutBucketVersioning",
        "s3:PutLifecycleConfiguration",
    ),
    "object": ("s3:DeleteObjectVersion", "s3:GetObjectVersion", "s3:ListMultipartUploadParts"),
}
_TABLE_READ: Actions = {
    "table": (
        "dynamodb:BatchGetItem",
        "dynamodb:DescribeTable",
        "dynamodb:GetItem",
        "dynamodb:Query",
        "dynamodb:Scan",
    ),
    "index": ("dynamodb:Query", "dynamodb:Scan"),
}
_TABLE_WRITE: Actions = {
    "table": (
        "dynamodb:BatchWriteItem",
        "dynamodb:ConditionCheckItem",
        "dynamodb:DeleteItem",
        "dynamodb:PutItem",
        "dynamodb:UpdateItem",
    )
}
_TABLE_RUN: Actions = {
    "table": (
        "dynamodb:DescribeContinuousBackups",
        "dynamodb:DescribeTimeToLive",
        "dynamodb:UpdateContinuousBackups",
        "dynamodb:UpdateTable",
        "dynamodb:UpdateTimeToLive",
    )
}
_SECRET_READ: Actions = {
    "secret": ("secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue")
}
_SECRET_WRITE: Actions = {"secret": ("secretsmanager:PutSecretValue",)}
_SECRET_RUN: Actions = {
    "secret": (
        "secretsmanager:DeleteSecret",
        "secretsmanager:ListSecretVersionIds",
        "secretsmanager:RestoreSecret",
        "secretsmanager:UpdateSecretVersionStage",
    )
}

CATALOGUE: Mapping[str, ResourceType] = {
    "s3_bucket": ResourceType(
        names=re.compile(r"[A-Za-z0-9._-]{3,255}"),
        arns={
            "bucket": "arn:{partition}:s3:::{name}",
            "object": "arn:{partition}:s3:::{name}/*",
        },
        permissions={
            "read": _S3_READ,
            "write": _S3_WRITE,
            "admin": _all(_S3_READ, _S3_WRITE, _S3_RUN),
        },
        example="aws s3 ls s3://{name}",
    ),
    "dynamodb_table": ResourceType(
        names=re.compile(r"[A-Za-z0-9._-]{3,255}"),
        arns={
            "table": "arn:{partition}:dynamodb:{region}:{account_id}:table/{name}",
            "index": "arn:{partition}:dynamodb:{region}:{account_id}:table/{name}/index/*",
        },
        permissions={
            "read": _TABLE_READ,
            "write": _TABLE_WRITE,
            "admin": _all(_TABLE_READ, _TABLE_WRITE, _TABLE_RUN),
        },
        example="aws dynamodb describe-table --table-name {name}",
    ),
    "secret": ResourceType(
        names=re.compile(r"[A-Za-z0-9/_+=.@!-]{1,512}"),
        # AWS appends a dash and six characters to the name.
        arns={
            "secret": "arn:{partition}:secretsmanager:{region}:{account_id}:secret:{name}-??????"
        },
        permissions={
            "read": _SECRET_READ,
            "write": _SECRET_WRITE,
            "admin": _all(_SECRET_READ, _SECRET_WRITE, _SECRET_RUN),
        },
        example="aws secretsmanager get-secret-value --secret-id {name}",
    ),
}


def is_ours(name: str) -> bool:
    """Whether a resource belongs to the product, which grants no access to itself."""
    return _OURS.match(name) is not None


def allowed(entitlement: Entitlement, place: Place) -> Iterator[tuple[str, str]]:
    """Every (action, ARN) of the entitlement.

    Raises TargetRefused where the catalogue does not know it, or the name is none.
    """
    resource_type = CATALOGUE.get(entitlement.resource_type)
    actions = resource_type and resource_type.permissions.get(entitlement.permission)
    if resource_type is None or actions is None:
        raise TargetRefused(f"AWS IAM knows no {entitlement.permission} on {_thing(entitlement)}")
    if not resource_type.names.fullmatch(entitlement.resource) or is_ours(entitlement.resource):
        raise TargetRefused(f"no access is granted to {_thing(entitlement)}")
    for kind, names in actions.items():
        arn = resource_type.arns[kind].format(
            partition=place.partition, name=entitlement.resource, **place._asdict()
        )
        yield from ((action, arn) for action in names)


def every_action() -> frozenset[str]:
    """All that any permission can ever allow."""
    return frozenset(
        action
        for resource_type in CATALOGUE.values()
        for permission in resource_type.permissions.values()
        for actions in permission.values()
        for action in actions
    )


def _thing(entitlement: Entitlement) -> str:
    return f"{entitlement.resource_type} {entitlement.resource!r}"
