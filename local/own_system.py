"""A system of the company's own on the local stack: the function of examples/, and its role."""

import io
import json
import sys
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from local.emulator import ROOT
from local.stack import LocalStack

EXAMPLE = ROOT / "examples" / "own_system.py"
_TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}


def install(
    stack: LocalStack, function: str, resources: Mapping[str, Mapping[str, Mapping[str, str]]]
) -> None:
    """The function, and what it lists: by type and name, with tags. Again: another list."""
    bucket = f"{function}-grants"
    s3: Any = stack.client("s3")
    with suppress(s3.exceptions.BucketAlreadyOwnedByYou, s3.exceptions.BucketAlreadyExists):
        s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="resources.json", Body=json.dumps(resources))
    functions: Any = stack.client("lambda")
    with suppress(functions.exceptions.ResourceConflictException):
        functions.create_function(
            FunctionName=function,
            Runtime=f"python{sys.version_info.major}.{sys.version_info.minor}",
            Role=_role(stack, function, bucket),
            Handler="own_system.handler",
            Code={"ZipFile": _zipped()},
            Timeout=10,
            Environment={"Variables": {"GRANTS_BUCKET": bucket}},
        )


def held(stack: LocalStack, function: str) -> list[str]:
    """The ids of the grants that the system holds."""
    s3: Any = stack.client("s3")
    found = s3.list_objects_v2(Bucket=f"{function}-grants", Prefix="grants/").get("Contents", [])
    return [row["Key"].removeprefix("grants/").removesuffix(".json") for row in found]


def _role(stack: LocalStack, function: str, bucket: str) -> str:
    iam: Any = stack.client("iam")
    with suppress(iam.exceptions.EntityAlreadyExistsException):
        iam.create_role(RoleName=function, AssumeRolePolicyDocument=json.dumps(_TRUST))
    objects = {
        "Effect": "Allow",
        "Action": ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
        "Resource": f"arn:aws:s3:::{bucket}/*",
    }
    # Without it S3 says of an object that is not there that it is forbidden.
    listing = {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": f"arn:aws:s3:::{bucket}"}
    document = {"Version": "2012-10-17", "Statement": [objects, listing]}
    iam.put_role_policy(RoleName=function, PolicyName="grants", PolicyDocument=json.dumps(document))
    return str(iam.get_role(RoleName=function)["Role"]["Arn"])


def _zipped() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(EXAMPLE, EXAMPLE.name)
    return packed.getvalue()
