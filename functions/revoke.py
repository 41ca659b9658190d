"""Take one batch away at its target. The only functions that can remove anything there."""

from typing import Any

from aws_lambda_powertools import Logger

from accessflows import wiring
from accessflows.actions.remove import remove
from accessflows.ports import BatchReference

logger = Logger()


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    batch = BatchReference.model_validate(event)
    outcome = remove(wiring.ports(), batch, deadline=wiring.deadline(context), clock=wiring.now)
    logger.info("batch revoked", request_id=batch.request_id, batch=batch.batch, outcome=outcome)
    return {"request_id": batch.request_id, "batch": batch.batch, "outcome": outcome}
