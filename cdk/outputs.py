"""Outputs: what people and tests need to know of a deployed stack."""

from aws_cdk import CfnOutput, Stack

from cdk.functions import pascal_case
from cdk.http_api import HttpApi
from cdk.machines import Machines
from cdk.notices import Notices
from cdk.outbox import Outbox
from cdk.sign_in import SignIn
from cdk.tables import Tables


def write_outputs(
    stack: Stack,
    *,
    tables: Tables,
    sign_in: SignIn,
    http_api: HttpApi,
    portal_url: str,
    machines: Machines,
    outbox: Outbox,
    notices: Notices,
) -> None:
    values = {
        "ApiId": http_api.api_id,
        "ApiUrl": http_api.api.api_endpoint,
        "PortalUrl": portal_url,
        "UserPoolId": sign_in.pool.user_pool_id,
        "UserPoolClientId": sign_in.client.user_pool_client_id,
        "EventBusName": outbox.bus.event_bus_name,
        "OutboxDeadLettersUrl": outbox.dead_letters.queue_url,
        "NoticeQueueUrl": notices.queue.queue_url,
        "NoticeDeadLettersUrl": notices.dead_letters.queue_url,
    }
    for name, table in tables.by_name.items():
        values[f"{pascal_case(name)}Table"] = table.table_name
    for name, machine in machines.by_name.items():
        values[f"{pascal_case(name)}MachineArn"] = machine.state_machine_arn
    for name, value in values.items():
        CfnOutput(stack, name, value=value)
