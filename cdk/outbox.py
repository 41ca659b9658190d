"""The outbox: event rows, read from the stream, start machines and reach the bus."""

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from cdk.functions import Functions
from cdk.machines import Machines
from cdk.queues import dead_letter_queue
from cdk.stage import Stage
from cdk.tables import Tables

# What still fails so long after it was written is the dead-letter queue's.
GIVEN_UP_AFTER = Duration.minutes(10)
FRESH_EVENT_ROWS = {
    "eventName": lambda_.FilterRule.is_equal("INSERT"),
    "dynamodb": {"Keys": {"sk": {"S": lambda_.FilterRule.begins_with("EVENT#")}}},
}


class Outbox(Construct):
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        stage: Stage,
        tables: Tables,
        functions: Functions,
        machines: Machines,
    ) -> None:
        super().__init__(scope, construct_id)
        self.bus = events.EventBus(self, "Bus", event_bus_name="accessflows")
        self.dead_letters = dead_letter_queue(self, "DeadLetters", stage=stage)
        dispatch = functions["dispatch"]
        self._grant(dispatch, machines)
        self._tell(dispatch, machines)
        rows = lambda_.EventSourceMapping(
            self,
            "EventRows",
            target=dispatch,
            event_source_arn=tables.requests.table_stream_arn,
            starting_position=lambda_.StartingPosition.TRIM_HORIZON,
            batch_size=25,
            filters=[lambda_.FilterCriteria.filter(FRESH_EVENT_ROWS)],
            report_batch_item_failures=True,
            bisect_batch_on_error=True,
            retry_attempts=100,
            max_record_age=GIVEN_UP_AFTER,
        )
        self._bury_failures(rows)

    def _bury_failures(self, rows: lambda_.EventSourceMapping) -> None:
        # CDK's own destination would let the function look the queue up, too.
        mapping = rows.node.default_child
        assert isinstance(mapping, lambda_.CfnEventSourceMapping)
        mapping.destination_config = lambda_.CfnEventSourceMapping.DestinationConfigProperty(
            on_failure=lambda_.CfnEventSourceMapping.OnFailureProperty(
                destination=self.dead_letters.queue_arn
            )
        )

    def _grant(self, dispatch: lambda_.Function, machines: Machines) -> None:
        for action, resources in {
            "states:StartExecution": [
                machine.state_machine_arn for machine in machines.by_name.values()
            ],
            "events:PutEvents": [self.bus.event_bus_arn],
            "sqs:SendMessage": [self.dead_letters.queue_arn],
        }.items():
            dispatch.add_to_role_policy(iam.PolicyStatement(actions=[action], resources=resources))

    def _tell(self, dispatch: lambda_.Function, machines: Machines) -> None:
        for name, machine in machines.by_name.items():
            dispatch.add_environment(f"{name.upper()}_MACHINE_ARN", machine.state_machine_arn)
        dispatch.add_environment("EVENT_BUS_NAME", self.bus.event_bus_name)
        dispatch.add_environment("DEAD_LETTER_URL", self.dead_letters.queue_url)
