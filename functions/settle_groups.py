"""Every minute: people's records follow what their source changed about groups."""

from datetime import timedelta
from typing import Any

from aws_lambda_powertools import Logger

from accessflows import wiring
from accessflows.actions.source_groups import settle

# Enough to end the place that is being settled.
SPARE = timedelta(seconds=5)

logger = Logger()


@logger.inject_lambda_context(clear_state=True)
def handler(_event: dict[str, Any], context: Any) -> dict[str, int]:
    store = wiring.sources()
    until = wiring.deadline(context) - SPARE
    settled = settle(store, store.unsettled(), wiring.now, until)
    if settled:
        logger.info("places settled", settled=settled)
    return {"settled": settled}
