"""Leaving: whoever changed in the directory is looked at, from the bus."""

from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from constructs import Construct


class Leaving(Construct):
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        bus: events.EventBus,
        off_board: lambda_.Function,
    ) -> None:
        super().__init__(scope, construct_id)
        events.Rule(
            self,
            "PeopleChanged",
            event_bus=bus,
            event_pattern=events.EventPattern(
                source=["accessflows"], detail_type=["person_changed"]
            ),
            targets=[targets.LambdaFunction(off_board)],
        )
