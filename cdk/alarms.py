"""Alarms: what must not stay unseen. The organisation connects them to its own channel."""

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct


class Alarms(Construct):
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        dead_letters: dict[str, sqs.Queue],
        must_not_fail: dict[str, lambda_.Function],
    ) -> None:
        super().__init__(scope, construct_id)
        for name, queue in dead_letters.items():
            self._above_zero(
                f"{name}DeadLetters",
                queue.metric_approximate_number_of_messages_visible(period=Duration.minutes(1)),
                "Messages failed for good and wait to be replayed",
            )
        for name, function in must_not_fail.items():
            self._above_zero(
                f"{name}Errors",
                function.metric_errors(period=Duration.minutes(5)),
                "Access may outlive its end: look at this function's log",
            )

    def _above_zero(self, construct_id: str, metric: cloudwatch.Metric, description: str) -> None:
        cloudwatch.Alarm(
            self,
            construct_id,
            metric=metric,
            alarm_description=description,
            threshold=0,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            evaluation_periods=1,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
