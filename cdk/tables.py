"""The four tables, their indexes and the key that encrypts them."""

from aws_cdk import Aws
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from cdk.stage import Stage

EXPIRES_AT = "expires_at"


class Tables(Construct):
    def __init__(self, scope: Construct, construct_id: str, *, stage: Stage) -> None:
        super().__init__(scope, construct_id)
        self._stage = stage
        self.key = _key(self, stage)
        self.requests = self._table(
            "Requests",
            stream=dynamodb.StreamViewType.NEW_IMAGE,
            time_to_live_attribute=EXPIRES_AT,
        )
        _index(self.requests, "by_due", "due_shard", "due_at", keys_only=True)
        _index(self.requests, "by_grantee", "grantee_id", "id")
        _index(self.requests, "by_requester", "requester_id", "id")
        _index(self.requests, "by_closed", "grantee_id", "closed_at")
        _index(self.requests, "by_age", "shard", "id")
        _index(self.requests, "by_open_flow", "open_flow", "since", keys_only=True)
        _index(self.requests, "by_open_status", "open_status", "id")
        _index(
            self.requests, "by_unreviewed", "unreviewed", "id", only=["requester_id", "grantee_id"]
        )
        self.flows = self._table("Flows")
        self.directory = self._table("Directory", time_to_live_attribute=EXPIRES_AT)
        _index(self.directory, "by_value", "attribute", "held", keys_only=True)
        self.inventory = self._table("Inventory")

    @property
    def by_name(self) -> dict[str, dynamodb.Table]:
        return {
            "requests": self.requests,
            "flows": self.flows,
            "directory": self.directory,
            "inventory": self.inventory,
        }

    def environment(self) -> dict[str, str]:
        """The names of the tables, as every function is told them."""
        return {f"{name.upper()}_TABLE": table.table_name for name, table in self.by_name.items()}

    def _table(
        self,
        construct_id: str,
        *,
        stream: dynamodb.StreamViewType | None = None,
        time_to_live_attribute: str | None = None,
    ) -> dynamodb.Table:
        return dynamodb.Table(
            self,
            construct_id,
            partition_key=_text("pk"),
            sort_key=_text("sk"),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            encryption=dynamodb.TableEncryption.CUSTOMER_MANAGED,
            encryption_key=self.key,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            deletion_protection=self._stage.is_aws,
            removal_policy=self._stage.removal,
            stream=stream,
            time_to_live_attribute=time_to_live_attribute,
        )


def _key(scope: Construct, stage: Stage) -> kms.Key:
    key = kms.Key(
        scope,
        "Key",
        description="Encrypts the tables of Access Flows",
        enable_key_rotation=True,
        removal_policy=stage.removal,
    )
    # Who may read a table may use its key, through DynamoDB and no other way: so the roles of the
    # functions name table actions only.
    key.add_to_resource_policy(
        iam.PolicyStatement(
            sid="ThroughDynamoDBOnly",
            principals=[iam.AnyPrincipal()],
            actions=[
                "kms:CreateGrant",
                "kms:Decrypt",
                "kms:DescribeKey",
                "kms:Encrypt",
                "kms:GenerateDataKey*",
                "kms:ReEncrypt*",
            ],
            resources=["*"],
            conditions={
                "StringEquals": {
                    "kms:CallerAccount": Aws.ACCOUNT_ID,
                    "kms:ViaService": f"dynamodb.{Aws.REGION}.{Aws.URL_SUFFIX}",
                }
            },
        )
    )
    return key


def _index(
    table: dynamodb.Table,
    name: str,
    partition: str,
    sort: str,
    *,
    keys_only: bool = False,
    only: list[str] | None = None,
) -> None:
    """keys_only, only: what it holds of a row beside its keys; all, if neither is named."""
    projection = dynamodb.ProjectionType.ALL
    if keys_only or only:
        kinds = dynamodb.ProjectionType
        projection = kinds.INCLUDE if only else kinds.KEYS_ONLY
    table.add_global_secondary_index(
        index_name=name,
        partition_key=_text(partition),
        sort_key=_text(sort),
        projection_type=projection,
        non_key_attributes=only,
    )


def _text(name: str) -> dynamodb.Attribute:
    return dynamodb.Attribute(name=name, type=dynamodb.AttributeType.STRING)
