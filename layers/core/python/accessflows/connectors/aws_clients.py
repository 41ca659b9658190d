"""boto3 clients of AWS targets, each made at its first use.

A call takes 16 s and a back-off at most, so that none outlasts the function that makes it."""

from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from boto3.session import Session
    from botocore.config import Config
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_identitystore import IdentityStoreClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sso_admin import SSOAdminClient

_CONNECT_SECONDS = 3
_READ_SECONDS = 5
_ATTEMPTS = 2


class Clients:
    """region: that of all but IAM and buckets; none for the one the environment names."""

    def __init__(self, region: str | None = None) -> None:
        self._given_region = region

    @cached_property
    def region(self) -> str:
        region = self._given_region or self._session.region_name
        if not region:
            raise RuntimeError("no AWS region is known: set AWS_DEFAULT_REGION")
        return region

    @cached_property
    def iam(self) -> "IAMClient":
        return self._session.client("iam", region_name=self.region, config=_bounded())

    @cached_property
    def s3(self) -> "S3Client":
        return self._session.client("s3", region_name=self.region, config=_bounded())

    @cached_property
    def dynamodb(self) -> "DynamoDBClient":
        return self._session.client("dynamodb", region_name=self.region, config=_bounded())

    @cached_property
    def secretsmanager(self) -> "SecretsManagerClient":
        return self._session.client("secretsmanager", region_name=self.region, config=_bounded())

    @cached_property
    def sso_admin(self) -> "SSOAdminClient":
        return self._session.client("sso-admin", region_name=self.region, config=_bounded())

    @cached_property
    def identitystore(self) -> "IdentityStoreClient":
        return self._session.client("identitystore", region_name=self.region, config=_bounded())

    @cached_property
    def _session(self) -> "Session":
        from boto3.session import Session

        return Session(region_name=self._given_region)


def _bounded() -> "Config":
    from botocore.config import Config

    return Config(
        connect_timeout=_CONNECT_SECONDS,
        read_timeout=_READ_SECONDS,
        retries={"total_max_attempts": _ATTEMPTS, "mode": "standard"},
    )


def error_code(error: Exception) -> str:
    """AWS's name of an error; empty for one that AWS did not send."""
    response = getattr(error, "response", {})
    return str(response.get("Error", {}).get("Code", ""))
