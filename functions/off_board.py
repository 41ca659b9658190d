"""From the bus: a person changed. What they may not have any longer is cancelled or revoked."""

from typing import Any

from aws_lambda_powertools import Logger

from accessflows import wiring
from accessflows.actions.off_board import off_board

logger = Logger()


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    person_id = event["detail"]["subject"].removeprefix("person:")
    done = off_board(wiring.ports(), person_id, wiring.now())
    for request_id, error in done.failures.items():
        logger.error("request not ended", request_id=request_id, exc_info=error)
    logger.info("person looked at", person=person_id, ended=list(done.ended))
    if done.failures:
        # Lambda tries again; what was ended is found settled.
        raise RuntimeError(f"{len(done.failures)} requests of {person_id} not ended")
    return {"ended": len(done.ended)}
