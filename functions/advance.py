"""What a state machine asks between its waits: do what is due, say what comes next."""

from typing import Any

from aws_lambda_powertools import Logger

from accessflows import wiring
from accessflows.actions import advance

logger = Logger()


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    can = advance.Next(event["can"]) if "can" in event else None
    step = advance.advance(wiring.ports(), event["request_id"], wiring.now(), can=can)
    logger.info(
        "request advanced", request_id=step.request_id, next=step.next, until=step.wait_until
    )
    return step.model_dump(mode="json")
