"""The functions' roles may do at the tables what cdk/grants.py says."""

from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam

from cdk.functions import Functions
from cdk.grants import TABLE_ACTIONS, WRITES, WRITES_ONLY
from cdk.tables import Tables


def grant_table_actions(functions: Functions, tables: Tables) -> None:
    """Those of families that are not deployed are left out."""
    for name, places in TABLE_ACTIONS.items():
        if name not in functions:
            continue
        for place, actions in places.items():
            arn = _arn(tables, place)
            keys = WRITES_ONLY.get(name) if place == "directory" else None
            written = [action for action in actions if keys and action in WRITES]
            _grant(functions, name, arn, [action for action in actions if action not in written])
            if keys:
                _grant(functions, name, arn, written, keys)


def _grant(
    functions: Functions, name: str, arn: str, actions: list[str], keys: tuple[str, ...] = ()
) -> None:
    """keys: with these only, where there are any."""
    led = {"dynamodb:LeadingKeys": [f"{key}*" for key in keys]}
    functions[name].add_to_role_policy(
        iam.PolicyStatement(
            actions=[f"dynamodb:{action}" for action in actions],
            resources=[arn],
            conditions={"ForAllValues:StringLike": led} if keys else None,
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
