"""Every 15 minutes: the people of identity sources that are listed, not pushed."""

from datetime import timedelta
from typing import Any

from aws_lambda_powertools import Logger

from accessflows import wiring
from accessflows.actions.pull_people import Puller, pull_people

# Enough to end the place that is being settled.
SPARE = timedelta(seconds=20)

logger = Logger()


class HeldBack(Exception):
    """A listing has lost too much; the rest was done. An admin says how many may go."""


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """event: `{"source": ..., "may_remove": n}` lets n go from one source in this run."""
    report = {}
    for source, listing in wiring.listings().items():
        allowed = int(event.get("may_remove", 0)) if event.get("source") == source else 0
        until = wiring.deadline(context) - SPARE
        puller = Puller(wiring.sources(), source, allowed, wiring.now, until, wiring.new_id)
        pulled = pull_people(puller, listing)
        report[source] = pulled._asdict()
        logger.info("people pulled", source=source, **report[source])
    held = {source: each["held_back"] for source, each in report.items() if each["held_back"]}
    if held:
        raise HeldBack(f"held back, since so many are gone from the listing: {held}")
    return report
