"""Every minute: end fallback access that has lasted as long as it may."""

from typing import Any

from aws_lambda_powertools import Logger

from accessflows import wiring
from accessflows.actions.sweep import clean_fallback
from accessflows.model.limits import SWEEP_MARGIN

logger = Logger()


@logger.inject_lambda_context(clear_state=True)
def handler(_event: dict[str, Any], context: Any) -> dict[str, Any]:
    stop_at = wiring.deadline(context) - SWEEP_MARGIN
    swept = clean_fallback(wiring.ports(), wiring.revoker(), clock=wiring.now, stop_at=stop_at)
    for request_id, error in swept.failures.items():
        logger.error("request not advanced", request_id=request_id, exc_info=error)
    logger.info("fallback cleaned", advanced=list(swept.advanced), failed=list(swept.failures))
    return {"advanced": len(swept.advanced), "failed": len(swept.failures)}
