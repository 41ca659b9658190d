"""Queues: encrypted, reached over TLS only."""

from typing import Any

from aws_cdk import Acknowledgment, Duration, Validations
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from cdk.stage import Stage


def queue(scope: Construct, construct_id: str, *, stage: Stage, **options: Any) -> sqs.Queue:
    """options: as of CDK's own queue."""
    made = sqs.Queue(
        scope,
        construct_id,
        encryption=sqs.QueueEncryption.SQS_MANAGED,
        enforce_ssl=stage.tls,
        **options,
    )
    if not stage.tls:
        Validations.of(made).acknowledge(
            Acknowledgment(
                id="AwsSolutions-SQS4",
                reason="The emulator speaks plain HTTP on the loopback address and nothing else.",
            )
        )
    return made


def dead_letter_queue(scope: Construct, construct_id: str, *, stage: Stage) -> sqs.Queue:
    """Keeps what failed for two weeks, until someone replays it."""
    made = queue(scope, construct_id, stage=stage, retention_period=Duration.days(14))
    Validations.of(made).acknowledge(
        Acknowledgment(id="AwsSolutions-SQS3", reason="This is the dead-letter queue.")
    )
    return made
