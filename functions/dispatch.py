"""The stream's end: every new event row is passed on, or kept in the dead-letter queue.

A direct invocation `{"replay": ["request:01...#3", ...]}` passes on events by their ids."""

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger

from accessflows import wiring
from accessflows.actions.dispatch import dispatch
from accessflows.model.limits import DISPATCH_FOR

if TYPE_CHECKING:
    from accessflows.model.event import Event

logger = Logger()


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    if "replay" in event:
        for event_id in event["replay"]:
            subject, _, number = event_id.rpartition("#")
            _pass_on(wiring.requests().event(subject, int(number)))
        return {"replayed": len(event["replay"])}
    for record in event["Records"]:
        try:
            _pass_on_record(record)
        except Exception:
            logger.exception("event not passed on", record=record["eventID"])
            # What follows keeps its order: the stream starts again at this record.
            number = record["dynamodb"]["SequenceNumber"]
            return {"batchItemFailures": [{"itemIdentifier": number}]}
    return {"batchItemFailures": []}


def _pass_on_record(record: dict[str, Any]) -> None:
    keys = record["dynamodb"]["Keys"]
    subject, number = keys["pk"]["S"], int(keys["sk"]["S"].removeprefix("EVENT#"))
    try:
        _pass_on(wiring.requests().event(subject, number))
    except Exception:
        written = datetime.fromtimestamp(record["dynamodb"]["ApproximateCreationDateTime"], UTC)
        if wiring.now() - written < DISPATCH_FOR:
            raise
        _bury(f"{subject}#{number}")
        logger.exception("event buried", event_id=f"{subject}#{number}")


def _pass_on(event: "Event") -> None:
    dispatch(event, wiring.requests(), wiring.machines(), wiring.bus())
    logger.info("event passed on", event_id=event.id, kind=event.kind)


def _bury(event_id: str) -> None:
    import boto3

    boto3.client("sqs").send_message(
        QueueUrl=wiring.settings().dead_letter_url, MessageBody=json.dumps({"event_id": event_id})
    )
