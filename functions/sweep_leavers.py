"""Every five minutes: end the open requests of people who left or no longer qualify."""

from typing import Any

from aws_lambda_powertools import Logger

from accessflows import wiring
from accessflows.actions.off_board import sweep_leavers
from accessflows.model.limits import SWEEP_MARGIN

logger = Logger()


@logger.inject_lambda_context(clear_state=True)
def handler(_event: dict[str, Any], context: Any) -> dict[str, Any]:
    stop_at = wiring.deadline(context) - SWEEP_MARGIN
    done = sweep_leavers(wiring.ports(), clock=wiring.now, stop_at=stop_at)
    for request_id, error in done.failures.items():
        logger.error("request not ended", request_id=request_id, exc_info=error)
    logger.info("leavers swept", ended=list(done.ended), finished=done.finished)
    return {"ended": len(done.ended), "failed": len(done.failures), "finished": done.finished}
