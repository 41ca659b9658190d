"""What each function may do at the tables: one line, one permission.

Indexes are named beside their table, the stream too. None may Scan, none has a wildcard."""

from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam

from cdk.functions import Functions
from cdk.tables import Tables

TABLE_ACTIONS: dict[str, dict[str, tuple[str, ...]]] = {
    "requests_api": {
        "requests": (
            "GetItem",
            "Query",
            "BatchGetItem",
            "PutItem",
            "UpdateItem",
            "ConditionCheckItem",
            "BatchWriteItem",
        ),
        "requests/by_grantee": ("Query",),
        "requests/by_requester": ("Query",),
        "flows": (
            "GetItem",
            "Query",
            "BatchGetItem",
        ),
        "directory": (
            "GetItem",
            "Query",
            "BatchGetItem",
        ),
        "directory/by_value": ("Query",),
        "inventory": (
            "GetItem",
            "Query",
            "BatchGetItem",
        ),
    },
    "approvals_api": {
        "requests": (
            "GetItem",
            "Query",
            "BatchGetItem",
            "PutItem",
            "UpdateItem",
            "ConditionCheckItem",
        ),
        "flows": (
            "GetItem",
            "BatchGetItem",
        ),
        "directory": (
            "GetItem",
            "Query",
            "BatchGetItem",
        ),
        "directory/by_value": ("Query",),
    },
    "approve_page": {
        "requests": (
            "GetItem",
            "Query",
            "BatchGetItem",
            "PutItem",
            "UpdateItem",
            "ConditionCheckItem",
        ),
        "flows": (
            "GetItem",
            "BatchGetItem",
        ),
        "directory": (
            "GetItem",
            "Query",
            "BatchGetItem",
        ),
        "directory/by_value": ("Query",),
    },
    "advance": {
        "requests": (
            "GetItem",
            "Query",
            "BatchGetItem",
            "PutItem",
            "UpdateItem",
            "ConditionCheckItem",
        ),
        "flows": (
            "GetItem",
            "BatchGetItem",
        ),
        "directory": (
            "GetItem",
            "Query",
        ),
        "inventory": (
            "GetItem",
            "BatchGetItem",
        ),
    },
    "sweep": {
        "requests": (
            "GetItem",
            "Query",
            "BatchGetItem",
            "PutItem",
            "UpdateItem",
            "ConditionCheckItem",
        ),
        "requests/by_due": ("Query",),
        "flows": (
            "GetItem",
            "BatchGetItem",
        ),
        "directory": (
            "GetItem",
            "Query",
        ),
        "inventory": (
            "GetItem",
            "BatchGetItem",
        ),
    },
    "clean_fallback": {
        "requests": (
            "GetItem",
            "Query",
            "BatchGetItem",
            "PutItem",
            "UpdateItem",
            "ConditionCheckItem",
        ),
        "requests/by_open_flow": ("Query",),
        "flows": (
            "GetItem",
            "BatchGetItem",
        ),
        "directory": (
            "GetItem",
            "Query",
        ),
        "inventory": (
            "GetItem",
            "BatchGetItem",
        ),
    },
    "dispatch": {
        "requests": ("GetItem",),
        "requests/stream": (
            "DescribeStream",
            "GetRecords",
            "GetShardIterator",
            "ListStreams",
        ),
    },
    "activate_aws_iam": {
        "requests": (
            "GetItem",
            "Query",
            "BatchGetItem",
            "PutItem",
            "UpdateItem",
            "ConditionCheckItem",
        ),
        "flows": ("GetItem",),
    },
    "revoke_aws_iam": {
        "requests": (
            "GetItem",
            "Query",
            "PutItem",
            "UpdateItem",
            "ConditionCheckItem",
        ),
        "flows": ("GetItem",),
    },
    "notify": {
        "requests": (
            "GetItem",
            "Query",
            "BatchGetItem",
        ),
        "flows": ("GetItem",),
        "directory": (
            "GetItem",
            "Query",
            "BatchGetItem",
        ),
        "directory/by_value": ("Query",),
    },
    "send_notice": {
        "requests": (
            "GetItem",
            "Query",
            "BatchGetItem",
            "PutItem",
            "UpdateItem",
        ),
        "flows": ("GetItem",),
        "directory": (
            "GetItem",
            "Query",
            "BatchGetItem",
        ),
    },
    "apply_config": {
        "requests": (
            "GetItem",
            "PutItem",
            "UpdateItem",
            "ConditionCheckItem",
        ),
        "flows": (
            "GetItem",
            "Query",
            "BatchGetItem",
            "PutItem",
            "UpdateItem",
            "ConditionCheckItem",
        ),
        "directory": (
            "GetItem",
            "Query",
            "BatchGetItem",
            "PutItem",
            "DeleteItem",
            "UpdateItem",
            "BatchWriteItem",
        ),
        "directory/by_value": ("Query",),
    },
    "sync_inventory": {
        "inventory": (
            "GetItem",
            "Query",
            "PutItem",
            "DeleteItem",
            "BatchWriteItem",
        ),
        "flows": (
            "GetItem",
            "BatchGetItem",
        ),
    },
    "authorize": {
        "requests": ("PutItem",),
        "directory": (
            "GetItem",
            "Query",
            "PutItem",
            "UpdateItem",
        ),
        "directory/by_value": ("Query",),
    },
}


def grant_table_actions(functions: Functions, tables: Tables) -> None:
    for name, places in TABLE_ACTIONS.items():
        for place, actions in places.items():
            functions[name].add_to_role_policy(
                iam.PolicyStatement(
                    actions=[f"dynamodb:{action}" for action in actions],
                    resources=[_arn(tables, place)],
                )
            )


def _arn(tables: Tables, place: str) -> str:
    name, _, part = place.partition("/")
    table = tables.by_name[name]
    if not part:
        return table.table_arn
    return _stream_arn(table) if part == "stream" else f"{table.table_arn}/index/{part}"


def _stream_arn(table: dynamodb.Table) -> str:
    if table.table_stream_arn is None:
        raise ValueError(f"{table.node.id} has no stream")
    return table.table_stream_arn
