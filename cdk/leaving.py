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
            # The first event of a person says that they came: they can have nothing yet.
            event_pattern=events.EventPattern(
                source=["accessflows"],
                detail_type=["person_changed"],
                detail={"number": events.Match.greater_than(1)},
            ),
            targets=[targets.LambdaFunction(off_board)],
        )
