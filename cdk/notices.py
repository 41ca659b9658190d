"""Notices: from the bus to one message a recipient, and from there to mail."""

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_ses as ses
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from cdk.functions import Functions
from cdk.queues import dead_letter_queue, queue
from cdk.stage import Stage


class Notices(Construct):
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        stage: Stage,
        functions: Functions,
        bus: events.EventBus,
        mail_from: str,
    ) -> None:
        super().__init__(scope, construct_id)
        self.dead_letters = dead_letter_queue(self, "DeadLetters", stage=stage)
        self.queue = queue(
            self,
            "Queue",
            stage=stage,
            # Six times the reader's time-out, as Lambda asks for.
            visibility_timeout=Duration.seconds(180),
            dead_letter_queue=sqs.DeadLetterQueue(queue=self.dead_letters, max_receive_count=5),
        )
        self._announce(bus, functions["notify"])
        for name in ("notify", "outsider_page"):
            self._may_queue(functions[name], stage)
        self._send(functions["send_notice"], stage, mail_from)

    def _announce(self, bus: events.EventBus, notify: lambda_.Function) -> None:
        events.Rule(
            self,
            "OurEvents",
            event_bus=bus,
            # People hear of requests, admins of changes that wait for a second one of them and of
            # limits that somebody reached.
            event_pattern=events.EventPattern(
                source=["accessflows"],
                detail={
                    "subject": [{"prefix": kind} for kind in ("request:", "change:", "limit:")]
                },
            ),
            targets=[targets.LambdaFunction(notify)],
        )
        events.Rule(
            self,
            "SecondFactors",
            event_bus=bus,
            event_pattern=events.EventPattern(
                source=["accessflows"], detail_type=["mfa_enrolled", "mfa_locked", "mfa_reset"]
            ),
            targets=[targets.LambdaFunction(notify)],
        )

    def _may_queue(self, function: lambda_.Function, stage: Stage) -> None:
        function.add_environment("NOTICE_QUEUE_URL", self.queue.queue_url)
        # To AWS several messages are SendMessage too; the emulator asks for a right of that name.
        action = "sqs:SendMessage" if stage.is_aws else "sqs:SendMessageBatch"
        function.add_to_role_policy(
            iam.PolicyStatement(actions=[action], resources=[self.queue.queue_arn])
        )

    def _send(self, send_notice: lambda_.Function, stage: Stage, mail_from: str) -> None:
        identity = ses.EmailIdentity(self, "Sender", identity=ses.Identity.email(mail_from))
        send_notice.add_environment("MAIL_FROM", mail_from)
        for actions, resource in (
            # The emulator knows no smaller right to send than from everywhere.
            (["ses:SendEmail"], identity.email_identity_arn if stage.is_aws else "*"),
            (
                ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
                self.queue.queue_arn,
            ),
        ):
            send_notice.add_to_role_policy(
                iam.PolicyStatement(actions=actions, resources=[resource])
            )
        lambda_.EventSourceMapping(
            self,
            "Messages",
            target=send_notice,
            event_source_arn=self.queue.queue_arn,
            batch_size=10,
            report_batch_item_failures=True,
        )
